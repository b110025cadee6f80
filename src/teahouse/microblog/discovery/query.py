"""Reads what is written in a search field: words to find, and conditions such as `from:@ann` or `has:media`. Pure."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from teahouse.kernel.words import phrases_of

LONGEST = 500
_CONDITION = re.compile(r"(?<!\S)-?(from|has|is|language|before|after|during|in):(\S+)", re.IGNORECASE)
HAS = ("media", "image", "video", "audio", "poll", "link", "embed")
IS = ("reply", "sensitive")


@dataclass(slots=True)
class PostQuery:
    """Which posts are wanted; `impossible` when no post can be."""

    phrases: list[list[str]] = field(default_factory=list)
    author: str | None = None
    has: set[str] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)
    language: str | None = None
    from_ms: int | None = None
    before_ms: int | None = None
    only_own_library: bool = False
    impossible: bool = False

    @property
    def asks_nothing(self) -> bool:
        """Tell whether neither a word nor a condition was written."""
        narrowed = self.author or self.has or self.kinds or self.language or self.only_own_library
        return not (self.phrases or narrowed or self.from_ms or self.before_ms)


def post_query(text: str) -> PostQuery:
    """Read a search for posts."""
    text = text[:LONGEST]
    query = PostQuery(phrases_of(_CONDITION.sub(" ", text)))
    for name, value in _CONDITION.findall(text):
        _apply(query, name.lower(), value.lower())
    return query


def _apply(query: PostQuery, name: str, value: str) -> None:
    if name == "from":
        query.author = value.removeprefix("@")
    elif name == "has":
        query.impossible |= value not in HAS
        query.has.add(value)
    elif name == "is":
        query.impossible |= value not in IS
        query.kinds.add(value)
    elif name == "language":
        query.language = value
    elif name == "in":
        query.only_own_library = value == "library"
    else:
        _apply_day(query, name, value)


def _apply_day(query: PostQuery, name: str, value: str) -> None:
    try:
        day = datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC)
        begin, end = (int(one.timestamp() * 1000) for one in (day, day + timedelta(days=1)))
    except (ValueError, OverflowError):
        query.impossible = True
        return
    if name != "before":
        query.from_ms = begin if name == "during" else end
    if name != "after":
        query.before_ms = end if name == "during" else begin
