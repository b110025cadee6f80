"""Makes the HTML of posts and profiles: p, br, a and span, nothing else. Everything written is escaped. Pure."""

import html
import re
from collections.abc import Mapping
from urllib.parse import quote

from teahouse.microblog.text.parsing import Link, Mention, Part, Tag, parse

SHOWN_URL_CHARS = 30
_PARAGRAPHS = re.compile(r"\n{2,}")


def render(text: str, addresses: Mapping[str, str], public_url: str) -> str:
    """Give the HTML of a text; `addresses` holds the profile's address of each mentioned name that exists."""
    if not text.strip():
        return ""
    inner = "".join(
        _element(part, addresses, public_url) for part in parse(text.replace("\r\n", "\n").strip())
    )
    return "".join(f"<p>{paragraph}</p>" for paragraph in _PARAGRAPHS.split(inner)).replace("\n", "<br>")


def render_line(text: str, addresses: Mapping[str, str], public_url: str) -> str:
    """Give the HTML of one line, without paragraphs: the value of a profile's field."""
    line = " ".join(text.split())
    return "".join(_element(part, addresses, public_url) for part in parse(line))


def _element(part: Part, addresses: Mapping[str, str], public_url: str) -> str:
    if isinstance(part, str):
        return html.escape(part)
    if isinstance(part, Link):
        return link(part.url)
    if isinstance(part, Tag):
        return (
            f'<a href="{tag_address(public_url, part.name)}" class="mention hashtag" rel="tag">'
            f"#<span>{html.escape(part.shown[1:])}</span></a>"
        )
    return _mention(part, addresses.get(part.username))


def _mention(part: Mention, address: str | None) -> str:
    if address is None:
        host = f"@{part.host}" if part.host else ""
        return html.escape(f"@{part.shown}{host}")
    return (
        f'<span class="h-card" translate="no"><a href="{html.escape(address)}" class="u-url mention">'
        f"@<span>{html.escape(part.shown)}</span></a></span>"
    )


def plain(rendered: str) -> str:
    """Give the words of what `render` made: for where there is no HTML."""
    lines = re.sub(r"<br[^>]*>|</p>\s*<p>", "\n", rendered)
    return html.unescape(re.sub(r"<[^>]*>", "", lines))


def link(url: str, *, rel: str = "nofollow noopener") -> str:
    """Give a link whose shown text is the address, shortened, with all of it there for who copies it."""
    scheme, _, rest = url.partition("://")
    shown, hidden = rest[:SHOWN_URL_CHARS], rest[SHOWN_URL_CHARS:]
    kind = "ellipsis" if hidden else ""
    return (
        f'<a href="{html.escape(url)}" target="_blank" rel="{rel}" translate="no">'
        f'<span class="invisible">{scheme}://</span><span class="{kind}">{html.escape(shown)}</span>'
        f'<span class="invisible">{html.escape(hidden)}</span></a>'
    )


def tag_address(public_url: str, name: str) -> str:
    """Give the address of a tag's page."""
    return f"{public_url}/tags/{quote(name, safe='')}"
