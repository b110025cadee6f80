"""Who may join, invite, leave, remove, ban, lift a ban and knock.

Owns the verdict on `m.room.member` events (rule 4 of versions 10 and 11, rule 5 of version 12). Anything the
rules do not allow is refused.
"""

from collections.abc import Mapping
from typing import Any

from teahouse.chat.power_levels import PowerLevels, creators_of
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
from teahouse.kernel.signing import is_signed_by


def check_membership(
    version: RoomVersion, event: EventToCheck, state: StateView, create: CurrentStateEvent
) -> None:
    """Raise Forbidden, or InvalidParam for a malformed event, unless this membership may begin.

    `create` is the room's create event.
    """
    content = content_of(event)
    membership = content.get("membership")
    target = event.state_key
    if not is_user_id(target):
        raise InvalidParam("A membership needs the user's id as its state key", errcode="M_BAD_JSON")
    if not isinstance(membership, str):
        raise InvalidParam("A membership event must say its membership", errcode="M_BAD_JSON")
    if "join_authorised_via_users_server" in content:
        _check_authoriser_server(event, content["join_authorised_via_users_server"])
    match membership:
        case "join":
            _check_join(version, event, state, create)
        case "invite":
            _check_invite(version, event, state, target)
        case "leave":
            _check_leave(version, event, state, target)
        case "ban":
            _check_ban(version, event, state, target)
        case "knock":
            _check_knock(event, state)
        case _:
            raise InvalidParam("Unknown membership", errcode="M_BAD_JSON")


def _check_authoriser_server(event: EventToCheck, authoriser: object) -> None:
    # The event bears the signature of the sender's server only, so the authoriser must live there too.
    if not is_user_id(authoriser) or server_of(authoriser) != server_of(event.sender):
        raise Forbidden("The join is not authorised by a user whose server signs it")


def _check_join(
    version: RoomVersion, event: EventToCheck, state: StateView, create: CurrentStateEvent
) -> None:
    if event.sender != event.state_key:
        raise Forbidden("You can't make somebody else join")
    if list(event.prev_events) == [create.event_id] and _is_first_creator(version, event.sender, create):
        return
    membership = membership_of(state, event.sender)
    if membership == "ban":
        raise Forbidden("You are banned from this room")
    rule = _join_rule(state)
    if rule == "public":
        return
    if rule not in ("invite", "knock", "restricted", "knock_restricted"):
        raise Forbidden("Nobody may join this room")
    if membership in ("invite", "join"):
        return
    if rule in ("invite", "knock"):
        raise Forbidden("You are not invited to this room")
    _check_authoriser_power(version, state, content_of(event).get("join_authorised_via_users_server"))


def _is_first_creator(version: RoomVersion, user_id: str, create: CurrentStateEvent) -> bool:
    if version.create_names_creator:
        return user_id in creators_of(version, create)
    # Additional creators must be invited like everybody else.
    return user_id == create.sender


def _check_authoriser_power(version: RoomVersion, state: StateView, authoriser: object) -> None:
    if not is_user_id(authoriser):
        raise Forbidden("You are not invited to this room, and nobody in it vouches for you")
    levels = PowerLevels(version, state)
    if membership_of(state, authoriser) != "join" or levels.user_level(authoriser) < levels.invite:
        raise Forbidden("The user who vouches for you may not invite to this room")


def _join_rule(state: StateView) -> object:
    return content_of(state.get("m.room.join_rules", "")).get("join_rule", "invite")


def _check_invite(version: RoomVersion, event: EventToCheck, state: StateView, target: str) -> None:
    content = content_of(event)
    if "third_party_invite" in content:
        _check_third_party_invite(event, state, target, content["third_party_invite"])
        return
    _check_sender_is_in(event, state)
    match membership_of(state, target):
        case "ban":
            raise Forbidden("This user is banned from the room")
        case "join":
            raise Forbidden("This user is in the room already")
    levels = PowerLevels(version, state)
    _need(levels.user_level(event.sender), levels.invite, "invite to this room")


def _check_third_party_invite(event: EventToCheck, state: StateView, target: str, invite: object) -> None:
    if membership_of(state, target) == "ban":
        raise Forbidden("This user is banned from the room")
    signed = invite.get("signed") if isinstance(invite, Mapping) else None
    if not isinstance(signed, Mapping) or signed.get("mxid") != target:
        raise Forbidden("The third-party invitation is not signed for this user")
    token = signed.get("token")
    offer = state.get("m.room.third_party_invite", token) if isinstance(token, str) else None
    if offer is None or offer.sender != event.sender:
        raise Forbidden("You made no such third-party invitation")
    if not any(is_signed_by(signed, key) for key in _public_keys(content_of(offer))):
        raise Forbidden("The third-party invitation bears no valid signature")


def _public_keys(offer: Mapping[str, Any]) -> list[Any]:
    listed = offer.get("public_keys")
    entries = listed if isinstance(listed, list) else []
    return [offer.get("public_key"), *(e.get("public_key") for e in entries if isinstance(e, Mapping))]


def _check_leave(version: RoomVersion, event: EventToCheck, state: StateView, target: str) -> None:
    membership = membership_of(state, target)
    if event.sender == target:
        if membership not in ("invite", "join", "knock"):
            raise Forbidden("You are not in this room")
        return
    _check_sender_is_in(event, state)
    levels = PowerLevels(version, state)
    level = levels.user_level(event.sender)
    if membership == "ban":
        _need(level, levels.ban, "lift a ban")
    _need(level, levels.kick, "remove somebody from this room")
    _need_more_than(level, levels.user_level(target))


def _check_ban(version: RoomVersion, event: EventToCheck, state: StateView, target: str) -> None:
    _check_sender_is_in(event, state)
    levels = PowerLevels(version, state)
    level = levels.user_level(event.sender)
    _need(level, levels.ban, "ban somebody from this room")
    _need_more_than(level, levels.user_level(target))


def _check_knock(event: EventToCheck, state: StateView) -> None:
    if _join_rule(state) not in ("knock", "knock_restricted"):
        raise Forbidden("This room takes no knocks")
    if event.sender != event.state_key:
        raise Forbidden("You can't knock for somebody else")
    match membership_of(state, event.sender):
        case "ban":
            raise Forbidden("You are banned from this room")
        case "invite" | "join":
            raise Forbidden("You need not knock: you are invited or in the room already")


def _check_sender_is_in(event: EventToCheck, state: StateView) -> None:
    if membership_of(state, event.sender) != "join":
        raise Forbidden("You are not in this room")


def _need(level: int, required: int, deed: str) -> None:
    if level < required:
        raise Forbidden(f"You need power level {required} to {deed}")


def _need_more_than(level: int, target_level: int) -> None:
    if target_level >= level:
        raise Forbidden("You need more power than the user whom you wish to remove")
