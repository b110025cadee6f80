"""What a search asks for, read and checked, and the token of its next page.

A token holds only what its reader has seen already: a position of a result, or a number of results.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from teahouse.chat.event_filter import RoomEventFilter, compile_room_event_filter
from teahouse.chat.search_words import KINDS
from teahouse.chat.store_search import Hit
from teahouse.errors import BadJson, InvalidParam, MissingParam

MOST_RESULTS = 100
MOST_CONTEXT = 50
DEFAULT_CONTEXT = 5
GROUPS = ("room_id", "sender")


@dataclass(frozen=True, slots=True)
class ContextWish:
    """How many events to show around each result, and whether with their senders' profiles of then."""

    before: int
    after: int
    include_profile: bool


@dataclass(frozen=True, slots=True)
class Criteria:
    """A whole search."""

    term: str
    kinds: tuple[str, ...]
    wanted: RoomEventFilter
    by_rank: bool
    limit: int
    context: ContextWish | None
    include_state: bool
    group_by: tuple[str, ...]


def read_criteria(room_events: Mapping[str, Any]) -> Criteria:
    """Read the criteria of room events; raises MissingParam, BadJson and InvalidParam."""
    term = room_events.get("search_term")
    if term is None:
        raise MissingParam("search_term is needed")
    if not isinstance(term, str):
        raise BadJson("search_term must be a string")
    wanted = compile_room_event_filter(room_events.get("filter"), "filter")
    order = room_events.get("order_by", "rank")
    if order not in ("rank", "recent"):
        raise InvalidParam("order_by must be 'rank' or 'recent'")
    return Criteria(
        term=term,
        kinds=_kinds(room_events.get("keys")),
        wanted=wanted,
        by_rank=order == "rank",
        limit=max(1, min(wanted.limit, MOST_RESULTS)),
        context=_context(room_events.get("event_context")),
        include_state=_flag(room_events, "include_state"),
        group_by=_group_by(room_events.get("groupings")),
    )


def _kinds(keys: object) -> tuple[str, ...]:
    if keys is None or keys == []:
        return tuple(KINDS.values())
    if not isinstance(keys, list) or not all(isinstance(key, str) and key in KINDS for key in keys):
        raise InvalidParam("keys may hold content.body, content.name and content.topic")
    return tuple(KINDS[key] for key in dict.fromkeys(keys))


def _context(wish: object) -> ContextWish | None:
    if wish is None:
        return None
    if not isinstance(wish, dict):
        raise BadJson("event_context must be an object")
    amounts = []
    for name in ("before_limit", "after_limit"):
        amount = wish.get(name, DEFAULT_CONTEXT)
        if not isinstance(amount, int) or isinstance(amount, bool) or amount < 0:
            raise InvalidParam(f"{name} must be a number that is not below 0")
        amounts.append(min(amount, MOST_CONTEXT))
    return ContextWish(amounts[0], amounts[1], _flag(wish, "include_profile"))


def _flag(value: Mapping[str, Any], name: str) -> bool:
    flag = value.get(name, False)
    if not isinstance(flag, bool):
        raise BadJson(f"{name} must be true or false")
    return flag


def _group_by(groupings: object) -> tuple[str, ...]:
    if groupings is None:
        return ()
    listed = groupings.get("group_by", []) if isinstance(groupings, dict) else None
    if not isinstance(listed, list):
        raise BadJson("groupings must hold a list group_by")
    keys: list[Any] = [entry.get("key") if isinstance(entry, dict) else None for entry in listed]
    known = [key for key in keys if key in GROUPS]
    if len(known) < len(keys):
        raise InvalidParam("Results can be grouped by room_id and sender")
    return tuple(dict.fromkeys(known))


@dataclass(frozen=True, slots=True)
class PageToken:
    """Where a page begins: before a position (newest first) or after so many results (best first)."""

    before: int = 0
    offset: int = 0
    passed: int = 0
    group_key: str = ""
    group_value: str = ""

    def after(self, page: Sequence[Hit], *, by_rank: bool) -> "PageToken":
        """Give the token of the page that follows this one, of the same group."""
        passed = self.passed + len(page)
        if by_rank:
            return PageToken(0, self.offset + len(page), passed, self.group_key, self.group_value)
        return PageToken(page[-1].position, 0, passed, self.group_key, self.group_value)

    def write(self) -> str:
        """Give the token as text."""
        fields = [self.before, self.offset, self.passed, self.group_key, self.group_value]
        return base64.urlsafe_b64encode(orjson.dumps(fields)).decode().rstrip("=")


def read_token(text: str | None) -> PageToken:
    """Read a token of a former answer; raises InvalidParam for anything else."""
    if not text:
        return PageToken()
    try:
        fields = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        before, offset, passed, key, value = fields
    except (ValueError, TypeError, binascii.Error):
        raise InvalidParam("Unknown next_batch token") from None
    numbers = (before, offset, passed)
    if not all(type(number) is int and 0 <= number < 2**62 for number in numbers):
        raise InvalidParam("Unknown next_batch token")
    if key not in ("", *GROUPS) or not isinstance(value, str):
        raise InvalidParam("Unknown next_batch token")
    return PageToken(before, offset, passed, key, value)
