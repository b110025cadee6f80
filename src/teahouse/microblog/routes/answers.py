"""How the routes answer: pages with their links, ids from paths."""

from typing import Any, TypeVar

from litestar import Request, Response

from teahouse.kernel.http import paged
from teahouse.microblog.paging import Found
from teahouse.microblog.service import Microblog

T = TypeVar("T")
WireRequest = Request[Any, Any, Any]


def page_of(request: WireRequest, microblog: Microblog, found: Found[Any]) -> Response[Any]:
    """Answer with a page and the links to those beside it."""
    return paged(
        request, found.items, older=found.older, newer=found.newer, public_url=microblog.core.public_url
    )
