"""The one family of errors that any part may raise; each protocol's accent is put on in kernel/http.

    TeahouseError
    ├── InvalidParam        400  a value is of the wrong form or out of range
    ├── MissingParam        400  a required value is absent
    ├── BadJson             400  JSON, but not what this route takes
    ├── NotJson             400  not JSON at all
    ├── Unauthenticated     401  no token, or one that is unknown or ended
    ├── InteractiveAuth     401  more stages of user-interactive authentication are needed
    ├── Forbidden           403  known, but not allowed
    ├── NotFound            404  absent, or not to be seen by the asker
    ├── Unrecognized        404  no such route
    ├── Conflict            4xx  clashes with what exists (names in use, taken aliases)
    ├── TooLarge            413  the body or event is over its limit
    ├── LimitExceeded       429  too many requests; says when to try again
    └── Unavailable         503  the database or a needed part is away for now

Raising inside a write always rolls that write back.
"""

from typing import Any


class TeahouseError(Exception):
    """An answer that is not success: HTTP status, Matrix errcode, a sentence for people, further fields."""

    status = 500
    errcode = "M_UNKNOWN"

    def __init__(self, message: str, *, errcode: str | None = None, status: int | None = None, **fields: Any):
        super().__init__(message)
        self.message = message
        self.fields = fields
        if errcode is not None:
            self.errcode = errcode
        if status is not None:
            self.status = status


class InvalidParam(TeahouseError):
    """A value is of the wrong form or out of range."""

    status = 400
    errcode = "M_INVALID_PARAM"


class MissingParam(TeahouseError):
    """A required value is absent."""

    status = 400
    errcode = "M_MISSING_PARAM"


class BadJson(TeahouseError):
    """The body is JSON but not of the shape that the route takes."""

    status = 400
    errcode = "M_BAD_JSON"


class NotJson(TeahouseError):
    """The body is not strict JSON."""

    status = 400
    errcode = "M_NOT_JSON"


class Unauthenticated(TeahouseError):
    """No access token, or one that is unknown or ended."""

    status = 401
    errcode = "M_UNKNOWN_TOKEN"


class InteractiveAuth(TeahouseError):
    """More stages of user-interactive authentication are needed; `fields` is the whole answer."""

    status = 401
    errcode = ""


class Forbidden(TeahouseError):
    """The asker is known but may not do this."""

    status = 403
    errcode = "M_FORBIDDEN"


class NotFound(TeahouseError):
    """The thing is absent, or the asker may not know of it."""

    status = 404
    errcode = "M_NOT_FOUND"


class Unrecognized(TeahouseError):
    """The server has no such endpoint."""

    status = 404
    errcode = "M_UNRECOGNIZED"


class Conflict(TeahouseError):
    """The wish clashes with what exists; the errcode says how."""

    status = 400
    errcode = "M_UNKNOWN"


class TooLarge(TeahouseError):
    """The body or the event is over its limit."""

    status = 413
    errcode = "M_TOO_LARGE"


class LimitExceeded(TeahouseError):
    """Too many requests: `retry_after_ms` says when to come again, `limit` how many may come at once."""

    status = 429
    errcode = "M_LIMIT_EXCEEDED"

    def __init__(self, message: str, *, retry_after_ms: int, limit: int = 1):
        super().__init__(message, retry_after_ms=retry_after_ms)
        self.retry_after_ms = retry_after_ms
        self.limit = limit


class Unavailable(TeahouseError):
    """The database or another needed part is away for now; the client should come again soon."""

    status = 503
    errcode = "M_UNKNOWN"

    def __init__(
        self,
        message: str = "The server can't reach its database; try again soon",
        *,
        retry_after_ms: int = 2000,
    ):
        super().__init__(message, retry_after_ms=retry_after_ms)
        self.retry_after_ms = retry_after_ms
