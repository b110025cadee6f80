"""Where a page says that somebody's profile elsewhere is the same person's: links with rel="me". Pure.

Tags are picked out one after another, as in page.py; a link inside a comment or a script does not count.
"""

import html
import re
from urllib.parse import urljoin, urlsplit

from teahouse.media.previews.page import MOST_TAG, attributes_of, decoded, visible

MOST_LINKS = 5000
_LINK = re.compile(r"<(?:a|link)(?=[\s/])", re.IGNORECASE)


def me_links(body: bytes, content_type: str, url: str) -> set[str]:
    """Give the addresses to which a page, found at `url`, links with rel="me"."""
    text = visible(decoded(body, content_type))
    found: set[str] = set()
    for number, start in enumerate(_LINK.finditer(text)):
        if number >= MOST_LINKS:
            break
        said = attributes_of(text[start.end() : start.end() + MOST_TAG].partition(">")[0])
        if "me" in said.get("rel", "").lower().split() and "href" in said:
            try:
                found.add(same_form(urljoin(url, html.unescape(said["href"]).strip())))
            except ValueError:
                continue
    return found


def same_form(url: str) -> str:
    """Give an address in the one form in which two are compared; raises ValueError."""
    parts = urlsplit(url)
    path = parts.path.replace("%40", "@").rstrip("/")
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}{path}"
