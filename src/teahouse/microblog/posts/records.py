"""Typed rows of posts."""

from dataclasses import dataclass, field
from typing import Any

import msgspec

PUBLIC, UNLISTED, PRIVATE, DIRECT = range(4)
VISIBILITIES = ("public", "unlisted", "private", "direct")
REPLY_POLICIES = ("public", "followers", "nobody", "mentioned")
QUOTE_POLICIES = ("public", "followers", "nobody")


class Parts(msgspec.Struct):
    """What hangs on a post, as it was when written: (account, name) mentioned, folded tags, media, the first link."""

    mentions: list[tuple[int, str]] = []
    tags: list[str] = []
    media: list[dict[str, Any]] = []
    link: str | None = None


_DECODER = msgspec.json.Decoder(Parts)


def encode_parts(parts: Parts) -> str:
    """Give the JSON of a post's parts."""
    return msgspec.json.encode(parts).decode()


class StatusRow(msgspec.Struct, frozen=True, gc=False):
    """A post or repost with its counts; a thread reads a thousand, so it is of the kind that is made quickest."""

    id: int
    account_id: int
    visibility: int
    listed: int
    reblog_of: int | None
    reblog_via: int | None
    in_reply_to: int | None
    in_reply_to_account: int | None
    root_id: int
    quote_of: int | None
    quote_root: int | None
    quote_state: str | None
    quote_policy: int
    reply_policy: int
    text: str
    html: str
    spoiler: str
    sensitive: int
    language: str | None
    parts: Parts
    poll_id: int | None
    application: str | None
    created_ts: int
    edited_ts: int | None
    replies: int = 0
    reblogs: int = 0
    favourites: int = 0
    quotes: int = 0

    @property
    def shown_id(self) -> int:
        """The id of the post that is shown: the root of a repost."""
        return self.reblog_of or self.id

    @property
    def mentioned(self) -> frozenset[int]:
        """The accounts that the post mentions."""
        return frozenset(number for number, _ in self.parts.mentions)


def status_row(row: tuple[Any, ...]) -> StatusRow:
    """Make the record of a stored row."""
    values = list(row)
    values[19] = _DECODER.decode(row[19])
    return StatusRow(*values)


@dataclass(frozen=True, slots=True)
class PollRow:
    """A poll; `options` and `tallies` have the same length."""

    id: int
    status_id: int
    account_id: int
    options: list[str]
    tallies: list[int]
    voters: int
    multiple: bool
    hide_totals: bool
    expires_ts: int | None


@dataclass(frozen=True, slots=True)
class PollWish:
    """A poll as somebody wants it."""

    options: list[str]
    expires_in_s: int
    multiple: bool = False
    hide_totals: bool = False


@dataclass(slots=True)
class Draft:
    """A post as somebody wants it, checked for form but for nothing that needs the database."""

    text: str = ""
    spoiler: str = ""
    sensitive: bool = False
    visibility: int = PUBLIC
    language: str | None = None
    in_reply_to: int | None = None
    quote_of: int | None = None
    quote_policy: int = 0
    reply_policy: int = 0
    media_ids: list[str] = field(default_factory=list)
    poll: PollWish | None = None
    application: str | None = None
    posting_key: str = ""
    allowed_mentions: list[int] | None = None
