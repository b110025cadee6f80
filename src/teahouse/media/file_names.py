"""File names: made harmless when they come, and written so that every app reads them (RFC 6266, RFC 8187)."""

import re
from urllib.parse import quote

MOST_BYTES = 255
# Controls, and the characters that turn the direction of writing round: "exe.gpj" shall not read as "jpg.exe".
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_SEPARATORS = re.compile(r"[/\\]")
_SAFE_ASCII = re.compile(r"[ !#$&+\-.0-9A-Z^_`a-z|~()@,=\[\]{}']")


def harmless_name(said: str | None) -> str | None:
    """Give a file name without paths, controls and tricks; None when nothing is left of it."""
    if said is None:
        return None
    name = _SEPARATORS.sub("_", _UNSEEN.sub("", said)).strip()
    if not name.strip(". _"):
        return None
    return _shortened(name)


def _shortened(name: str) -> str:
    """Cut a name to 255 bytes, keeping its ending: that is how systems know what a file is."""
    if len(name.encode()) <= MOST_BYTES:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending.encode()) > 32:
        stem, ending = name, ""
    room = MOST_BYTES - len((dot + ending).encode() if ending else b"")
    return stem.encode()[:room].decode(errors="ignore") + (f".{ending}" if ending else "")


def disposition(kind: str, name: str | None) -> str:
    """Write the Content-Disposition header of a harmless name."""
    if name is None:
        return kind
    plain = "".join(letter if _SAFE_ASCII.fullmatch(letter) else "_" for letter in name)
    if plain == name:
        return f'{kind}; filename="{name}"'
    return f"{kind}; filename=\"{plain}\"; filename*=utf-8''{quote(name, safe='')}"
