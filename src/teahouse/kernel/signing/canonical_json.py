"""Canonical JSON: the one way to write a value as bytes, so that hashes and signatures mean something.

Owns the rules of the specification's appendices ("Canonical JSON"): sorted keys, UTF-8, no spaces, integers
within 53 bits, no floats. Reading JSON from the wire is the business of kernel/http.
"""

from typing import Any, Final

import orjson

from teahouse.errors import BadJson

_OPTIONS: Final = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
_SCALARS: Final = (str, int, bool, type(None))


def canonical_json(value: object) -> bytes:
    """Write a value that holds no floats (ours, or already checked) as canonical JSON.

    Raises BadJson for integers over 53 bits, lone surrogates, nesting over 254 levels and non-JSON types.
    Floats would pass: values from outside go through `check_canonical`.
    """
    try:
        return orjson.dumps(value, option=_OPTIONS)
    except orjson.JSONEncodeError as error:
        raise BadJson(f"Not allowed in an event: {_plain(error)}") from None


def check_canonical(value: object) -> bytes:
    """Write any value as canonical JSON; raise BadJson when it has no such form, floats included."""
    written = canonical_json(value)
    refuse_floats(value)
    return written


def refuse_floats(value: object) -> None:
    """Raise BadJson when a float, or a type that JSON doesn't have, is anywhere within the value.

    The value must have passed `canonical_json`, which proves that it is finite and not too deep.
    """
    pending: list[Any] = [value]
    while pending:
        node = pending.pop()
        kind = type(node)
        if kind is dict:
            pending.extend(node.values())
        elif kind is list:
            pending.extend(node)
        elif kind is float:
            raise BadJson("Not allowed in an event: numbers must be integers")
        elif kind not in _SCALARS:
            raise BadJson("Not allowed in an event: not a JSON value")


def _plain(error: Exception) -> str:
    reason = str(error)
    if "Integer" in reason:
        return "integers must lie within -(2^53-1) and 2^53-1"
    if "surrogate" in reason:
        return "text must be valid Unicode"
    if "Recursion" in reason:
        return "nested too deeply"
    return "not a JSON value"
