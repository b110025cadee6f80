"""The verdict: may this event enter this room?

Owns the authorization rules of room versions 10, 11 and 12 (specification, "Room Versions"), the choice of
the state an event cites for them, and who may redact what. Pure: it asks a `StateView` and nothing else, and
raises nothing but Forbidden and InvalidParam whatever the state or the event holds.
"""

from collections.abc import Mapping
from typing import Any

from teahouse.chat.membership_rules import check_membership
from teahouse.chat.power_levels import (
    PowerLevels,
    check_power_levels_change,
    check_power_levels_form,
    creators_of,
)
from teahouse.chat.room_versions import RoomVersion
from teahouse.chat.state_view import (
    CurrentStateEvent,
    EventToCheck,
    StateView,
    content_of,
    membership_of,
)
from teahouse.errors import Forbidden, InvalidParam
from teahouse.ids import is_user_id, server_of

__all__ = [
    "CurrentStateEvent",
    "EventToCheck",
    "PowerLevels",
    "StateView",
    "auth_event_keys",
    "check_event_auth",
    "check_redaction_allowed",
]


def check_event_auth(version: RoomVersion, event: EventToCheck, state: StateView) -> None:
    """Raise Forbidden, or InvalidParam for a malformed event, unless the event may enter the room.

    `state` is the room's state before the event.
    """
    if event.type == "m.room.create":
        _check_create(version, event)
        return
    create = state.get("m.room.create", "")
    if create is None or (version.room_id_is_create_hash and not _names_room(event.room_id, create)):
        raise Forbidden("This room does not exist")
    if content_of(create).get("m.federate") is False and server_of(event.sender) != server_of(create.sender):
        raise Forbidden("This room is closed to users of other servers")
    if event.type == "m.room.member":
        check_membership(version, event, state, create)
        return
    if membership_of(state, event.sender) != "join":
        raise Forbidden("You are not in this room")
    levels = PowerLevels(version, state)
    _check_level(event, levels)
    if event.type == "m.room.power_levels":
        new, old = _object(event.content), state.get("m.room.power_levels", "")
        check_power_levels_form(version, new, creators_of(version, create))
        if old is not None:
            check_power_levels_change(event.sender, levels.user_level(event.sender), content_of(old), new)


def _check_create(version: RoomVersion, event: EventToCheck) -> None:
    content = _object(event.content)
    if event.prev_events or event.state_key != "":
        raise Forbidden("A room is created only once, by its first event")
    if content.get("room_version") != version.id:
        raise InvalidParam("The create event must name the room's version", errcode="M_BAD_JSON")
    if version.create_names_creator and "creator" not in content:
        raise InvalidParam("The create event must name the room's creator", errcode="M_BAD_JSON")
    if version.room_id_is_create_hash:
        if event.room_id is not None:
            raise Forbidden("The id of this room follows from its create event, which must not name one")
    elif event.room_id is None or server_of(event.room_id) != server_of(event.sender):
        raise Forbidden("A room is created only on its creator's server")
    if version.creators_above_all and not _are_user_ids(content.get("additional_creators", [])):
        raise InvalidParam("additional_creators must be a list of user ids")


def _are_user_ids(users: object) -> bool:
    return isinstance(users, list) and all(is_user_id(user) for user in users)


def _names_room(room_id: str | None, create: CurrentStateEvent) -> bool:
    return room_id is not None and room_id[:1] == "!" and room_id[1:] == create.event_id[1:]


def _check_level(event: EventToCheck, levels: PowerLevels) -> None:
    level = levels.user_level(event.sender)
    if event.type == "m.room.third_party_invite":
        if level < levels.invite:
            raise Forbidden(f"You need power level {levels.invite} to invite to this room")
        return
    state_key = event.state_key
    required = levels.required(event.type, state_key is not None)
    if level < required:
        raise Forbidden(f"You need power level {required} to send {event.type}")
    if state_key is not None and state_key[:1] == "@" and state_key != event.sender:
        raise Forbidden("Only the user named by the state key may send this")


def _object(content: object) -> Mapping[str, Any]:
    if not isinstance(content, Mapping):
        raise InvalidParam("The content of an event must be an object", errcode="M_BAD_JSON")
    return content


def auth_event_keys(version: RoomVersion, event: EventToCheck) -> list[tuple[str, str]]:
    """Return the (type, state key) pairs whose current events the event must cite, where they exist.

    No pair twice (specification, server-server API, "Auth events selection").
    """
    if event.type == "m.room.create":
        return []
    keys = [("m.room.power_levels", ""), ("m.room.member", event.sender)]
    if not version.room_id_is_create_hash:
        keys.insert(0, ("m.room.create", ""))
    if event.type == "m.room.member":
        keys += [key for key in _membership_keys(event) if key not in keys]
    return list(dict.fromkeys(keys))


def _membership_keys(event: EventToCheck) -> list[tuple[str, str]]:
    content = content_of(event)
    membership = content.get("membership")
    keys = [("m.room.member", event.state_key or "")]
    if membership in ("join", "invite", "knock"):
        keys.append(("m.room.join_rules", ""))
    if membership == "invite":
        invite = content.get("third_party_invite")
        signed = invite.get("signed") if isinstance(invite, Mapping) else None
        token = signed.get("token") if isinstance(signed, Mapping) else None
        if isinstance(token, str):
            keys.append(("m.room.third_party_invite", token))
    authoriser = content.get("join_authorised_via_users_server")
    if membership == "join" and isinstance(authoriser, str):
        keys.append(("m.room.member", authoriser))
    return keys


def check_redaction_allowed(version: RoomVersion, state: StateView, sender: str, target_sender: str) -> None:
    """Raise Forbidden unless `sender` may redact an event that `target_sender` sent.

    Comes on top of `check_event_auth` for the redaction event itself (specification, "Handling redactions").
    """
    if sender == target_sender:
        return
    levels = PowerLevels(version, state)
    if levels.user_level(sender) < levels.redact:
        raise Forbidden(f"You need power level {levels.redact} to redact what others sent")
