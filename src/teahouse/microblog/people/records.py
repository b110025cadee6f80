"""Typed rows about people, and who looks at them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import orjson


class AccountRow(msgspec.Struct, frozen=True, gc=False):
    """An account with its counts; `fields` and `preferences` are JSON texts."""

    id: int
    user_id: str
    username: str
    display_name: str
    avatar: str
    header: str
    profile_apart: int
    note: str
    fields: str
    preferences: str
    locked: int
    bot: int
    discoverable: int
    indexable: int
    hide_collections: int
    created_ts: int
    gone_ts: int | None
    limited_ts: int | None
    suspended_ts: int | None
    sensitized_ts: int | None
    statuses: int
    followers: int
    following: int
    last_status_id: int

    @property
    def field_values(self) -> list[str]:
        """The values of the profile's fields, as they were written."""
        return [value for _, value, _ in orjson.loads(self.fields)]

    @property
    def is_away(self) -> bool:
        """Tell whether the account is gone or suspended: others see nothing of it."""
        return self.gone_ts is not None or self.suspended_ts is not None

    @property
    def has_page(self) -> bool:
        """Tell whether strangers may see a page of this account."""
        return not self.is_away and bool(orjson.loads(self.preferences).get("public_page", True))


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: an account, or nobody who is known (`id` 0, no user)."""

    id: int
    user_id: str

    @property
    def is_known(self) -> bool:
        """Tell whether somebody is signed in."""
        return self.id != 0


NOBODY = Viewer(0, "")


@dataclass(frozen=True, slots=True)
class Follow:
    """One account following another, or asking to."""

    follower_id: int
    target_id: int
    id: int
    reblogs: bool
    notify: bool
    languages: tuple[str, ...] | None


@dataclass(slots=True)
class Ties:
    """What ties a viewer to some other accounts: the ids of those for whom each holds."""

    follows: set[int] = field(default_factory=set)
    followed_by: set[int] = field(default_factory=set)
    blocks: set[int] = field(default_factory=set)
    blocked_by: set[int] = field(default_factory=set)
    mutes: set[int] = field(default_factory=set)

    def apart(self, account_id: int) -> bool:
        """Tell whether one of the two blocks the other."""
        return account_id in self.blocks or account_id in self.blocked_by

    @classmethod
    def facing(cls, account_id: int, others: "Mapping[int, Ties]") -> "Ties":
        """Give an account's ties to some others out of theirs to it; whom it mutes they can't know."""
        return cls(
            follows={number for number, ties in others.items() if account_id in ties.followed_by},
            followed_by={number for number, ties in others.items() if account_id in ties.follows},
            blocks={number for number, ties in others.items() if account_id in ties.blocked_by},
            blocked_by={number for number, ties in others.items() if account_id in ties.blocks},
        )


Preferences = dict[str, Any]
