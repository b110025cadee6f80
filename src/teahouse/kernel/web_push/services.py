"""Posts to push services: any user may name one, so connections go through `kernel/outbound.py`.

Nothing here tries again: who asks knows what a message is worth, and for how long.
"""

import asyncio
import enum
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpcore

from teahouse.errors import InvalidParam
from teahouse.kernel.outbound import AddressRefused, CheckedNetwork
from teahouse.kernel.web_push.encryption import ServerKey, encrypt

LONGEST_ENDPOINT = 2000
TTL_S = 2 * 24 * 3600
GONE = (403, 404, 410)
AGAIN = (408, 425, 429)


class Outcome(enum.Enum):
    """What became of a message."""

    TAKEN = "taken"
    REFUSED = "refused"
    """This message is wanted by nobody; the next may be."""
    GONE = "gone"
    """The subscription is dead."""
    AGAIN = "again"
    """The service is away or busy; the same message may be posted later."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a subscription's messages go, and the keys that only its app can open them with."""

    endpoint: str
    p256dh: str
    auth: str
    standard: bool = True


def check_endpoint(endpoint: str, name: str, *, allow_private: bool) -> None:
    """Raise InvalidParam unless a service of the internet may be meant; `name` is what the field is called."""
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname
        _ = parts.port  # It is read late, and raises then.
    except ValueError:
        parts, host = urlsplit(""), None
    schemes = ("https", "http") if allow_private else ("https",)
    is_plain = endpoint.isascii() and endpoint.isprintable() and " " not in endpoint
    if parts.scheme not in schemes or not host or ":" in host or parts.username is not None:
        raise InvalidParam(f"{name} must be an https address")
    if not is_plain or len(endpoint) > LONGEST_ENDPOINT:
        raise InvalidParam(f"{name} must be an https address of at most {LONGEST_ENDPOINT} characters")


class PushServices:
    """The client towards push services; between `open` and `close` it holds connections."""

    def __init__(
        self, key: ServerKey, contact: str, *, timeout_s: float, allow_private: bool, connections: int = 40
    ) -> None:
        self._key = key
        self._contact = contact
        self._timeout_s = timeout_s
        self._allow_private = allow_private
        self._connections = connections
        self._pool: httpcore.AsyncConnectionPool | None = None

    def open(self) -> None:
        """Make the connection pool."""
        plain = httpcore.AnyIOBackend()
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(), max_connections=self._connections, keepalive_expiry=30,
            network_backend=plain if self._allow_private else CheckedNetwork(plain),
        )  # fmt: skip

    async def close(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            await self._pool.aclose()

    async def post(self, target: Target, payload: bytes, *, urgent: bool = False) -> Outcome:
        """Encrypt a message for its target, sign it and post it once."""
        assert self._pool is not None  # noqa: S101
        sealed = encrypt(payload, target.p256dh, target.auth, standard=target.standard)
        signed = self._key.signature(target.endpoint, self._contact, standard=target.standard)
        own_key = sealed.headers.get("Crypto-Key")
        if own_key and "Crypto-Key" in signed:
            signed["Crypto-Key"] = f"{own_key};{signed['Crypto-Key']}"
        headers = {**sealed.headers, **signed, "TTL": str(TTL_S), "Urgency": "high" if urgent else "normal"}
        headers |= {"Content-Length": str(len(sealed.body)), "User-Agent": "Teahouse"}
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._pool.stream(
                    "POST", target.endpoint, headers=list(headers.items()), content=sealed.body
                ) as answer,
            ):
                return _meaning(int(answer.status))
        except AddressRefused:
            return Outcome.GONE
        except (
            TimeoutError,
            OSError,
            httpcore.NetworkError,
            httpcore.TimeoutException,
            httpcore.ProtocolError,
        ):
            return Outcome.AGAIN


def _meaning(status: int) -> Outcome:
    if status in GONE:
        return Outcome.GONE
    if status >= 500 or status in AGAIN:
        return Outcome.AGAIN
    return Outcome.TAKEN if 200 <= status < 300 else Outcome.REFUSED
