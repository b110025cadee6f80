"""Puts the error family into the Matrix API's accent: `errcode` and `error`, always JSON."""

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

from teahouse.errors import BadJson, InteractiveAuth, NotJson, TeahouseError, Unrecognized

log = structlog.get_logger(__name__)


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


def render_error(_: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer any exception of a route in the Matrix accent."""
    status, body, headers = matrix_error(as_teahouse_error(error))
    return Response(orjson.dumps(body), status_code=status, headers=headers, media_type="application/json")
