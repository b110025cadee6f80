"""Identifiers: their types, their grammar, and new random ones.

Owns the grammar of user ids, room ids, event ids, aliases and server names (specification appendices,
"Identifier Grammar"), and every random secret or name the server makes up. Knows no rooms and no accounts:
whether an id exists is asked elsewhere.
"""

import re
import secrets
import string
from typing import NewType, TypeGuard

from teahouse.errors import InvalidParam

UserId = NewType("UserId", str)
RoomId = NewType("RoomId", str)
EventId = NewType("EventId", str)
RoomAlias = NewType("RoomAlias", str)
DeviceId = NewType("DeviceId", str)
ServerName = NewType("ServerName", str)

MAX_ID_BYTES = 255

_HOST = r"(?:[0-9A-Za-z.\-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?"
# Lone surrogates can't be written as UTF-8, so no identifier may hold one.
_LOCAL = r"[^:\x00\ud800-\udfff]"
_SERVER_NAME = re.compile(_HOST)
_USER_ID = re.compile(f"@{_LOCAL}*:{_HOST}")
_ROOM_ID = re.compile(f"!(?:{_LOCAL}+:{_HOST}|[0-9A-Za-z_\\-]{{43}})")
_ROOM_ALIAS = re.compile(f"#{_LOCAL}+:{_HOST}")
_EVENT_ID = re.compile(r"\$[^\x00\ud800-\udfff]+")
_LOCALPART = re.compile(r"[a-z0-9._=\-/+]+")


def _is_well_formed(pattern: re.Pattern[str], text: object) -> bool:
    if not isinstance(text, str) or pattern.fullmatch(text) is None:
        return False
    return len(text if text.isascii() else text.encode()) <= MAX_ID_BYTES


def is_server_name(text: object) -> TypeGuard[ServerName]:
    """Say whether the value is a server name: a host or bracketed IPv6 address, with an optional port."""
    return _is_well_formed(_SERVER_NAME, text)


def is_user_id(text: object) -> TypeGuard[UserId]:
    """Say whether the value is a user id, including the historical ones that servers must still accept."""
    return _is_well_formed(_USER_ID, text)


def is_room_id(text: object) -> TypeGuard[RoomId]:
    """Say whether the value is a room id: `!local:server`, or `!` and a hash as from room version 12."""
    return _is_well_formed(_ROOM_ID, text)


def is_room_alias(text: object) -> TypeGuard[RoomAlias]:
    """Say whether the value is a room alias, `#local:server`."""
    return _is_well_formed(_ROOM_ALIAS, text)


def is_event_id(text: object) -> TypeGuard[EventId]:
    """Say whether the value is an event id: `$` and anything but NUL."""
    return _is_well_formed(_EVENT_ID, text)


def is_localpart(text: object) -> bool:
    """Say whether the value may be the local part of a new account's id: `a-z 0-9 . _ = - / +`."""
    return isinstance(text, str) and _LOCALPART.fullmatch(text) is not None


def parse_server_name(text: object) -> ServerName:
    """Return the value as a server name; raise InvalidParam when it is none."""
    if not is_server_name(text):
        raise InvalidParam("Not a server name")
    return text


def parse_user_id(text: object) -> UserId:
    """Return the value as a user id; raise InvalidParam when it is none."""
    if not is_user_id(text):
        raise InvalidParam("Not a user id: it must look like @name:server and have at most 255 bytes")
    return text


def parse_room_id(text: object) -> RoomId:
    """Return the value as a room id; raise InvalidParam when it is none."""
    if not is_room_id(text):
        raise InvalidParam("Not a room id: it must start with ! and have at most 255 bytes")
    return text


def parse_room_alias(text: object) -> RoomAlias:
    """Return the value as a room alias; raise InvalidParam when it is none."""
    if not is_room_alias(text):
        raise InvalidParam("Not a room alias: it must look like #name:server and have at most 255 bytes")
    return text


def parse_event_id(text: object) -> EventId:
    """Return the value as an event id; raise InvalidParam when it is none."""
    if not is_event_id(text):
        raise InvalidParam("Not an event id: it must start with $ and have at most 255 bytes")
    return text


def make_user_id(localpart: object, server_name: ServerName) -> UserId:
    """Return the id of a new account; raise InvalidParam (M_INVALID_USERNAME) when the name can't be one."""
    if not is_localpart(localpart):
        raise InvalidParam(
            "A username may hold only a-z, 0-9 and the characters . _ = - / +", errcode="M_INVALID_USERNAME"
        )
    user_id = f"@{localpart}:{server_name}"
    if not is_user_id(user_id):
        raise InvalidParam("The username is too long", errcode="M_INVALID_USERNAME")
    return user_id


def localpart_of(identifier: str) -> str:
    """Return what stands between the sigil and the first colon (all of it when there is no colon)."""
    return identifier[1:].partition(":")[0]


def server_of(identifier: str) -> str:
    """Return what follows the first colon; empty for ids without a server, such as hashes."""
    return identifier.partition(":")[2]


def _random_text(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


def new_room_localpart() -> str:
    """Return a fresh local part for a room id of room version 10 or 11 (107 random bits)."""
    return _random_text(string.ascii_letters + string.digits, 18)


def new_device_id() -> DeviceId:
    """Return a fresh device id: ten capital letters, short enough to read out when verifying."""
    return DeviceId(_random_text(string.ascii_uppercase, 10))


def new_access_token() -> str:
    """Return a fresh access token with 256 random bits; its prefix lets scanners spot a leaked one."""
    return "tea_" + secrets.token_urlsafe(32)


def new_refresh_token() -> str:
    """Return a fresh refresh token with 256 random bits; its prefix tells it from an access token."""
    return "ter_" + secrets.token_urlsafe(32)
