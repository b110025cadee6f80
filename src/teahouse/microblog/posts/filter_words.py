"""Whether a text holds a word that somebody does not want to see: one search for each word, never a pattern.

A whole word ends where letters and digits end. Text and word are marked at every such edge, so that a whole word is
just a longer piece of text to find, in time that grows with the text and with nothing else.
"""

import re

_EDGE = re.compile(r"\b")
_MARK = "\0"


class Subject:
    """A text that many words are looked for in."""

    __slots__ = ("_marked", "_plain")

    def __init__(self, text: str) -> None:
        self._plain = text.lower()
        self._marked: str | None = None

    def holds(self, needle: str) -> bool:
        """Say whether what `needle_of` made of a word is in the text."""
        if _MARK not in needle:
            return needle in self._plain
        if self._marked is None:
            self._marked = _EDGE.sub(_MARK, self._plain)
        return needle in self._marked


def needle_of(keyword: str, *, whole_word: bool) -> str:
    """Prepare a word to be looked for; a text never holds NUL, so neither does the word."""
    plain = keyword.lower()
    return _EDGE.sub(_MARK, plain) if whole_word else plain
