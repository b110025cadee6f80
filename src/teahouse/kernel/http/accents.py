"""Puts the error family into each API's accent, always JSON.

The Matrix API's is `errcode` and `error`; the Mastodon API, which is everything below `/api/` and `/oauth/`, knows
`error` alone, calls what fails a check 422, and tells its limits in headers.
"""

import time
from datetime import UTC, datetime
from typing import Any

import msgspec
import orjson
import structlog
from litestar import Request, Response
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    SerializationException,
    ValidationException,
)

from teahouse.errors import (
    BadJson,
    InteractiveAuth,
    InvalidParam,
    LimitExceeded,
    MissingParam,
    NotJson,
    TeahouseError,
    Unrecognized,
)

log = structlog.get_logger(__name__)

MASTODON_PATHS = ("/api/", "/oauth/")
OAUTH_REGISTRATION = "/oauth/register"
NO_RECORD = "Record not found"
TOLD = ("error", "error_description", "unexpected_accounts")


def error_on_the_wire(path: str, error: TeahouseError) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Give status, body and headers of an error as the API that the path belongs to words it."""
    if path == OAUTH_REGISTRATION and isinstance(error, BadJson | NotJson):
        # RFC 7591 has one word for whatever is wrong with the document that an app sends.
        return 400, {"error": "invalid_client_metadata", "error_description": error.message}, {}
    return mastodon_error(error) if path.startswith(MASTODON_PATHS) else matrix_error(error)


def mastodon_error(error: TeahouseError) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Give status, body and headers of an error as the Mastodon API words it.

    Fields of the error named in `TOLD` are told as they are, as OAuth and apps want it.
    """
    status, message = error.status, error.message
    if isinstance(error, Unrecognized) and status == 404:
        message = NO_RECORD
    elif isinstance(error, InvalidParam | MissingParam | BadJson) and status in (400, 422):
        status = 422
        if "error" not in error.fields and not message.startswith("Validation failed"):
            message = f"Validation failed: {message}"
    fields = {name: value for name, value in error.fields.items() if name in TOLD}
    return status, {"error": message, **fields}, _headers(error)


def _headers(error: TeahouseError) -> dict[str, str]:
    wait_ms = error.fields.get("retry_after_ms")
    if wait_ms is None:
        return {}
    headers = {"Retry-After": str(max(1, -(-int(wait_ms) // 1000)))}
    if isinstance(error, LimitExceeded):
        headers["X-RateLimit-Limit"] = str(error.limit)
        headers["X-RateLimit-Remaining"] = "0"
        headers["X-RateLimit-Reset"] = reset_time(wait_ms / 1000)
    return headers


def reset_time(seconds: float) -> str:
    """Give the moment that many seconds from now as the Mastodon API writes times."""
    then = datetime.fromtimestamp(time.time() + seconds, UTC)
    return then.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def matrix_error(error: TeahouseError) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Give status, body and headers of an error as the Matrix API words it."""
    if isinstance(error, InteractiveAuth):
        return error.status, dict(error.fields), {}
    headers = {}
    retry_after_ms = error.fields.get("retry_after_ms")
    if retry_after_ms is not None:
        headers["Retry-After"] = str(max(1, -(-int(retry_after_ms) // 1000)))
    return error.status, {"errcode": error.errcode, "error": error.message, **error.fields}, headers


def as_teahouse_error(error: Exception) -> TeahouseError:
    """Translate what the HTTP library raises into our family; anything unknown is an honest 500, logged."""
    if isinstance(error, TeahouseError):
        return error
    if isinstance(error, MethodNotAllowedException):
        return Unrecognized("This path does not take that method", status=405)
    if isinstance(error, NotFoundException):
        return Unrecognized("There is no such endpoint")
    if isinstance(error, msgspec.ValidationError):
        missing = "missing required" in str(error)
        return BadJson(str(error), errcode="M_MISSING_PARAM" if missing else "M_BAD_JSON")
    if isinstance(error, SerializationException):
        return NotJson("The body is not JSON")
    if isinstance(error, ValidationException):
        return _validation_error(error)
    if isinstance(error, HTTPException):
        return BadJson(error.detail, status=error.status_code, errcode="M_UNKNOWN")
    log.error("a request failed", exc_info=error)
    return TeahouseError("Something went wrong inside the server")


def _validation_error(error: ValidationException) -> TeahouseError:
    details = error.extra if isinstance(error.extra, list) else []
    words = (
        "; ".join(f"{item.get('key', 'body')}: {item.get('message', '')}" for item in details) or error.detail
    )
    words = words.partition(" for path ")[0]
    in_body = all(item.get("source", "body") == "body" for item in details)
    missing = "missing required" in words.lower()
    if in_body:
        return BadJson(words, errcode="M_MISSING_PARAM" if missing else "M_BAD_JSON")
    return BadJson(words, errcode="M_MISSING_PARAM" if missing else "M_INVALID_PARAM")


def render_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer any exception of a route in the accent of its API."""
    status, body, headers = error_on_the_wire(request.scope["path"], as_teahouse_error(error))
    return Response(orjson.dumps(body), status_code=status, headers=headers, media_type="application/json")
