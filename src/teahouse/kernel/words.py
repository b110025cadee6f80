"""Splits text into the words that search knows, the same for what is stored and for what is asked. Pure.

Owns the folding of case, width and accents, and that scripts without spaces between words (Chinese, Japanese,
Thai and others) are split by character: a word of theirs is then found as a phrase. Linear in the text; what a
user types is only ever words, never a query language.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

MOST_WORD: Final = 64
MOST_TERMS: Final = 64
MOST_TEXT: Final = 65_536
MOST_POSITION: Final = 16_383
"""PostgreSQL counts words no further."""

_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
_TOKEN: Final = re.compile(f"[{_UNSPACED}]|[^\\W_{_UNSPACED}]+")
_ACCENTS: Final = re.compile("[\u0300-\u036f]")
_IS_UNSPACED: Final = re.compile(f"[{_UNSPACED}]")


def fold(text: str) -> str:
    """Make texts equal that people take for the same: case, width, accents."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFKC", _ACCENTS.sub("", plain)).casefold()


def words_of(text: str) -> list[str]:
    """Split a text into its words, in order."""
    return [word[:MOST_WORD] for word in _TOKEN.findall(fold(text[:MOST_TEXT]))]


def phrases_of(term: str) -> list[list[str]]:
    """Split a search term into what must all be found: each a word, or a run of words that stand together."""
    phrases = (words_of(part) for part in term[:MOST_TEXT].split())
    return [phrase for phrase in phrases if phrase][:MOST_TERMS]


def is_unspaced(word: str) -> bool:
    """Tell whether a word is a character of a script without spaces."""
    return _IS_UNSPACED.match(word) is not None


def sqlite_phrases(phrases: Sequence[Sequence[str]]) -> str:
    """Give the FTS5 query that wants every phrase."""
    return " AND ".join('"' + " ".join(phrase) + '"' for phrase in phrases)


def postgres_phrases(phrases: Sequence[Sequence[str]]) -> str:
    """Give the text of the tsquery that wants every phrase."""
    return " & ".join("(" + " <-> ".join(f"'{word}'" for word in phrase) + ")" for phrase in phrases)


def postgres_vector(words: Sequence[str]) -> str:
    """Give the text of the tsvector with the words in their places."""
    return " ".join(f"'{word}':{min(number, MOST_POSITION)}" for number, word in enumerate(words, 1))
