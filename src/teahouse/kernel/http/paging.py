"""Pages of the Mastodon API: what a request asks for, and the Link header that leads to the pages beside it."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar import Request, Response

_OUR_OWN = frozenset(("max_id", "since_id", "min_id", "cursor", "access_token"))


class Page(msgspec.Struct, kw_only=True):
    """What every paged route takes; ids are text, since a struct of parameters refuses nothing yet."""

    max_id: str | None = None
    since_id: str | None = None
    min_id: str | None = None
    limit: int | None = None


def bounded(limit: int | None, default: int, most: int) -> int:
    """Give the number of items that a page may hold: what was asked for, within bounds."""
    return default if limit is None or limit < 1 else min(limit, most)


def paged(
    request: Request[Any, Any, Any],
    items: Any,
    *,
    older: str | None,
    newer: str | None,
    public_url: str,
    names: tuple[str, str] = ("max_id", "min_id"),
) -> Response[Any]:
    """Answer with the items and the links to the next older and the next newer page, in this order.

    `older` and `newer` are the cursors of the last and the first item; None when there is no page to go to.
    Addresses are absolute and keep the request's other parameters, but never its token.
    """
    links = []
    if older is not None:
        links.append(f'<{_address(request, public_url, names[0], older)}>; rel="next"')
    if newer is not None:
        links.append(f'<{_address(request, public_url, names[1], newer)}>; rel="prev"')
    return Response(items, headers={"Link": ", ".join(links)} if links else {})


def _address(request: Request[Any, Any, Any], public_url: str, name: str, cursor: str) -> str:
    sent = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    kept = [(key, value) for key, value in sent if key not in _OUR_OWN]
    return f"{public_url}{request.scope['path']}?{urlencode([*kept, (name, cursor)])}"
