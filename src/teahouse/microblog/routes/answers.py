"""How the routes answer: pages with their links, ids from paths."""

from typing import Any, TypeVar

import msgspec
from litestar import Request, Response

from teahouse.kernel.http import Reply, paged
from teahouse.microblog.paging import Found
from teahouse.microblog.service import Microblog

T = TypeVar("T")
WireRequest = Request[Any, Any, Any]


def json_reply(entity: Any, status: int = 200) -> Reply:
    """Answer from a raw route with an entity."""
    return Reply(status, [(b"content-type", b"application/json")], msgspec.json.encode(entity))


def page_of(request: WireRequest, microblog: Microblog, found: Found[Any]) -> Response[Any]:
    """Answer with a page and the links to those beside it."""
    return paged(
        request, found.items, older=found.older, newer=found.newer, public_url=microblog.core.public_url
    )
