"""Tells callers of the Mastodon API in each answer's headers what they may still do."""

from typing import Any

from teahouse.kernel.http.accents import reset_time
from teahouse.kernel.http.access import ALLOWANCE
from teahouse.kernel.http.rate_limit import Allowance


class TellAllowance:
    """Adds the X-RateLimit headers where the guard counted the request."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def telling(message: Any) -> None:
            left: Allowance | None = scope.get(ALLOWANCE)
            if left is not None and message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *told_allowance(left)]
            await send(message)

        await self.app(scope, receive, telling)


def told_allowance(left: Allowance) -> list[tuple[bytes, bytes]]:
    """Give the headers that tell an allowance."""
    return [
        (b"x-ratelimit-limit", str(left.limit).encode()),
        (b"x-ratelimit-remaining", str(left.remaining).encode()),
        (b"x-ratelimit-reset", reset_time(left.full_in_s).encode()),
    ]
