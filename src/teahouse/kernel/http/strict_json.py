"""Strict JSON for everything that arrives: one meaning, the same on both databases, or a clear refusal."""

import json
import re
from typing import Any

import orjson

from teahouse.errors import BadJson, NotJson, TooLarge

JsonObject = dict[str, Any]

MAX_BODY_BYTES = 1024 * 1024
MAX_DEPTH = 100
_LONG_NUMBER = re.compile(rb"\d{19}")


def parse(body: bytes) -> Any:
    """Parse strict JSON.

    Raises NotJson for what isn't, and BadJson for duplicate keys, NUL, integers over 64 bits and too deep nesting.
    """
    if len(body) > MAX_BODY_BYTES:
        raise TooLarge("The body is larger than 1 MiB")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise NotJson("The body is not JSON in UTF-8") from error
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH:
        _check_depth(value)
    if b"\\u0000" in body and _holds_nul(value):
        raise BadJson("Text may not hold the NUL character")
    # What is written again just as it came hid nothing; most apps write so, and looking closer costs ten times more.
    if (_holds_two(b":", body) or _LONG_NUMBER.search(body)) and orjson.dumps(value) != body:
        _LITERAL.decode(body.decode())
    return value


def parse_object(body: bytes, *, empty_is_object: bool = False) -> JsonObject:
    """Parse strict JSON that must be an object; an empty body counts as `{}` where the route allows it."""
    if empty_is_object and not body.strip():
        return {}
    value = parse(body)
    if not isinstance(value, dict):
        raise BadJson("The body must be a JSON object")
    return value


def _holds_two(sign: bytes, body: bytes) -> bool:
    """Say whether the sign comes twice, without counting on."""
    first = body.find(sign)
    return first >= 0 and body.find(sign, first + 1) >= 0


def _check_depth(value: Any) -> None:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(MAX_DEPTH):
        if not level:
            return
        found: list[Any] = []
        for parent in level:
            children = parent.values() if type(parent) is dict else parent
            found += [child for child in children if type(child) is dict or type(child) is list]
        level = found
    if level:
        raise BadJson(f"The JSON is nested deeper than {MAX_DEPTH} levels")


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any("\0" in key or _holds_nul(child) for key, child in value.items())
    return isinstance(value, list) and any(map(_holds_nul, value))


def _check_keys(found: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in found}) != len(found):
        raise BadJson("An object holds the same key twice")


def _check_integer(digits: str) -> None:
    if len(digits) > 18 and (len(digits) > 20 or not -(2**63) <= int(digits) < 2**64):
        raise BadJson("An integer may have at most 64 bits")


def _ignore(_: str) -> None:
    return None


# Sees what parsing hides: a key that comes twice, an integer that would become a float.
_LITERAL = json.JSONDecoder(object_pairs_hook=_check_keys, parse_int=_check_integer, parse_float=_ignore)
