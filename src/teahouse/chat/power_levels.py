"""Power levels: who has how much, what needs how much, and who may change that.

Owns the reading of `m.room.power_levels` with every default, the infinite power of version 12 creators, and
the rules for a new power levels event (rules 9 of versions 10 and 11, rule 10 of version 12).
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, Final

from teahouse.chat.room_versions import RoomVersion
from teahouse.chat.state_view import CurrentStateEvent, StateView, content_of
from teahouse.errors import Forbidden, InvalidParam
from teahouse.ids import is_user_id

CREATOR_LEVEL: Final = 1 << 53
"""The level of version 12 creators: one more than the greatest that an event can hold."""

_LEVEL_KEYS: Final = ("users_default", "events_default", "state_default", "ban", "redact", "kick", "invite")
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def creators_of(version: RoomVersion, create: CurrentStateEvent | None) -> Collection[str]:
    """Return the room's creators: one before version 12, then also the `additional_creators`."""
    if create is None:
        return ()
    if version.create_names_creator:
        creator = content_of(create).get("creator")
        return (creator,) if isinstance(creator, str) else ()
    if version.creators_above_all:
        additional = content_of(create).get("additional_creators")
        if isinstance(additional, list) and additional:
            return {create.sender, *(user for user in additional if isinstance(user, str))}
    return (create.sender,)


class PowerLevels:
    """The levels of one room at one moment; values that are no integers count as absent."""

    __slots__ = ("_content", "_creator_level", "_creators", "_events", "_users")

    def __init__(self, version: RoomVersion, state: StateView) -> None:
        """Read the levels that hold in this state, which may lack them, or even the create event."""
        levels = state.get("m.room.power_levels", "")
        self._content = content = content_of(levels)
        users = content.get("users")
        self._users: Mapping[str, Any] = users if isinstance(users, dict) else _NOTHING
        events = content.get("events")
        self._events: Mapping[str, Any] = events if isinstance(events, dict) else _NOTHING
        self._creators: Collection[str] = ()
        self._creator_level = CREATOR_LEVEL if version.creators_above_all else 100
        if version.creators_above_all or levels is None:
            self._creators = creators_of(version, state.get("m.room.create", ""))

    def user_level(self, user_id: str) -> int:
        """Return the user's level; `CREATOR_LEVEL`, above all others, for creators in version 12."""
        if user_id in self._creators:
            return self._creator_level
        level = self._users.get(user_id)
        return level if type(level) is int else self._level("users_default", 0)

    def required(self, event_type: str, is_state: bool) -> int:
        """Return the level needed to send an event of this type (memberships have rules of their own)."""
        level = self._events.get(event_type)
        if type(level) is int:
            return level
        return self._level("state_default", 50) if is_state else self._level("events_default", 0)

    @property
    def ban(self) -> int:
        """The level needed to ban, and to lift a ban."""
        return self._level("ban", 50)

    @property
    def kick(self) -> int:
        """The level needed to remove somebody from the room."""
        return self._level("kick", 50)

    @property
    def invite(self) -> int:
        """The level needed to invite."""
        return self._level("invite", 0)

    @property
    def redact(self) -> int:
        """The level needed to redact what others sent."""
        return self._level("redact", 50)

    def notification(self, key: str) -> int:
        """Return the level needed for a kind of notification; `room` is the `@room` that calls everybody."""
        notifications = self._content.get("notifications")
        level = notifications.get(key) if isinstance(notifications, dict) else None
        return level if type(level) is int else 50

    def _level(self, key: str, default: int) -> int:
        level = self._content.get(key)
        return level if type(level) is int else default


def check_power_levels_form(
    version: RoomVersion, content: Mapping[str, Any], creators: Collection[str]
) -> None:
    """Raise InvalidParam (M_BAD_JSON) unless the content of a power levels event is well formed.

    Only integers are levels, never booleans or numerals; `users` must hold valid user ids, and in version 12
    no creators.
    """
    for key in _LEVEL_KEYS:
        if key in content and type(content[key]) is not int:
            raise _malformed(f"{key} must be an integer")
    for key in ("events", "notifications", "users"):
        table = content.get(key, _NOTHING)
        if not isinstance(table, Mapping) or any(type(level) is not int for level in table.values()):
            raise _malformed(f"{key} must be an object of integers")
    for user_id in content.get("users", ()):
        if not is_user_id(user_id):
            raise _malformed("users must name users by their ids")
        if version.creators_above_all and user_id in creators:
            raise InvalidParam("A creator of the room has all power already and must not be listed in users")


def check_power_levels_change(
    sender: str, level: int, old: Mapping[str, Any], new: Mapping[str, Any]
) -> None:
    """Raise Forbidden unless somebody of this level may change the levels from `old` to `new`.

    Nobody may grant, or touch, more than they have themselves; other users' levels may be changed only when
    they are lower than one's own. `new` is well formed; `old` may be anything.
    """
    _check_entries(level, _only(old, _LEVEL_KEYS), _only(new, _LEVEL_KEYS))
    for key in ("events", "notifications"):
        _check_entries(level, _table(old, key), _table(new, key))
    users_before, users_after = _table(old, "users"), _table(new, "users")
    for user_id, before in users_before.items():
        if user_id != sender and users_after.get(user_id) != before and _int(before) >= level:
            raise Forbidden("You can't change the level of somebody who has as much power as you")
    for user_id, after in users_after.items():
        if users_before.get(user_id) != after and after > level:
            raise Forbidden("You can't give somebody more power than you have")


def _check_entries(level: int, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    for key, before in old.items():
        if new.get(key) != before and _int(before) > level:
            raise Forbidden(f"You can't change the level for {key}: it is higher than your own")
    for key, after in new.items():
        if old.get(key) != after and after > level:
            raise Forbidden(f"You can't set the level for {key} higher than your own")


def _only(content: Mapping[str, Any], keys: Collection[str]) -> dict[str, Any]:
    return {key: content[key] for key in keys if key in content}


def _table(content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    table = content.get(key)
    return table if isinstance(table, Mapping) else _NOTHING


def _int(level: object) -> int:
    return level if type(level) is int else 0


def _malformed(message: str) -> InvalidParam:
    return InvalidParam(f"Power levels: {message}", errcode="M_BAD_JSON")
