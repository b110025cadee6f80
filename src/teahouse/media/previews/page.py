"""What a page's head says of itself: Open Graph, title, description, the address of its oEmbed description. Pure.

Tags are picked out one after another, never as a tree: building one as browsers do takes time that grows with the
square of the nesting, and the page is a stranger's (200,000 nested elements kept a parser busy for minutes).
"""

import html
import re
from dataclasses import dataclass, field
from urllib.parse import urljoin

MOST_HEAD = 256 * 1024
MOST_TAG = 8192
MOST_TAGS = 1000
MOST_ATTRIBUTES = 30
SHORT, LONG = 300, 1000

_START = re.compile(r"<(meta|link|title)\b", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([A-Za-z:_.-]{1,40})\s{0,20}=\s{0,20}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'=<>`]+))")
_CHARSET = re.compile(rb"charset\s{0,9}=\s{0,9}[\"']?([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_LANGUAGE = re.compile(r"<html\b[^>]{0,500}?\slang\s{0,9}=\s{0,9}[\"']?([A-Za-z]{2,3})\b", re.IGNORECASE)
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
_HIDING = re.compile(r"<!--|<script|<style", re.IGNORECASE)
_SHOWING = {
    "<!--": re.compile("-->"),
    "<script": re.compile("</script", re.IGNORECASE),
    "<style": re.compile("</style", re.IGNORECASE),
}

KNOWN = {
    "og:title": SHORT, "og:description": LONG, "og:site_name": SHORT, "og:type": SHORT, "og:url": LONG,
    "og:locale": SHORT, "og:image:alt": SHORT, "article:published_time": SHORT, "article:author": SHORT,
}  # fmt: skip
"""What is passed on, and how long it may be."""


@dataclass
class Page:
    """What a page says: properties as they are answered, and addresses that are still to be fetched."""

    properties: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    """Each meta name with what stands there, as it stands there."""
    language: str | None = None
    image: str | None = None
    oembed: str | None = None


def read_page(body: bytes, content_type: str, url: str) -> Page:
    """Read the head of a page that was found at `url`."""
    text = visible(decoded(body[:MOST_HEAD], content_type))
    page, title, names = Page(), "", dict[str, str]()
    said = _LANGUAGE.search(text)
    page.language = said[1] if said else None
    for number, start in enumerate(_START.finditer(text)):
        if number >= MOST_TAGS:
            break
        kind = start[1].lower()
        inside = text[start.end() : start.end() + MOST_TAG].partition(">")
        if kind == "title":
            title = title or inside[2].partition("<")[0]
            continue
        attributes = attributes_of(inside[0])
        if kind == "meta":
            name = (attributes.get("property") or attributes.get("name") or "").lower()
            names.setdefault(name, attributes.get("content", ""))
        elif kind == "link" and attributes.get("type", "").lower() == "application/json+oembed":
            page.oembed = page.oembed or _joined(url, attributes.get("href"))
    page.names = names
    _fill(page, names, title, url)
    return page


def _fill(page: Page, names: dict[str, str], title: str, url: str) -> None:
    for name, most in KNOWN.items():
        said = tidy(names.get(name, ""), most)
        if said:
            page.properties[name] = said
    others = {
        "og:title": names.get("twitter:title") or title,
        "og:description": names.get("twitter:description") or names.get("description", ""),
    }
    for name, said in others.items():
        if name not in page.properties and tidy(said, KNOWN[name]):
            page.properties[name] = tidy(said, KNOWN[name])
    picture = names.get("og:image") or names.get("og:image:url") or names.get("twitter:image")
    page.image = _joined(url, picture)


def tidy(text: str, most: int) -> str:
    """Give text in one line, without controls and tricks, at most so long."""
    line = _SPACE.sub(" ", html.unescape(text[: most * 12])).strip()
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def _joined(url: str, said: str | None) -> str | None:
    said = html.unescape(said or "").strip()
    if not said or len(said) > 4096:
        return None
    try:
        return urljoin(url, said)
    except ValueError:
        return None


def attributes_of(text: str) -> dict[str, str]:
    """Give the attributes of a tag, the first of each name."""
    found: dict[str, str] = {}
    for number, match in enumerate(_ATTRIBUTE.finditer(text)):
        if number >= MOST_ATTRIBUTES:
            break
        found.setdefault(match[1].lower(), match[2] or match[3] or match[4] or "")
    return found


def decoded(body: bytes, content_type: str) -> str:
    """Give a page's text in the encoding that it claims."""
    said = _CHARSET.search(content_type.encode("latin-1", "replace")) or _CHARSET.search(body[:2048])
    try:
        return body.decode(said[1].decode("ascii") if said else "utf-8", "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def visible(text: str) -> str:
    """Leave out comments, scripts and styles; what never ends hides the rest."""
    kept, place = [], 0
    while (start := _HIDING.search(text, place)) is not None:
        kept.append(text[place : start.start()])
        end = _SHOWING[start[0].lower()].search(text, start.end())
        if end is None:
            return "".join(kept)
        place = end.end()
    kept.append(text[place:])
    return "".join(kept)
