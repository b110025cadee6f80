"""Structured logs on standard error. Callers log ids and counts, never messages, tokens or passwords."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog

_TOKENS = re.compile(r"(access_token=|Bearer )[^\s&\"']+")


def _hide_tokens(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Strike tokens out of every text, in case a library quotes a request."""
    for key, value in event.items():
        if isinstance(value, str) and ("access_token=" in value or "Bearer " in value):
            event[key] = _TOKENS.sub(r"\1***", value)
    return event


def set_up_logging(level: str, form: Literal["console", "json"]) -> None:
    """Write log lines of `level` and above to standard error, for people or as JSON."""
    console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    renderer: Any = structlog.processors.JSONRenderer() if form == "json" else console
    chain: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if form == "json":
        chain.append(structlog.processors.format_exc_info)
    structlog.configure(
        processors=[*chain, _hide_tokens, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
