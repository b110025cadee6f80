"""Pages out of templates, with headers under which nothing on them can run, load from elsewhere or be framed.

Everything is escaped but what our own renderer made of a text (`text/html.py`); emoji are put into that between its
tags, never inside one.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from teahouse.microblog.entities.people import Account, Emoji
from teahouse.microblog.entities.statuses import Status
from teahouse.microblog.pages.public import Shown
from teahouse.microblog.pages.texts import Words
from teahouse.microblog.text.html import link, plain
from teahouse.trust import LogEntry

STYLE = files("teahouse.microblog.pages").joinpath("style.css").read_bytes()
STYLE_PATH = "/_teahouse/pages.css"
STYLE_ADDRESS = f"{STYLE_PATH}?{hashlib.sha256(STYLE).hexdigest()[:12]}"
EXCERPT_CHARS = 200
CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
GUARDED = [
    (b"content-security-policy", CSP.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
]
LOG_PATH = "/transparency"
LOG_KINDS = ("", "decision", "appeal", "week")
LOG_TRAITS = ("action", "result", "scope", "category", "rule", "origin", "automated", "duration", "days")
_TAGS = re.compile(r"(<[^>]*>)")
_ENVIRONMENT = Environment(
    loader=PackageLoader("teahouse.microblog.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class LogSpan:
    """Which part of the public log a page shows: of one kind or (empty) all, and where older entries begin."""

    kind: str
    older: str | None
    is_first: bool


class PageMaker:
    """Makes pages for one public address."""

    def __init__(self, public_url: str, server: str, host: str) -> None:
        self._public_url = public_url
        self._server = server
        self._host = host

    def profile(self, words: Words, shown: Shown, account: Account, *, is_first: bool) -> str:
        """Make the page of a profile."""
        title = f"{_name(account)} (@{account.username}@{self._host})"
        about = plain(account.note).strip() or words(
            "profile_about", name=_name(account), handle=account.username
        )
        head = self._head(title, about, account.url, "profile", account.avatar)
        head["feed"] = f"{account.url}.rss"
        head["noindex"] = shown.hides_from_searches or not is_first
        head["card"] = "summary"
        fields = [
            (one, _field(one.value, raw)) for one, raw in zip(account.fields, _raw_values(shown), strict=True)
        ]
        return self._render(
            "profile.html", words, head, shown=shown, account=account, fields=fields, is_first=is_first
        )

    def status(self, words: Words, shown: Shown, account: Account) -> str:
        """Make the page of a post."""
        post = shown.posts[0]
        picture = self._picture_of(post)
        head = self._head(
            words("post_by", name=_name(account), server=self._server), excerpt(post), post.url, "article",
            picture or account.avatar,
        )  # fmt: skip
        head["published"] = post.created_at
        head["noindex"] = shown.hides_from_searches or post.visibility != "public"
        head["card"] = "summary_large_image" if picture else "summary"
        head["feed"] = f"{account.url}.rss"
        head["oembed"] = f"{self._public_url}/api/oembed?url={quote(post.url or '', safe='')}"
        return self._render("status.html", words, head, shown=shown, account=account, post=post)

    def tag(self, words: Words, shown: Shown, address: str, *, is_first: bool) -> str:
        """Make the page of a tag."""
        about = words("tag_about", tag=shown.tag, server=self._server)
        head = self._head(f"#{shown.tag}", about, address, "website", "")
        head["feed"] = f"{address}.rss"
        head["noindex"] = not is_first
        return self._render("tag.html", words, head, shown=shown, about=about, is_first=is_first)

    def log(self, words: Words, entries: list[LogEntry], key: str, span: LogSpan) -> str:
        """Make a page of the public log of decisions."""
        address = f"{self._public_url}{LOG_PATH}"
        head = self._head(words("log_title"), words("log_about", server=self._server), address, "website", "")
        head["noindex"] = not span.is_first

        def word(trait: str, name: str) -> str:
            if name in ("other", "none", "yes", "no"):
                return words(f"word_{name}")
            if trait == "rule":
                return words("rule_number", n=name.partition("@")[0])
            return name if trait == "days" else words(f"{trait}_{name}")

        return self._render(
            "log.html", words, head, entries=entries, key=key, kind=span.kind, kinds=LOG_KINDS, older=span.older,
            is_first=span.is_first, order=LOG_TRAITS, address=_log_address, word=word,
        )  # fmt: skip

    def missing(self, words: Words) -> str:
        """Make the page that says that there is none."""
        head = self._head(words("not_found"), words("not_found_text"), "", "website", "")
        head["noindex"] = True
        return self._render("missing.html", words, head)

    def _head(self, title: str, about: str, address: str, kind: str, picture: str) -> dict[str, Any]:
        return {
            "title": title, "about": about[:EXCERPT_CHARS], "address": address, "kind": kind, "picture": picture,
            "published": "", "feed": "", "oembed": "", "noindex": False, "card": "summary",
        }  # fmt: skip

    def _picture_of(self, post: Status) -> str:
        if post.sensitive or post.spoiler_text:
            return ""
        pictures = [one.preview_url for one in post.media_attachments if one.preview_url]
        return pictures[0] if pictures else (post.card.image or "" if post.card is not None else "")

    def _render(self, template: str, words: Words, head: dict[str, Any], **values: Any) -> str:
        return _ENVIRONMENT.get_template(template).render(
            t=words, head=head, server=self._server, host=self._host, style=STYLE_ADDRESS, home=self._public_url,
            local=self._local, markup=with_emoji, name=_shown_name, **values,
        )  # fmt: skip

    def _local(self, address: str | None) -> str:
        """Give an address of ours without the server, so that the page works under any name that leads here."""
        return (address or "").removeprefix(self._public_url)


def _log_address(kind: str, older: str | None = None) -> str:
    asked = {name: value for name, value in (("kind", kind), ("max_id", older)) if value}
    return LOG_PATH + (f"?{urlencode(asked)}" if asked else "")


def excerpt(post: Status) -> str:
    """Give the beginning of a post as plain text; of one with a warning only the warning."""
    text = post.spoiler_text or plain(post.content)
    if not text.strip():
        text = next((one.description for one in post.media_attachments if one.description), "") or ""
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT_CHARS else line[: EXCERPT_CHARS - 1].rstrip() + "…"


def with_emoji(rendered: str, emojis: Sequence[Emoji]) -> Markup:
    """Give what our renderer made, with the server's emoji as pictures where their names stand in the text."""
    if not emojis:
        return Markup(rendered)  # noqa: S704 (made by text/html.py, which escapes all that was written)
    pictures = {one.shortcode: _emoji(one) for one in emojis}
    names = re.compile(":(" + "|".join(map(re.escape, pictures)) + "):")
    pieces = _TAGS.split(rendered)
    pieces[::2] = [names.sub(lambda found: pictures[found[1]], piece) for piece in pieces[::2]]
    return Markup("".join(pieces))  # noqa: S704 (the pictures are escaped, and stand between tags)


def _emoji(one: Emoji) -> str:
    code = escape(f":{one.shortcode}:")
    address = escape("/" + one.url.partition("://")[2].partition("/")[2])
    return f'<img class="emoji" src="{address}" alt="{code}" title="{code}" loading="lazy">'


def _name(account: Account) -> str:
    return account.display_name or account.username


def _shown_name(account: Account) -> Markup:
    return with_emoji(str(escape(_name(account))), account.emojis)


def _raw_values(shown: Shown) -> list[str]:
    return [] if shown.row is None else shown.row.field_values


def _field(rendered: str, raw: str) -> str:
    """Give a field's value; one that is nothing but an address says that it is the same person's."""
    is_address = raw.startswith(("https://", "http://")) and not any(part.isspace() for part in raw)
    return link(raw, rel="me nofollow noopener") if is_address else rendered
