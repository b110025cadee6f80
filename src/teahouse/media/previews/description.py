"""What a page and its oEmbed description say, as cards show it: plain text, and addresses of the web alone. Pure.

Nothing of a stranger's HTML goes on: of a film's embed code only the address of its frame is kept.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from teahouse.media.previews.page import LONG, SHORT, Page, tidy

Kind = Literal["link", "photo", "video"]
LARGEST_SIDE = 4096
_FRAME = re.compile(
    r"<iframe\b[^>]{0,2000}?\ssrc\s{0,9}=\s{0,9}[\"']([^\"'<>\s]{1,2000})[\"']", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A page's picture as we keep it, visible to everybody."""

    media_id: str
    width: int
    height: int
    blurhash: str | None
    description: str


@dataclass(slots=True)
class Description:
    """What is behind a link. `embed` is the address of a film's player, '' for none; times are in milliseconds."""

    kind: Kind
    title: str
    description: str
    language: str | None
    author_name: str
    author_url: str
    provider_name: str
    provider_url: str
    embed: str = ""
    width: int = 0
    height: int = 0
    published_ts: int | None = None
    picture: Picture | None = None

    @property
    def tells_something(self) -> bool:
        """Tell whether there is anything to show."""
        return bool(self.title or self.picture)


def describe(page: Page, oembed: Mapping[str, Any], url: str) -> Description:
    """Put together what a page, found at `url`, and its oEmbed description say."""
    said, names = page.properties, page.names
    parts = urlsplit(url)
    author = said.get("article:author", "")
    embed = _embed(names, oembed)
    size = (_side(oembed.get("width")), _side(oembed.get("height"))) if embed else (0, 0)
    kind: Kind = "video" if embed else "photo" if oembed.get("type") == "photo" else "link"
    return Description(
        kind=kind,
        title=said.get("og:title", ""),
        description=said.get("og:description", ""),
        language=page.language,
        author_name=_text(oembed, "author_name")
        or tidy(names.get("author", ""), SHORT)
        or ("" if web_address(author) else author),
        author_url=web_address(oembed.get("author_url")) or web_address(author),
        provider_name=_text(oembed, "provider_name")
        or said.get("og:site_name", "")
        or (parts.hostname or ""),
        provider_url=web_address(oembed.get("provider_url")) or f"{parts.scheme}://{parts.netloc}/",
        embed=embed,
        width=size[0],
        height=size[1],
        published_ts=_moment(said.get("article:published_time", "")),
    )


def of_picture(url: str) -> Description:
    """Describe a link that leads to a picture itself."""
    parts = urlsplit(url)
    name = tidy(parts.path.rpartition("/")[2], SHORT) or (parts.hostname or "")
    provider = (parts.hostname or "", f"{parts.scheme}://{parts.netloc}/")
    return Description("photo", name, "", None, "", "", *provider)


def web_address(said: object) -> str:
    """Give an address of the web as it was said; '' for anything else, such as `javascript:`."""
    if not isinstance(said, str) or not said.lower().startswith(("http://", "https://")) or len(said) > LONG:
        return ""
    try:
        parts = urlsplit(said)
    except ValueError:
        return ""
    is_plain = said.isascii() and said.isprintable() and not set(said) & set(" \"'<>`\\")
    return said if is_plain and parts.hostname and "@" not in parts.netloc else ""


def _embed(names: Mapping[str, str], oembed: Mapping[str, Any]) -> str:
    """Give the address of a film's player, over TLS only: where apps show it, it stands in their page."""
    code = oembed.get("html")
    if oembed.get("type") == "video" and isinstance(code, str):
        frame = _FRAME.search(code[:8000])
        found = web_address(html.unescape(frame[1])) if frame else ""
        if found.lower().startswith("https://"):
            return found
    if names.get("og:video:type", "").lower() == "text/html":
        found = web_address(html.unescape(names.get("og:video:secure_url") or names.get("og:video") or ""))
        return found if found.lower().startswith("https://") else ""
    return ""


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    return tidy(value, SHORT) if isinstance(value, str) else ""


def _side(value: object) -> int:
    try:
        number = int(value)  # type: ignore[call-overload]
    except (TypeError, ValueError, OverflowError):
        return 0
    return number if 0 < number <= LARGEST_SIDE else 0


def _moment(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
        return int(moment.timestamp() * 1000) if moment.tzinfo else None
    except (ValueError, OverflowError, OSError):
        return None
