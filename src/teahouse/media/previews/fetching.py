"""One page or picture from the outside, within bounds: three redirects, 1 MiB, ten seconds in all, public addresses.

Every address is checked, also that of each redirect and of what a page names (G60), by `kernel/outbound.py`.
"""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httpcore

from teahouse.kernel.outbound import ALLOWED_PORTS, AddressRefused, CheckedNetwork

MOST_BYTES = 1024 * 1024
MOST_REDIRECTS = 3
MOST_URL = 4096
MOST_CONNECTIONS = 20
PAGES = ("text/html", "application/xhtml+xml")
PICTURES = ("image/jpeg", "image/png", "image/gif", "image/webp", "image/avif")
OEMBED = ("application/json", "application/json+oembed", "text/json")


class NothingThere(Exception):
    """There is nothing at an address that may be fetched; why stays with us."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was found, and at which address in the end."""

    url: str
    content_type: str
    body: bytes


class Fetcher:
    """Fetches what strangers' addresses name. Whoever calls sets the deadline."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._pool: httpcore.AsyncConnectionPool | None = None

    async def close(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            await self._pool.aclose()
            self._pool = None

    async def fetch(self, url: str, kinds: Sequence[str]) -> Fetched:
        """Fetch something of one of the kinds; raises NothingThere."""
        for _ in range(MOST_REDIRECTS + 1):
            found = await self._fetch_once(url, kinds)
            if isinstance(found, Fetched):
                return found
            url = found
        raise NothingThere("too many redirects")

    async def _fetch_once(self, url: str, kinds: Sequence[str]) -> Fetched | str:
        """Give what is at an address, or the address that it leads to."""
        self._check(url)
        host = urlsplit(url).netloc
        headers = [
            ("Host", host),
            ("User-Agent", "Teahouse (previews of links)"),
            ("Accept", ", ".join(kinds)),
            ("Accept-Language", "en, *;q=0.5"),
            ("Accept-Encoding", "identity"),
        ]
        try:
            async with self._connections().stream("GET", url, headers=headers) as response:
                return await _read(url, response, kinds)
        except AddressRefused as error:
            raise NothingThere("not a public address") from error
        except (OSError, ValueError, httpcore.NetworkError, httpcore.TimeoutException) as error:
            raise NothingThere(type(error).__name__) from error
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
            raise NothingThere("not HTTP") from error

    def _check(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise NothingThere("not an address") from error
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            raise NothingThere("not an address of the web")
        if len(url) > MOST_URL or not url.isascii() or not url.isprintable() or " " in url:
            raise NothingThere("not percent-encoded")
        if port not in (None, *ALLOWED_PORTS) and not self._allow_private:
            raise NothingThere("not a port of the web")

    def _connections(self) -> httpcore.AsyncConnectionPool:
        if self._pool is None:
            plain = httpcore.AnyIOBackend()
            self._pool = httpcore.AsyncConnectionPool(
                ssl_context=ssl.create_default_context(),
                max_connections=MOST_CONNECTIONS,
                max_keepalive_connections=0,  # Nobody's page is asked for twice in a row.
                network_backend=plain if self._allow_private else CheckedNetwork(plain),
            )
        return self._pool


async def _read(url: str, response: httpcore.Response, kinds: Sequence[str]) -> Fetched | str:
    headers = {name.lower(): value.decode("latin-1") for name, value in response.headers}
    if response.status in (301, 302, 303, 307, 308) and b"location" in headers:
        return urljoin(url, headers[b"location"].strip())
    content_type = headers.get(b"content-type", "")
    kind = content_type.partition(";")[0].strip().lower()
    if response.status != 200 or kind not in kinds:
        raise NothingThere(f"{response.status} {kind}")
    if headers.get(b"content-encoding", "identity").lower() != "identity":
        raise NothingThere("compressed, though not asked for")
    parts, size = [], 0
    async for part in response.aiter_stream():
        size += len(part)
        parts.append(part)
        if size > MOST_BYTES:
            if kind in PAGES:
                break  # What a page says of itself stands at its beginning.
            raise NothingThere("too large")
    return Fetched(url, content_type, b"".join(parts)[:MOST_BYTES])
