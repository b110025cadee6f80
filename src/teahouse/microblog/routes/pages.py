"""Routes of the public pages and feeds. They answer strangers, whoever asks: no token and no cookie is looked at."""

import hashlib
from collections.abc import Awaitable, Callable
from email.utils import format_datetime, parsedate_to_datetime

from teahouse.errors import InvalidParam, NotFound
from teahouse.kernel.http import FastRequest, FastRoute, Reply, choose_language, network_of, open_to_all
from teahouse.microblog.entities.forms import parse_id
from teahouse.microblog.entities.statuses import Status
from teahouse.microblog.pages.feeds import Channel, feed, newest_change
from teahouse.microblog.pages.public import PAGE, Shown
from teahouse.microblog.pages.show import (
    GUARDED,
    LOG_KINDS,
    LOG_PATH,
    STYLE,
    STYLE_PATH,
    LogSpan,
    PageMaker,
)
from teahouse.microblog.pages.texts import Words
from teahouse.microblog.service import Microblog
from teahouse.microblog.text.html import plain, tag_address
from teahouse.trust import Trust, log_entry

FEED = ".rss"


async def public_profile(request: FastRequest) -> Reply:
    """Show a profile to anybody, or give its feed."""
    microblog: Microblog = request.services.microblog
    username = request.path_params["username"]
    if username.endswith(FEED) and not await microblog.pages.exists(username):
        return await _answer(request, lambda _: _profile_feed(request, username.removesuffix(FEED)))

    async def make(words: Words) -> Reply:
        max_id = request.query().get("max_id")
        shown = await microblog.pages.profile(username, max_id)
        assert shown.account is not None  # noqa: S101
        page = _maker(microblog).profile(words, shown, shown.account, is_first=max_id is None)
        return _page(request, page, words, is_hidden=shown.hides_from_searches)

    return await _answer(request, make)


async def public_status(request: FastRequest) -> Reply:
    """Show a post to anybody."""
    microblog: Microblog = request.services.microblog

    async def make(words: Words) -> Reply:
        number = parse_id(request.path_params["status_id"])
        shown = await microblog.pages.status(request.path_params["username"], number)
        assert shown.account is not None  # noqa: S101
        page = _maker(microblog).status(words, shown, shown.account)
        return _page(request, page, words, is_hidden=shown.hides_from_searches)

    return await _answer(request, make)


async def public_tag(request: FastRequest) -> Reply:
    """Show the posts with a tag to anybody, or give their feed."""
    microblog: Microblog = request.services.microblog
    name = request.path_params["tag"]

    async def make(words: Words) -> Reply:
        max_id = request.query().get("max_id")
        shown = await microblog.pages.tag(name.removesuffix(FEED), max_id)
        address = tag_address(microblog.core.public_url, shown.tag)
        if name.endswith(FEED):
            title = microblog.core.config.instance.title
            channel = Channel(f"#{shown.tag} · {title}", f"#{shown.tag}", address, address + FEED)
            return await _feed(
                request, channel, [one for one in shown.posts if one.visibility == "public"], shown
            )
        return _page(request, _maker(microblog).tag(words, shown, address, is_first=max_id is None), words)

    return await _answer(request, make)


async def public_log(request: FastRequest) -> Reply:
    """Show the public log of decisions to anybody; it is there whether or not people have pages."""
    trust: Trust = request.services.trust

    async def make(words: Words) -> Reply:
        asked = request.query()
        kind, before = asked.get("kind", ""), asked.get("max_id")
        if kind not in LOG_KINDS:
            raise NotFound("Record not found")
        found = (
            await trust.log.shown(kind or None, None if before is None else parse_id(before), PAGE)
        ).entries
        older = str(found[-1].seq) if len(found) == PAGE else None
        entries = [log_entry(row) for row in found]
        span = LogSpan(kind, older, before is None)
        page = _maker(request.services.microblog).log(words, entries, str(trust.log.verifier), span)
        return _page(request, page, words)

    return await _answer(request, make)


async def public_style(request: FastRequest) -> Reply:
    """Give the pages' style; its address changes with it."""
    headers = [
        (b"content-type", b"text/css; charset=utf-8"),
        (b"cache-control", b"public, max-age=31536000, immutable"),
        (b"content-length", str(len(STYLE)).encode()),
    ]
    return Reply(200, headers, b"" if request.method == "HEAD" else STYLE)


async def _profile_feed(request: FastRequest, username: str) -> Reply:
    microblog: Microblog = request.services.microblog
    shown = await microblog.pages.profile(username, None, for_feed=True)
    account = shown.account
    assert account is not None  # noqa: S101
    name = account.display_name or account.username
    about = plain(account.note).strip() or f"@{account.username}@{microblog.core.host}"
    channel = Channel(name, about, account.url, account.url + FEED, account.avatar)
    return await _feed(request, channel, shown.posts, shown)


async def _answer(request: FastRequest, make: Callable[[Words], Awaitable[Reply]]) -> Reply:
    """Answer with what is made, or with the page that says that there is none; raises LimitExceeded."""
    microblog: Microblog = request.services.microblog
    microblog.core.limiter.check("page", network_of(request.address))
    words = Words(choose_language("", "", request.header(b"accept-language") or ""))
    try:
        return await make(words)
    except (NotFound, InvalidParam):
        return _page(request, _maker(microblog).missing(words), words, status=404, is_hidden=True)


def _maker(microblog: Microblog) -> PageMaker:
    core = microblog.core
    return PageMaker(core.public_url, core.config.instance.title, core.host)


def _page(
    request: FastRequest, body: str, words: Words, *, status: int = 200, is_hidden: bool = False
) -> Reply:
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-language", words.language.encode()),
        (b"vary", b"accept-language"),
        *GUARDED,
    ]
    return _whole(request, status, headers, body.encode(), is_hidden=is_hidden)


async def _feed(request: FastRequest, channel: Channel, posts: list[Status], shown: Shown) -> Reply:
    headers = [(b"content-type", b"application/rss+xml; charset=utf-8"), *GUARDED]
    if posts:
        changed = newest_change(posts).replace(microsecond=0)
        headers.append((b"last-modified", format_datetime(changed, usegmt=True).encode()))
    sizes = await request.services.microblog.uploads.sizes_of(posts)
    return _whole(request, 200, headers, feed(channel, posts, sizes), is_hidden=shown.hides_from_searches)


def _whole(
    request: FastRequest, status: int, headers: list[tuple[bytes, bytes]], body: bytes, *, is_hidden: bool
) -> Reply:
    """Answer, or with 304 whoever has the same already. Caches ask each time: what is deleted is gone at once."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = [*headers, (b"etag", tag.encode()), (b"cache-control", b"public, no-cache")]
    if is_hidden:
        headers.append((b"x-robots-tag", b"noindex"))
    if status == 200 and _has_it(request, tag, dict(headers).get(b"last-modified")):
        return Reply(304, headers)
    headers.append((b"content-length", str(len(body)).encode()))
    return Reply(status, headers, b"" if request.method == "HEAD" else body)


def _has_it(request: FastRequest, tag: str, modified: bytes | None) -> bool:
    known = request.header(b"if-none-match")
    if known is not None:
        return tag in {part.strip().removeprefix("W/") for part in known.split(",")}
    since = request.header(b"if-modified-since")
    if since is None or modified is None:
        return False
    try:
        return parsedate_to_datetime(modified.decode()) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False


async def show_decision(_: FastRequest) -> Reply:
    """Lead from where apps of Mastodon expect a decision about the account to where it is."""
    return _elsewhere("/discover/decisions")


async def show_account_settings(_: FastRequest) -> Reply:
    """Lead from where apps of Mastodon expect the account's settings to where they are."""
    return _elsewhere("/me/account")


async def show_profile_settings(_: FastRequest) -> Reply:
    """Lead from where apps of Mastodon expect the profile's settings to where they are."""
    return _elsewhere("/discover/settings")


def _elsewhere(screen: str) -> Reply:
    return Reply(
        302,
        [
            (b"location", screen.encode()),
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-length", b"0"),
        ],
        b"",
    )


ROUTES = [
    FastRoute("GET", "/disputes/strikes/{warning_id}", show_decision, open_to_all, is_page=True),
    FastRoute("GET", "/auth/edit", show_account_settings, open_to_all, is_page=True),
    FastRoute("GET", "/settings/profile", show_profile_settings, open_to_all, is_page=True),
    FastRoute("GET", STYLE_PATH, public_style, open_to_all, is_page=True),
    FastRoute("GET", LOG_PATH, public_log, open_to_all, is_page=True),
    FastRoute("GET", "/@{username}", public_profile, open_to_all, is_page=True),
    FastRoute("GET", "/@{username}/{status_id}", public_status, open_to_all, is_page=True),
    FastRoute("GET", "/tags/{tag}", public_tag, open_to_all, is_page=True),
]
