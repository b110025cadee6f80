"""The forms of keys as they come in: what is refused before anything is stored."""

from typing import Any

from teahouse.errors import BadJson, InvalidParam, MissingParam
from teahouse.kernel.http import JsonObject
from teahouse.kernel.signing import canonical_json, check_canonical

MOST_KEY_BYTES = 8192
MOST_NAME_BYTES = 255


def an_object(value: Any, what: str) -> JsonObject:
    """Give the value as an object; raises BadJson."""
    if not isinstance(value, dict):
        raise BadJson(f"{what} must be an object")
    return value


def objects(value: Any, what: str) -> dict[str, JsonObject]:
    """Give the value as an object of objects; raises BadJson."""
    found = an_object(value, what)
    for name, one in found.items():
        if not isinstance(one, dict):
            an_object(one, f"{what}: {name[:80]}")
    return found


def a_name(value: Any, what: str) -> str:
    """Give the value as a text that may name something; raises BadJson and InvalidParam."""
    if not isinstance(value, str):
        raise BadJson(f"{what} must be a text")
    if not 0 < len(value.encode()) <= MOST_NAME_BYTES:
        raise InvalidParam(f"{what} must have 1 to {MOST_NAME_BYTES} bytes")
    return value


def key_text(key: Any) -> str:
    """Write a key, a text or an object, as canonical JSON; raises BadJson and InvalidParam when it is none."""
    if isinstance(key, dict):
        if not isinstance(key.get("key"), str):
            raise BadJson("A signed key must have its key")
    elif not isinstance(key, str):
        raise BadJson("A key must be a text or an object")
    return bounded(key)


def bounded(value: Any) -> str:
    """Write a value as canonical JSON; raises BadJson, and InvalidParam when it is too long for a key."""
    written = check_canonical(value)
    if len(written) > MOST_KEY_BYTES:
        raise InvalidParam(f"A key may have at most {MOST_KEY_BYTES} bytes")
    return written.decode()


def key_name(name: str) -> tuple[str, str]:
    """Split `algorithm:id`; raises InvalidParam."""
    algorithm, _, key_id = name.partition(":")
    if not algorithm or not key_id or len(name.encode()) > MOST_NAME_BYTES:
        raise InvalidParam("A key must be named algorithm:id")
    return algorithm, key_id


def unsigned_part(value: JsonObject) -> bytes:
    """Give what signatures over an object cover, to compare two."""
    return canonical_json({k: v for k, v in value.items() if k not in ("signatures", "unsigned")})


def only_key(key: JsonObject) -> str:
    """Give the public key of a cross-signing key, which has exactly one; raises InvalidParam."""
    keys = an_object(key.get("keys"), "keys")
    if len(keys) != 1:
        raise InvalidParam("A cross-signing key must hold exactly one public key")
    ((name, public_key),) = keys.items()
    if key_name(name) != ("ed25519", public_key):
        raise InvalidParam("A cross-signing key must be named ed25519 and the public key itself")
    return a_name(public_key, "The public key")


def required(body: JsonObject, name: str) -> Any:
    """Give a field of the body; raises MissingParam."""
    if body.get(name) is None:
        raise MissingParam(f"{name} is missing")
    return body[name]
