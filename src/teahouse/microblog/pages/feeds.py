"""RSS 2.0 of profiles and tags, built as a tree, so that nothing written can become markup of the feed. Pure.

What XML can't hold is left out of texts. Enclosures name the first file of a post, `media:content` every one.
"""

import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.etree import ElementTree as ET

from teahouse.microblog.entities.statuses import MediaAttachment, Status
from teahouse.microblog.pages.show import excerpt

ATOM, MEDIA = "http://www.w3.org/2005/Atom", "http://search.yahoo.com/mrss/"
ET.register_namespace("atom", ATOM)
ET.register_namespace("media", MEDIA)
TITLE_CHARS = 80
_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TYPES = {"image": "image/jpeg", "gifv": "video/mp4", "video": "video/mp4", "audio": "audio/mpeg"}
_MEDIUMS = {"image": "image", "gifv": "video", "video": "video", "audio": "audio"}


@dataclass(frozen=True, slots=True)
class Channel:
    """What a feed says of itself."""

    title: str
    about: str
    page: str
    address: str
    picture: str = ""


def feed(channel: Channel, posts: list[Status], sizes: Mapping[str, int]) -> bytes:
    """Give the feed of posts, the newest first; `sizes` tells how many bytes the files behind addresses have."""
    root = ET.Element("rss", version="2.0")
    top = ET.SubElement(root, "channel")
    _say(top, "title", channel.title)
    _say(top, "link", channel.page)
    _say(top, "description", channel.about)
    ET.SubElement(top, f"{{{ATOM}}}link", href=channel.address, rel="self", type="application/rss+xml")
    if channel.picture:
        image = ET.SubElement(top, "image")
        for name, text in (("url", channel.picture), ("title", channel.title), ("link", channel.page)):
            _say(image, name, text)
    if posts:
        _say(top, "lastBuildDate", _moment(newest_change(posts)))
    for post in posts:
        _add(top, post, sizes)
    whole: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{whole}'.encode()


def newest_change(posts: list[Status]) -> datetime:
    """Give the moment at which one of these was last made or edited; posts must not be empty."""
    return max(datetime.fromisoformat(post.edited_at or post.created_at) for post in posts).astimezone(UTC)


def _add(top: ET.Element, post: Status, sizes: Mapping[str, int]) -> None:
    item = ET.SubElement(top, "item")
    line = excerpt(post)
    if line:
        _say(item, "title", line if len(line) <= TITLE_CHARS else line[: TITLE_CHARS - 1].rstrip() + "…")
    _say(item, "guid", post.url).set("isPermaLink", "true")
    _say(item, "link", post.url)
    _say(item, "pubDate", _moment(datetime.fromisoformat(post.created_at).astimezone(UTC)))
    _say(item, "description", post.content if not post.spoiler_text else _warned(post))
    _add_enclosure(item, post, sizes)
    for one in post.media_attachments:
        _add_file(item, one, is_sensitive=post.sensitive)
    for tag in post.tags:
        _say(item, "category", tag.name)


def _warned(post: Status) -> str:
    """Give a post's HTML below its warning, which is text and so escaped like all text in HTML."""
    warning = ET.Element("p")
    ET.SubElement(warning, "strong").text = _fit(post.spoiler_text)
    return ET.tostring(warning, encoding="unicode") + "<hr>" + post.content


def _add_enclosure(item: ET.Element, post: Status, sizes: Mapping[str, int]) -> None:
    """Name the first file of a post, with its size: the format wants it, and readers show it before they fetch."""
    first = next((one for one in post.media_attachments if one.url in sizes), None)
    if first is not None and first.url is not None:
        ET.SubElement(
            item, "enclosure", url=first.url, length=str(sizes[first.url]), type=_kind(first, first.url)
        )


def _kind(one: MediaAttachment, url: str) -> str:
    return mimetypes.guess_type(url)[0] or _TYPES.get(one.type, "application/octet-stream")


def _add_file(item: ET.Element, one: MediaAttachment, *, is_sensitive: bool) -> None:
    if one.url is None:
        return
    medium = _MEDIUMS.get(one.type, "document")
    content = ET.SubElement(item, f"{{{MEDIA}}}content", url=one.url, type=_kind(one, one.url), medium=medium)
    ET.SubElement(content, f"{{{MEDIA}}}rating", scheme="urn:simple").text = (
        "adult" if is_sensitive else "nonadult"
    )
    if one.description:
        _say(content, f"{{{MEDIA}}}description", one.description).set("type", "plain")


def _say(parent: ET.Element, name: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, name)
    element.text = _fit(text)
    return element


def _fit(text: str) -> str:
    return _UNFIT.sub("", text)


def _moment(moment: datetime) -> str:
    return format_datetime(moment)
