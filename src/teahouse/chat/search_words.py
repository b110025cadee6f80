"""Splits text into the words that search knows, the same for what is stored and for what is asked.

Owns the folding of case, width and accents, and that scripts without spaces between words (Chinese, Japanese,
Thai and others) are split by character: a word of theirs is then found as a phrase. Linear in the text; what a
user types is only ever words, never a query language.
"""

import re
import unicodedata
from collections.abc import Mapping
from hashlib import blake2s
from typing import Any, Final

MOST_WORD: Final = 64
MOST_TERMS: Final = 64
MOST_TEXT: Final = 65_536

_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
_TOKEN: Final = re.compile(f"[{_UNSPACED}]|[^\\W_{_UNSPACED}]+")
_ACCENTS: Final = re.compile("[\u0300-\u036f]")
_IS_UNSPACED: Final = re.compile(f"[{_UNSPACED}]")

KINDS: Final[Mapping[str, str]] = {"content.body": "body", "content.name": "name", "content.topic": "topic"}
"""What may be searched, by the names that the protocol gives it."""


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


def highlights_of(phrases: list[list[str]]) -> list[str]:
    """Give the words to highlight; characters of one unspaced word stay together."""
    found: list[str] = []
    for phrase in phrases:
        run = ""
        for word in phrase:
            if _IS_UNSPACED.match(word):
                run += word
                continue
            found += [run, word] if run else [word]
            run = ""
        if run:
            found.append(run)
    return list(dict.fromkeys(found))


def room_word(room_id: str) -> str:
    """Give the made-up word that stands for a room in the index."""
    return "r" + blake2s(room_id.encode(), digest_size=8).hexdigest()


def kind_word(kind: str) -> str:
    """Give the made-up word that stands for a kind of text (`body`, `name`, `topic`)."""
    return "k" + kind


def searchable_text(event_type: str, content: Mapping[str, Any], *, is_state: bool) -> tuple[str, str] | None:
    """Give the kind and the text by which an event can be found, or None; an edit is found by its new text."""
    if is_state:
        key = {"m.room.name": "name", "m.room.topic": "topic"}.get(event_type)
        text = content.get(key) if key is not None else None
        return (key, text) if key is not None and isinstance(text, str) else None
    relates = content.get("m.relates_to")
    edited = content.get("m.new_content")
    if isinstance(relates, dict) and relates.get("rel_type") == "m.replace" and isinstance(edited, dict):
        content = edited
    text = content.get("body")
    return ("body", text) if isinstance(text, str) else None
