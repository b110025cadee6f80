"""Redirect addresses: which an app may register, which match, and how an answer is put into one. Pure.

A code that goes to a wrong address is a stolen session, so a match is exact. The one leniency is the port of
programs on the user's own machine, which can't know it beforehand (RFC 8252).
"""

import re
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from urllib.parse import SplitResult, urlencode, urlsplit

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
LONGEST = 2000
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\U0010ffff\\<>\"`{}|^]")
_NEVER = frozenset(
    (
        "javascript",
        "data",
        "vbscript",
        "file",
        "blob",
        "about",
        "filesystem",
        "view-source",
        "ws",
        "wss",
        "ftp",
    )
)
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def why_no_address(uri: str) -> str | None:
    """Say why no app may have this redirect address; None when it may."""
    if uri == OUT_OF_BAND:
        return None
    if len(uri) > LONGEST or _UNSAFE.search(uri) or not _SCHEME.match(uri):
        return "must be an absolute URI."
    if "#" in uri:
        return "cannot contain a fragment."
    parts = _split(uri)
    if parts is None or parts.scheme in _NEVER:
        return "is forbidden by the server."
    if parts.scheme in ("http", "https"):
        rest = uri.partition(":")[2]
        if not rest.startswith("//") or rest.startswith("///") or not parts.hostname or "@" in parts.netloc:
            return "must be an absolute URI."
    return None


def why_not_of_client(uri: str, client_uri: str, *, is_native: bool) -> str | None:
    """Say why an app of the Matrix specification may not register this redirect address; None when it may.

    Addresses of the web lie on the host of `client_uri` or below it; private schemes begin with that host reversed;
    plain HTTP goes to the own machine only.
    """
    reason = why_no_address(uri)
    parts = _split(uri)
    if reason is not None or parts is None or uri == OUT_OF_BAND:
        return reason or "cannot be out of band."
    if parts.scheme == "https":
        if parts.hostname in LOOPBACK:
            return "cannot be https on the own machine."
        return None if is_below(uri, client_uri) else "must lie on the host of client_uri."
    if not is_native:
        return "must use https."
    if parts.scheme == "http":
        if parts.hostname not in LOOPBACK:
            return "may use http on the own machine only."
        return "cannot have a port." if parts.port is not None else None
    home = ".".join(reversed((urlsplit(client_uri).hostname or "").split(".")))
    if parts.scheme != home and not parts.scheme.startswith(home + "."):
        return "must have a scheme that begins with the reversed host of client_uri."
    return "cannot have an authority." if uri.partition(":")[2].startswith("//") else None


def is_below(uri: str, client_uri: str) -> bool:
    """Tell whether an https address lies on the host of `client_uri` or one below it."""
    parts, home = _split(uri), _split(client_uri)
    if parts is None or home is None or parts.scheme != "https" or "@" in parts.netloc:
        return False
    host, base = parts.hostname or "", home.hostname or ""
    return bool(base) and (host == base or (host.endswith("." + base) and not _is_ip(base)))


def matches(uri: str, registered: Iterable[str], *, any_port: bool) -> bool:
    """Tell whether the address is one of the registered ones, exactly; `any_port` on the own machine only."""
    known = frozenset(registered)
    if uri in known:
        return True
    parts = _split(uri)
    if not any_port or why_no_address(uri) or parts is None or parts.scheme != "http":
        return False
    if parts.hostname not in LOOPBACK or parts.port is None:
        return False
    head, _, tail = uri.partition(f":{parts.port}")
    return head + tail in known


def with_answer(uri: str, fields: Sequence[tuple[str, str]], *, in_fragment: bool = False) -> str:
    """Put the fields into the address, which stays as it is to the letter."""
    encoded = urlencode(fields)
    if in_fragment:
        return f"{uri}#{encoded}"
    return f"{uri}{'&' if '?' in uri else '?'}{encoded}"


def form_target(uri: str) -> str:
    """Give the source expression by which a page's policy lets its form lead to the address."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") else f"{parts.scheme}:"


def _split(uri: str) -> SplitResult | None:
    try:
        parts = urlsplit(uri)
        _ = parts.port  # It is read late, and raises then.
    except ValueError:
        return None
    return parts


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
