"""What a file is said to be, and how it may be served: pure rules, nothing is read.

A type is what the sender says, since apps know the types that they play; it decides nothing but the headers, and
what a browser could run is never given to it inline, nor under a type that it runs.
"""

import re

UNKNOWN = "application/octet-stream"

SAFE_INLINE = frozenset(
    {
        "text/css", "text/plain", "text/csv", "application/json", "application/ld+json",
        "image/jpeg", "image/gif", "image/png", "image/apng", "image/webp", "image/avif",
        "video/mp4", "video/webm", "video/ogg", "video/quicktime",
        "audio/mp4", "audio/webm", "audio/aac", "audio/mpeg", "audio/ogg", "audio/wave",
        "audio/wav", "audio/x-wav", "audio/x-pn-wav", "audio/flac", "audio/x-flac",
    }
)  # fmt: skip
"""The specification's list ("Serving inline content")."""

_WORD = r"[A-Za-z0-9!#$&^_.+\-]{1,100}"
_TYPE = re.compile(
    rf"{_WORD}/{_WORD}(?:\s*;\s*{_WORD}=(?:{_WORD}|\"[\x20\x21\x23-\x5b\x5d-\x7e]{{0,100}}\"))*"
)
_SCRIPT = re.compile(r"(java|ecma|j|live|vb)script|wasm")
MOST_CHARS = 255


def read_type(said: str | None) -> str:
    """Give the type that a header names, and the unknown one for what isn't a type at all."""
    text = (said or "").strip()
    return text if len(text) <= MOST_CHARS and _TYPE.fullmatch(text) else UNKNOWN


def essence(content_type: str) -> str:
    """Give the type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def served_type(content_type: str) -> str:
    """Give the type to serve: no page may use a file of ours as its script."""
    return UNKNOWN if _SCRIPT.search(essence(content_type)) else content_type


def may_be_inline(content_type: str) -> bool:
    """Tell whether a browser may show the file in its window."""
    return essence(content_type) in SAFE_INLINE


def type_in_store(content_type: str) -> str:
    """Give the type under which an S3-compatible store may serve the file itself: never as a page to run."""
    return content_type if may_be_inline(content_type) else UNKNOWN
