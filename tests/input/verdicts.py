"""What every answer to hostile input must be: soon, never a 5xx, JSON, and in the API's own words when it refuses.

A refusal of the Matrix API has an `errcode`; one of the Mastodon API has an `error` and no `errcode`.
"""

from __future__ import annotations

from typing import Any, Protocol
from urllib.parse import urlsplit

MASTODON_PATHS = ("/api/", "/oauth/")
TELLTALES = ("Traceback", "sqlite3", "asyncpg", "SELECT ", "INSERT ", 'File "', "site-packages")

NOT_JSON = ("/assets/", "/.well-known/host-meta")
"""Where good answers are pictures and XML."""


class Answer(Protocol):
    """An answer of any of the HTTP clients that the tests use."""

    @property
    def status_code(self) -> int: ...
    @property
    def text(self) -> str: ...
    @property
    def request(self) -> Any: ...
    def json(self) -> Any: ...


def fault_of(answer: Answer) -> str | None:
    """Say what is wrong with an answer, None when it is in order."""
    if answer.status_code < 400 and path_of(answer).startswith(NOT_JSON):
        return None
    text = answer.text
    if answer.status_code >= 500:
        return f"{answer.status_code} {text[:300]}"
    if any(word in text for word in TELLTALES):
        return f"tells of its inside: {text[:300]}"
    try:
        said: Any = answer.json()
    except ValueError:
        return f"{answer.status_code} is not JSON: {text[:300]}"
    if answer.status_code < 400:
        return None
    if isinstance(said, dict) and isinstance(said.get("error"), str) and "errcode" not in said:
        return None if path_of(answer).startswith(MASTODON_PATHS) else f"no errcode: {text[:300]}"
    is_uia = answer.status_code == 401 and isinstance(said, dict) and "flows" in said
    if not is_uia and not str(said.get("errcode", "")).startswith("M_"):
        return f"{answer.status_code} without errcode: {text[:300]}"
    return None


def path_of(answer: Answer) -> str:
    """Give the path that was asked, whichever HTTP client the answer comes from."""
    asked = getattr(answer, "url", None) or answer.request.url
    return urlsplit(str(asked)).path
