"""OAuth scopes: which exist, what they grant, and how a request for some is read. Pure.

The Matrix API has one scope for all of it and one that names the session's device, each in the specification's
spelling and in the proposal's, which shipped apps send. Mastodon's are words with parts, such as `read:statuses`.
Both may be asked for together.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

MATRIX_API = "urn:matrix:client:api:*"
_MATRIX_APIS = (MATRIX_API, "urn:matrix:org.matrix.msc2967.client:api:*")
DEVICE = "urn:matrix:client:device:"
_DEVICES = (DEVICE, "urn:matrix:org.matrix.msc2967.client:device:")
_DEVICE_ID = re.compile(r"[A-Za-z0-9._~-]{1,255}")
MATRIX = "matrix"

_READ = (
    "accounts", "blocks", "bookmarks", "favourites", "filters", "follows", "lists", "mutes", "notifications",
    "search", "statuses",
)  # fmt: skip
_WRITE = (
    "accounts", "blocks", "bookmarks", "conversations", "favourites", "filters", "follows", "lists", "media",
    "mutes", "notifications", "reports", "statuses",
)  # fmt: skip
ADMINISTRATION = (
    "admin:read", "admin:read:accounts", "admin:read:reports",
    "admin:write", "admin:write:accounts", "admin:write:reports",
)  # fmt: skip
MASTODON = (
    "read", *(f"read:{part}" for part in _READ),
    "write", *(f"write:{part}" for part in _WRITE),
    "follow", "push", "profile",
    *ADMINISTRATION,
)  # fmt: skip
ADMIN = "admin:"
"""How the scopes begin that only administrators can give."""
_IGNORED = frozenset(("openid", "email", "offline_access"))
DEFAULT_SCOPE = "read"
"""What Mastodon's apps mean when they ask for nothing."""


class UnknownScope(Exception):
    """The text asks for what this server does not grant."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A scope as it was read: the scopes that count, what they grant, and the device they name."""

    names: tuple[str, ...]
    grants: frozenset[str]
    device_id: str | None = None

    @property
    def text(self) -> str:
        """The scope as a text."""
        return " ".join(self.names)

    def without_admin(self) -> "Wanted":
        """Give what somebody without the role can give of it, which may be nothing."""
        names = tuple(name for name in self.names if not name.startswith(ADMIN))
        grants = frozenset(name for name in self.grants if not name.startswith(ADMIN))
        return Wanted(names, grants, self.device_id)

    @property
    def stored(self) -> str:
        """The grants as sessions keep them."""
        return " ".join(sorted(self.grants))


def read_scope(text: str) -> Wanted:
    """Read a scope; raises UnknownScope for what is unknown, names two devices, or a device without the API."""
    names = tuple(name for name in dict.fromkeys(text.split()) if name not in _IGNORED)
    devices = {name.removeprefix(start) for name in names for start in _DEVICES if name.startswith(start)}
    words = [name for name in names if not name.startswith(_DEVICES)]
    if len(devices) > 1 or not all(map(_DEVICE_ID.fullmatch, devices)):
        raise UnknownScope("A session has one device, named with letters, digits and . _ ~ -")
    grants = frozenset(MATRIX if word in _MATRIX_APIS else word for word in words)
    unknown = grants - {MATRIX} - set(MASTODON)
    if unknown or not grants or (devices and MATRIX not in grants):
        raise UnknownScope("The requested scope is invalid, unknown, or malformed.")
    return Wanted(names, grants, next(iter(devices), None))


def is_within(wanted: Iterable[str], allowed: Iterable[str]) -> bool:
    """Tell whether all these grants are among those allowed, themselves or as parts of wider ones."""
    known = frozenset(allowed)
    return all(one in known or one.rpartition(":")[0] in known for one in wanted)


def scope_of(grants: str, device_id: str) -> str:
    """Give the scope of a session by its grants and device, in the specification's spelling."""
    names = [MATRIX_API if one == MATRIX else one for one in grants.split()]
    return " ".join(names + ([DEVICE + device_id] if MATRIX_API in names else []))
