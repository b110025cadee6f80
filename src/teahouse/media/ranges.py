"""Conditional and partial requests (RFC 9110): pure, from headers to what shall be sent."""

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=\s*(\d{0,19})-(\d{0,19})\s*")
_TAG = re.compile(r'(?:W/)?("[^"]*")')


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a file: its first byte and its length."""

    start: int
    length: int


class NotSatisfiable(Exception):
    """The part that is asked for lies outside of the file."""


def is_known(if_none_match: str | None, tag: str) -> bool:
    """Tell whether the asker already has the file of this strong entity tag."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or tag in _TAG.findall(if_none_match)


def wanted_part(wish: str | None, if_range: str | None, tag: str, size: int) -> Part | None:
    """Give the part that is asked for, None for the whole file; raises NotSatisfiable.

    Several parts at once, other units and what can't be read are answered with the whole file, as the standard
    allows. So is an If-Range of anything but our tag: we promise no dates.
    """
    match = _RANGE.fullmatch(wish) if wish is not None else None
    if match is None or match[1] == match[2] == "":
        return None
    if if_range is not None and if_range.strip() != tag:
        return None
    if match[1] == "":
        length = min(int(match[2]), size)
        if length == 0:
            raise NotSatisfiable
        return Part(size - length, length)
    start, last = int(match[1]), int(match[2]) if match[2] else size - 1
    if match[2] and last < start:
        return None
    if start >= size:
        raise NotSatisfiable
    return Part(start, min(last, size - 1) - start + 1)
