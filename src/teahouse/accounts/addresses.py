"""Where a request comes from."""

from typing import Any

from litestar import Request


def client_address(request: Request[Any, Any, Any]) -> str:
    """Give the sender's address; behind a configured proxy the edge has put the real one in its place."""
    return request.client.host if request.client else ""
