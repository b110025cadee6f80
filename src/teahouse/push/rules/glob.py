"""Glob matching for push rules: linear where people use it, and bounded where they abuse it.

Owns the two meanings that a pattern has in the push module (the whole value, or a substring of a text
that starts and ends at a word boundary) and refuses regular expressions: a user's pattern never reaches
a backtracking engine. Case is folded with `str.lower`; `*` is any run of characters, `?` exactly one.

Patterns without `?` are searched with `str.find`, whose worst case is linear. For word boundaries the text
is first marked at every edge between ASCII word characters and others, so that a boundary is just one more
character to find. Patterns with `?` use one bit a text position (a big integer), built from halves that
are shared when equal.
"""

import re
from collections.abc import Callable

_WORD_EDGE = re.compile(r"\b", re.ASCII)
_WORD_RUN = re.compile(r"\w+", re.ASCII)
_MARK = "\0"
_STAND_IN = "\ufffd"
_ANYTHING = -1


def mark_word_edges(folded: str) -> str:
    """Put the mark at each edge between word characters (A-Z, a-z, 0-9, _) and anything else."""
    return _WORD_EDGE.sub(_MARK, folded)


def fold(value: str) -> str:
    """Fold case the way both sides of every comparison are folded."""
    return value.lower().replace(_MARK, _STAND_IN)


class Subject:
    """A text to be matched, with what several patterns can share about it worked out once."""

    __slots__ = ("_boundaries", "_marked", "_masks", "text")

    def __init__(self, value: str) -> None:
        self.text = fold(value)
        self._marked: str | None = None
        self._masks: dict[str, int] = {}
        self._boundaries: int | None = None

    @property
    def marked(self) -> str:
        """The text with its word edges marked."""
        if self._marked is None:
            self._marked = mark_word_edges(self.text)
        return self._marked

    @property
    def boundaries(self) -> int:
        """Bit i is set when a match may start or end before character i."""
        if self._boundaries is None:
            size = len(self.text)
            edges = bytearray(b"1") * (size + 1)
            for run in _WORD_RUN.finditer(self.text):
                inside = run.end() - run.start() - 1
                edges[run.start() + 1 : run.end()] = b"0" * inside
            edges.reverse()
            self._boundaries = int(edges, 2)
        return self._boundaries

    def mask(self, character: str) -> int:
        """Bit i is set when character i of the text is this one."""
        found = self._masks.get(character)
        if found is None:
            found = self._masks[character] = _positions(self.text, character)
        return found


class Glob:
    """A compiled pattern."""

    __slots__ = ("_marked", "_plain", "_segments", "_wild")

    def __init__(self, pattern: str) -> None:
        folded = fold(pattern)
        pieces = folded.split("*")
        middle = [piece for piece in pieces[1:-1] if piece]
        self._segments = [pieces[0], *middle, pieces[-1]] if len(pieces) > 1 else pieces
        self._wild = "?" in pattern
        self._marked = [] if self._wild else _marked_segments(folded)
        self._plain = max(self._segments, key=len)

    def matches_whole(self, subject: Subject) -> bool:
        """Say whether the pattern matches the entire text."""
        text = subject.text
        if len(self._segments) == 1:
            only = self._segments[0]
            return len(text) == len(only) and self._fits(text, only, 0)
        first, last = self._segments[0], self._segments[-1]
        place, end = len(first), len(text) - len(last)
        if end < place or not self._fits(text, first, 0) or not self._fits(text, last, end):
            return False
        return self._follow(subject, self._segments[1:-1], place, end) >= 0

    def matches_words(self, subject: Subject) -> bool:
        """Say whether it matches a substring that starts and ends at word boundaries."""
        if self._wild:
            return self._matches_words_wild(subject)
        if self._plain not in subject.text:
            return False
        marked, place = subject.marked, 0
        for segment in self._marked:
            place = marked.find(segment, place)
            if place < 0:
                return False
            place += len(segment)
        return True

    def _matches_words_wild(self, subject: Subject) -> bool:
        size, edges = len(subject.text), subject.boundaries
        first, last = self._segments[0], self._segments[-1]
        place = 0
        if first:
            starts = _occurrences(first, subject) & edges
            if len(self._segments) == 1:
                return starts & (edges >> len(first)) != 0
            if not starts:
                return False
            place = _lowest_bit(starts) + len(first)
        place = self._follow(subject, self._segments[1:-1], place, size)
        if place < 0 or not last:
            return place >= 0
        ends = _occurrences(last, subject) & (edges >> len(last))
        return ends >> place != 0

    def _follow(self, subject: Subject, segments: list[str], place: int, end: int) -> int:
        windows = _Windows(subject)
        for segment in segments:
            if self._wild and "?" in segment:
                place = windows.leftmost(segment, place, end)
            else:
                place = subject.text.find(segment, place, end)
            if place < 0:
                return -1
            place += len(segment)
        return place

    def _fits(self, text: str, segment: str, place: int) -> bool:
        if not self._wild:
            return text.startswith(segment, place)
        for piece in segment.split("?"):
            if piece and not text.startswith(piece, place):
                return False
            place += len(piece) + 1
        return place - 1 <= len(text)


def _marked_segments(folded: str) -> list[str]:
    """Mark the pattern's word edges, except where a `*` decides what stands there."""
    marked = mark_word_edges(folded).replace(_MARK + "*", "*").replace("*" + _MARK, "*")
    return [segment for segment in marked.split("*") if segment]


class _Windows:
    """Finds segments with `?` one after another, looking only a little ahead of the way gone."""

    __slots__ = ("_base", "_found", "_known", "_size", "_subject")

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._base = self._size = -1
        self._known: dict[str, int] = {}
        self._found: dict[str, int] = {}

    def leftmost(self, segment: str, place: int, end: int) -> int:
        need = len(segment)
        size = max(1024, 4 * need)
        while place + need <= end:
            base = place & ~511
            if base != self._base or size != self._size:
                self._base, self._size, self._known, self._found = base, size, {"?": _ANYTHING}, {}
            found = self._found.get(segment)
            bits = (self._search(segment) if found is None else found) >> (place - base)
            if bits:
                place += (bits & -bits).bit_length() - 1
                return place if place + need <= end else -1
            place = base + size - need + 1
        return -1

    def _search(self, segment: str) -> int:
        base, inside, subject = self._base, (1 << self._size) - 1, self._subject
        bits = _places(segment, self._known, lambda character: (subject.mask(character) >> base) & inside)
        bits = self._found[segment] = bits & ((1 << (self._size - len(segment) + 1)) - 1)
        return bits


def _occurrences(segment: str, subject: Subject) -> int:
    """Give the bits of all places in the text where the segment matches."""
    room = len(subject.text) - len(segment)
    if room < 0:
        return 0
    return _places(segment, {"?": _ANYTHING}, subject.mask) & ((1 << (room + 1)) - 1)


def _places(part: str, known: dict[str, int], mask: Callable[[str], int]) -> int:
    found = known.get(part)
    if found is not None:
        return found
    if len(part) == 1:
        found = mask(part)
    else:
        half = 1 << ((len(part) - 1).bit_length() - 1)
        found = _places(part[:half], known, mask)
        if found:
            found &= _places(part[half:], known, mask) >> half
    known[part] = found
    return found


def _positions(text: str, character: str) -> int:
    count = text.count(character)
    if count * 64 > len(text):
        gaps = "1".join(["0" * len(gap) for gap in text.split(character)])
        return int(gaps[::-1], 2)
    bits = bytearray(len(text) // 8 + 1)
    place = text.find(character)
    while place >= 0:
        bits[place >> 3] |= 1 << (place & 7)
        place = text.find(character, place + 1)
    return int.from_bytes(bits, "little")


def _lowest_bit(bits: int) -> int:
    return (bits & -bits).bit_length() - 1
