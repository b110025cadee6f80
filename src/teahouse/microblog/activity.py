"""What happens in the microblog, told in two ways: hooks inside the write, and facts after the commit.

Who must not miss something (notifications) hooks into the write: `within(hook)` awaits `hook(tx, activities)` before
the commit, and raising there undoes the act. Who only wants to tell those who are connected (streams) listens for the
facts on the doorbell. The slice's docstring lists both.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from teahouse.kernel.storage import Tx

Hook = Callable[[Tx, "Sequence[Activity]"], Awaitable[None]]


class Post(Protocol):
    """What is asked of a post by those who hear of an act."""

    @property
    def id(self) -> int: ...
    @property
    def visibility(self) -> int: ...
    @property
    def reblog_of(self) -> int | None: ...
    @property
    def in_reply_to_account(self) -> int | None: ...
    @property
    def poll_id(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Activity:
    """Somebody did something that concerns somebody: `kind` is the notification type of the Mastodon API.

    `target_id` is whom it concerns. It is 0 where that is not one person: for `status` (whoever follows `actor_id`
    with the bell), `poll` (the author and all who voted), `update` and `quoted_update` (who reposted or quoted it).
    Of a `moderation_warning` nobody is the actor, and `status_id` is the decision's id.
    `post` is the post itself, where whoever tells it has read or made it.
    """

    kind: str
    actor_id: int
    target_id: int
    status_id: int | None = None
    post: Post | None = None


class Activities:
    """Passes each act on to whoever asked to be told inside the write."""

    def __init__(self) -> None:
        self._hooks: list[Hook] = []

    def within(self, hook: Hook) -> None:
        """Await `hook(tx, activities)` inside the write of each act, or of several that differ only in who acts."""
        self._hooks.append(hook)

    async def happened(self, tx: Tx, *alike: Activity) -> None:
        """Tell every hook of acts that differ only in who acts; one that concerns only its actor is nobody's news."""
        news = [act for act in alike if act.target_id != act.actor_id]
        if news:
            for hook in self._hooks:
                await hook(tx, news)


@dataclass(frozen=True, slots=True)
class StatusFact:
    """The body of the facts `status_posted`, `_edited`, `_carded` and `_deleted`: who may be told, and how.

    For a repost `reblog_of` is set, and the rest speaks of the repost itself. `tags` are folded names.
    """

    id: int
    account_id: int
    visibility: int
    listed: bool
    reblog_of: int | None
    in_reply_to_account: int | None
    mentions: tuple[int, ...]
    tags: tuple[str, ...]
    has_media: bool
