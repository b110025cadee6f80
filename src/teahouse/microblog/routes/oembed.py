"""The route by which other websites show a public post within their own pages: oEmbed, without frames and script."""

import html
import re
from urllib.parse import unquote

import msgspec
from litestar import get

from teahouse.accounts import client_address
from teahouse.errors import NotFound
from teahouse.kernel.http import network_of, open_to_all, taking
from teahouse.microblog.entities.forms import LARGEST_ID
from teahouse.microblog.entities.statuses import Status
from teahouse.microblog.routes.answers import WireRequest
from teahouse.microblog.service import Microblog
from teahouse.microblog.text.html import plain

_ADDRESS = re.compile(r"/@([^/@\s?#]+)/(\d{1,19})/?")
KEPT_S = 86_400
WIDTHS = (200, 400, 1000)
"""How narrow, by default, and how wide what is shown may be."""


class Wanted(msgspec.Struct):
    url: str = ""
    maxwidth: int | None = None


class OEmbed(msgspec.Struct):
    """What oEmbed calls rich; `height` is null, since text has what height it needs."""

    type: str
    version: str
    title: str
    author_name: str
    author_url: str
    provider_name: str
    provider_url: str
    cache_age: int
    html: str
    width: int
    height: None = None


@get("/api/oembed", guards=[open_to_all], dependencies=taking(Wanted))
async def get_oembed(request: WireRequest, microblog: Microblog, params: Wanted) -> OEmbed:
    """Give a public post by its address, as HTML for another page."""
    core = microblog.core
    core.limiter.check("page", network_of(client_address(request)))
    found = _ADDRESS.fullmatch(params.url.strip().partition("?")[0].removeprefix(core.public_url))
    if found is None or int(found[2]) > LARGEST_ID:
        raise NotFound("Record not found")
    shown = await microblog.pages.status(unquote(found[1]), int(found[2]))
    post = shown.posts[0]
    if post.visibility not in ("public", "unlisted"):
        raise NotFound("Record not found")
    name = post.account.display_name or post.account.username
    narrow, usual, wide = WIDTHS
    return OEmbed(
        type="rich",
        version="1.0",
        title=f"{name}: {post.spoiler_text or plain(post.content).strip()}"[:200],
        author_name=name,
        author_url=post.account.url,
        provider_name=core.config.instance.title,
        provider_url=core.public_url + "/",
        cache_age=KEPT_S,
        html=_quoted(post, name),
        width=min(max(params.maxwidth or usual, narrow), wide),
    )


def _quoted(post: Status, name: str) -> str:
    """Give the post as a quotation; behind a warning stands no more than the warning."""
    said = f"<p>{html.escape(post.spoiler_text)}</p>" if post.spoiler_text else post.content
    by = html.escape(f"{name} (@{post.account.username}), {post.created_at[:10]}")
    address = html.escape(post.url or "")
    return f'<blockquote cite="{address}">{said}</blockquote><p>— <a href="{address}">{by}</a></p>'


ROUTES = [get_oembed]
