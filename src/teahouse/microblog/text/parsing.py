"""Finds links, mentions, #tags and #double-hash topics# in a text; everything else is plain. Pure."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

URL_LENGTH = 23
"""What a link counts towards the length of a post, however long it is."""
MOST_TAG_CHARS = 100

_URL = r"(?P<url>https?://[^\s<>\"'「」『』（）【】，。！？；：、]+)"
_MENTION = (
    r"(?<![\w@/.])@(?P<name>[A-Za-z0-9_](?:[A-Za-z0-9_.\-]*[A-Za-z0-9_])?)(?:@(?P<host>[\w.\-]+(?::\d+)?))?"
)
_TOPIC = r"(?<![\w&/#])#(?P<topic>[^\s#@<>](?:[^#\n@<>]{0,98}[^\s#@<>])?)#"
_TAG = r"(?<![\w&/#])#(?P<tag>\w[\w·]*)"
_TOKEN = re.compile(f"{_URL}|{_MENTION}|{_TOPIC}|{_TAG}")
_TRAILING = ".,;:!?'\"*_~"
_NOT_WORD = re.compile(r"[^\w·]+")


@dataclass(frozen=True, slots=True)
class Link:
    """An address in a text."""

    url: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a text, folded; `host` is empty for a bare @name."""

    shown: str
    username: str
    host: str


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag in a text: as it was written, and the folded name by which it is found."""

    shown: str
    name: str


Part = str | Link | Mention | Tag


def parse(text: str) -> list[Part]:
    """Cut a text into plain pieces and what stands between them."""
    parts: list[Part] = []
    end = 0
    for match in _TOKEN.finditer(text):
        if match.start() < end:
            continue
        part, length = _part_of(match)
        if part is None:
            continue
        if match.start() > end:
            parts.append(text[end : match.start()])
        parts.append(part)
        end = match.start() + length
    if end < len(text):
        parts.append(text[end:])
    return parts


def _part_of(match: re.Match[str]) -> tuple[Part | None, int]:
    length = match.end() - match.start()
    if match["url"]:
        url = _trimmed(match["url"])
        return (Link(url), len(url)) if len(url) > 10 else (None, 0)
    if match["name"]:
        return Mention(match["name"], match["name"].lower(), (match["host"] or "").lower()), length
    shown = match["topic"] or match["tag"]
    name = tag_name(shown)
    return (Tag(f"#{shown}#" if match["topic"] else f"#{shown}", name), length) if name else (None, 0)


def _trimmed(url: str) -> str:
    """Leave the punctuation that ends a sentence out of an address, and a bracket that was opened before it."""
    while url and (url[-1] in _TRAILING or (url[-1] in ")]}" and url.count(url[-1]) > _openings(url))):
        url = url[:-1]
    return url


def _openings(url: str) -> int:
    return url.count({")": "(", "]": "[", "}": "{"}[url[-1]])


def tag_name(shown: str) -> str:
    """Give the name by which a tag or topic is found: folded, words joined; empty when it can't be a tag."""
    folded = unicodedata.normalize("NFKC", shown).casefold()
    name = _NOT_WORD.sub("_", folded).strip("_·")
    return name if len(name) <= MOST_TAG_CHARS and any(ch.isalpha() for ch in name) else ""


def length_of(text: str) -> int:
    """Count a text's characters as clients do: a link is always as long as any other, a mention without its host."""
    return sum(_length(part) for part in parse(text))


def _length(part: Part) -> int:
    if isinstance(part, str):
        return len(part)
    if isinstance(part, Link):
        return URL_LENGTH
    return len(part.shown) + isinstance(part, Mention)


def mentions_in(parts: list[Part]) -> Iterator[Mention]:
    """Give the mentions of a text in their order."""
    return (part for part in parts if isinstance(part, Mention))


def tags_in(parts: list[Part]) -> list[Tag]:
    """Give the tags of a text, each once, in their order."""
    return list({part.name: part for part in parts if isinstance(part, Tag)}.values())


def links_in(parts: list[Part]) -> list[str]:
    """Give the addresses in a text, each once, in their order."""
    return list(dict.fromkeys(part.url for part in parts if isinstance(part, Link)))
