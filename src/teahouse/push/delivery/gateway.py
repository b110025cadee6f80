"""The HTTP client towards push gateways: any user may name one, so it goes nowhere near our own network.

Connections are made through `kernel/outbound.py`, which checks addresses. Redirects are not followed, answers are
read up to a bound, and a whole exchange has one deadline.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpcore
import orjson

from teahouse.kernel import outbound

MAX_ANSWER_BYTES = 65_536
MOST_CONNECTIONS = 100


class GatewayFailed(Exception):
    """The gateway was not reached, or did not take the notification; it may be tried again."""


class AddressRefused(GatewayFailed):
    """The gateway's name points to an address that notifications must not go to."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A gateway took the notification; these pushkeys are dead."""

    rejected: frozenset[str]


class Gateway:
    """Posts notifications to push gateways."""

    def __init__(self, *, timeout_s: float, allow_private: bool) -> None:
        self._timeout_s = timeout_s
        self._allow_private = allow_private
        self._pool: httpcore.AsyncConnectionPool | None = None

    def open(self) -> None:
        """Make the connection pool."""
        plain = httpcore.AnyIOBackend()
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=MOST_CONNECTIONS,
            max_keepalive_connections=20,
            keepalive_expiry=30,
            network_backend=plain if self._allow_private else outbound.CheckedNetwork(plain),
        )

    async def close(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            await self._pool.aclose()

    async def notify(self, url: str, notification: Mapping[str, Any]) -> Answer:
        """Post one notification; raises GatewayFailed unless the gateway took it."""
        assert self._pool is not None  # noqa: S101
        body = orjson.dumps({"notification": notification})
        headers = [
            ("Host", urlsplit(url).netloc),
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("User-Agent", "Teahouse"),
            ("Accept-Encoding", "identity"),
        ]
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._pool.stream("POST", url, headers=headers, content=body) as response,
            ):
                if not 200 <= response.status < 300:
                    raise GatewayFailed(f"The push gateway answered {response.status}")
                return _answer(await _read(response))
        except GatewayFailed:
            raise
        except outbound.AddressRefused as error:
            raise AddressRefused(str(error)) from error
        except TimeoutError as error:
            raise GatewayFailed("The push gateway took too long") from error
        except (OSError, httpcore.NetworkError, httpcore.TimeoutException) as error:
            raise GatewayFailed(f"The push gateway was not reached: {type(error).__name__}") from error
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, ValueError) as error:
            raise GatewayFailed(f"The push gateway does not speak HTTP: {type(error).__name__}") from error


async def _read(response: httpcore.Response) -> bytes:
    parts, size = [], 0
    async for part in response.aiter_stream():
        size += len(part)
        if size > MAX_ANSWER_BYTES:
            raise GatewayFailed("The push gateway's answer is too long")
        parts.append(part)
    return b"".join(parts)


def _answer(body: bytes) -> Answer:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise GatewayFailed("The push gateway's answer is not JSON") from error
    rejected = value.get("rejected") if isinstance(value, dict) else None
    if not isinstance(rejected, list):
        rejected = []
    return Answer(frozenset(key for key in rejected if isinstance(key, str)))
