"""Pages by id: the part of a list that a request asks for, and the part that was found. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from teahouse.errors import InvalidParam
from teahouse.kernel.http import Page, bounded
from teahouse.microblog.entities.forms import LARGEST_ID

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Span:
    """Which ids: below `below`, above `above`; the lowest of them when `upwards`, else the highest."""

    below: int
    above: int
    upwards: bool
    limit: int

    def where(self, column: str) -> str:
        """Give the condition on a column, with two parameters: `below` and `above`."""
        return f"{column} < ? AND {column} > ?"

    def order(self, column: str) -> str:
        """Give the order in which the database must read."""
        return f"ORDER BY {column} {'ASC' if self.upwards else 'DESC'}"

    @property
    def bounds(self) -> tuple[int, int]:
        """The parameters of `where`."""
        return self.below, self.above

    def cut(self, rows: Sequence[T]) -> "tuple[list[T], bool]":
        """Of rows read in `order`, at most limit + 1, give the page newest first, and whether more lie beyond."""
        page = list(rows[: self.limit])
        if self.upwards:
            page.reverse()
        return page, len(rows) > self.limit


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """A page of items and the cursors that lead on: None when there is nothing further that way."""

    items: list[T]
    older: str | None
    newer: str | None


def span_of(page: Page, default: int, most: int) -> Span:
    """Read the ids of a request; raises InvalidParam."""
    below = _number(page.max_id, "max_id")
    above = _number(page.min_id or page.since_id, "min_id")
    return Span(
        below=LARGEST_ID if below is None else below,
        above=0 if above is None else above,
        upwards=page.min_id is not None and page.min_id != "",
        limit=bounded(page.limit, default, most),
    )


def _number(text: str | None, name: str) -> int | None:
    if text is None or text == "":
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        raise InvalidParam(f"{name} must be a number")
    return min(int(text), LARGEST_ID)


def found(span: Span, items: list[T], cursors: Sequence[int], *, more: bool) -> Found[T]:
    """Give a page whose rows, newest first, have these cursors."""
    if not cursors:
        return Found(items, None, None)
    goes_on = more or span.upwards or span.limit == 0
    return Found(items, str(cursors[-1]) if goes_on else None, str(cursors[0]))
