"""The HTTP client towards push gateways: any user may name one, so it goes nowhere near our own network.

A gateway's name is resolved once a connection, each address is checked, and the connection is made to the
address that was checked: a name that points elsewhere the next moment gains nothing. Redirects are not
followed, answers are read up to a bound, and a whole exchange has one deadline.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpcore
import orjson

MAX_ANSWER_BYTES = 65_536
MOST_CONNECTIONS = 100
ALLOWED_PORTS = (80, 443)

_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class GatewayFailed(Exception):
    """The gateway was not reached, or did not take the notification; it may be tried again."""


class AddressRefused(GatewayFailed):
    """The gateway's name points to an address that notifications must not go to."""


def is_address(host: str) -> bool:
    """Say whether a host is written as an address, not as a name."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def is_public(address: str) -> bool:
    """Say whether an address belongs to the public internet, also when it wraps another one."""
    try:
        ip: _Address = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if any(ip in network for network in _NAT64):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if ip.teredo is not None or ip.is_site_local or int(ip) >> 32 == 0:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to a host's public addresses only."""

    def __init__(self, inner: httpcore.AsyncNetworkBackend) -> None:
        self._inner = inner

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the signature is httpcore's)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, check, and connect to the checked address; raises AddressRefused."""
        if port not in ALLOWED_PORTS:
            raise AddressRefused(f"Push gateways must listen on port {' or '.join(map(str, ALLOWED_PORTS))}")
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not addresses or not all(map(is_public, addresses)):
            raise AddressRefused("The push gateway's address is not on the public internet")
        failure: Exception = GatewayFailed("The push gateway's name has no address")
        for address in addresses:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (OSError, httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 (the signature is httpcore's)
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: a gateway is never on this machine."""
        raise AddressRefused("Push gateways are reached over TCP only")

    async def sleep(self, seconds: float) -> None:
        """Wait, as httpcore asks between its own retries."""
        await asyncio.sleep(seconds)


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
            network_backend=plain if self._allow_private else CheckedNetwork(plain),
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
