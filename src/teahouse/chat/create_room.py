"""Making a room: its first events, in the order that the specification gives, all of them or none.

Owns the presets, the default power levels and the request's own form (specification, "Creation"). The events
up to name and topic, with the first invites, are one write; further invites follow in chunks.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from teahouse.chat.aliases import CANONICAL, check_canonical_alias, claim_alias, local_alias
from teahouse.chat.auth_rules import check_event_auth
from teahouse.chat.directory_entries import publish
from teahouse.chat.event_format import EventDraft
from teahouse.chat.invites import INVITES_A_JOB, append_invites, invite_content, invite_many, parse_invitee
from teahouse.chat.profiles import member_profile
from teahouse.chat.room import MEMBER, RoomDraft
from teahouse.chat.room_versions import ROOM_VERSIONS, RoomVersion
from teahouse.chat.service import Chat
from teahouse.errors import Forbidden, InvalidParam
from teahouse.ids import new_room_localpart
from teahouse.kernel.http import Scope
from teahouse.kernel.storage import Tx

JsonObject = dict[str, Any]
Preset = Literal["private_chat", "public_chat", "trusted_private_chat"]
State = tuple[str, str, JsonObject]

MOST_INVITES = 1_000
MOST_INITIAL_STATE = 200
PRESETS: Mapping[str, tuple[str, str, str]] = {
    "private_chat": ("invite", "shared", "can_join"),
    "trusted_private_chat": ("invite", "shared", "can_join"),
    "public_chat": ("public", "shared", "forbidden"),
}
"""By preset: join rule, history visibility, guest access."""


class InitialState(msgspec.Struct):
    """One entry of `initial_state`."""

    type: str
    content: JsonObject
    state_key: str = ""


class CreateRoomRequest(msgspec.Struct):
    """The body of `POST /createRoom`."""

    visibility: Literal["public", "private"] | None = None
    room_alias_name: str | None = None
    name: str | None = None
    topic: str | None = None
    invite: list[str] = []
    invite_3pid: list[JsonObject] = []
    room_version: str | None = None
    creation_content: JsonObject = {}
    initial_state: list[InitialState] = []
    preset: Preset | None = None
    is_direct: bool = False
    power_level_content_override: JsonObject = {}

    @property
    def effective_preset(self) -> Preset:
        """The preset, or the one that the visibility stands for."""
        return self.preset or ("public_chat" if self.visibility == "public" else "private_chat")


async def create_room(scope: Scope, chat: Chat, request: CreateRoomRequest) -> str:
    """Make a room and give its id.

    Raises Conflict (M_ROOM_IN_USE) for a taken alias, InvalidParam (M_UNSUPPORTED_ROOM_VERSION and others), and
    what the auth rules raise; nothing is left behind then.
    """
    version, invitees, alias = _checked(scope, chat, request)
    chat.limiter.check("room_creation", scope.user_id, 1 + len(invitees) / 100)
    invite = invite_content(is_direct=request.is_direct)

    async def job(tx: Tx) -> str:
        room = await begin_room(chat, tx, version, scope.user_id, _creation_content(version, scope, request))
        if alias is not None:
            await claim_alias(chat, tx, alias, room.room_id, scope.user_id)
        profile = await member_profile(chat, tx, scope.user_id)
        events = _first_events(scope.user_id, version, request, alias, profile)
        await append_state(chat, tx, room, scope.user_id, events)
        if request.visibility == "public":
            await publish(tx, room)
        _check_invites(room, scope.user_id, invitees, invite)
        await append_invites(chat, tx, room.room_id, scope.user_id, invitees[:INVITES_A_JOB], invite)
        return room.room_id

    room_id = await chat.db.write(job)
    await invite_many(chat, room_id, scope.user_id, invitees[INVITES_A_JOB:], invite)
    return room_id


async def begin_room(
    chat: Chat, tx: Tx, version: RoomVersion, creator: str, content: JsonObject, room_id: str | None = None
) -> RoomDraft:
    """Make a room with nothing but its create event, inside a write job; before version 12 its id may be given."""
    if version.room_id_is_create_hash:
        # The id is the hash of this event: two rooms that one user makes in one millisecond must differ.
        content = {**content, "teahouse.nonce": new_room_localpart()}
    elif room_id is None:
        room_id = new_room_id(chat)
    create = EventDraft(room_id=room_id, sender=creator, type="m.room.create", content=content, state_key="")
    room, _ = await chat.sender.begin(tx, version, create, is_public=False)
    return room


def new_room_id(chat: Chat) -> str:
    """Make up a room id of the form before version 12."""
    return f"!{new_room_localpart()}:{chat.server_name}"


async def append_state(chat: Chat, tx: Tx, room: RoomDraft, sender: str, events: Iterable[State]) -> None:
    """Set state one after another inside a write job; each is judged by what came before it."""
    for event_type, state_key, content in events:
        if event_type == CANONICAL and state_key == "":
            await check_canonical_alias(tx, room, content)
        draft = EventDraft(
            room_id=room.room_id, sender=sender, type=event_type, content=content, state_key=state_key
        )
        await chat.sender.append(tx, room, draft)


def known_version(chat: Chat, wanted: str | None) -> RoomVersion:
    """Give the room version of this name, or the default one; raises InvalidParam."""
    version = ROOM_VERSIONS.get(chat.config.rooms.default_version if wanted is None else wanted)
    if version is None:
        raise InvalidParam(
            f"This server makes rooms of the versions {', '.join(ROOM_VERSIONS)}",
            errcode="M_UNSUPPORTED_ROOM_VERSION",
        )
    return version


def _checked(
    scope: Scope, chat: Chat, request: CreateRoomRequest
) -> tuple[RoomVersion, list[str], str | None]:
    if scope.is_guest:
        raise Forbidden("Guests can't make rooms", errcode="M_GUEST_ACCESS_FORBIDDEN")
    version = known_version(chat, request.room_version)
    if request.invite_3pid:
        raise Forbidden(
            "This server can't invite by e-mail address or phone number", errcode="M_THREEPID_DENIED"
        )
    if len(request.invite) > MOST_INVITES:
        raise InvalidParam(f"A new room can invite at most {MOST_INVITES} people at once; invite more later")
    if len(request.initial_state) > MOST_INITIAL_STATE:
        raise InvalidParam(f"A new room can have at most {MOST_INITIAL_STATE} initial state events")
    invitees = list(dict.fromkeys(parse_invitee(chat, user_id) for user_id in request.invite))
    alias = None if request.room_alias_name is None else local_alias(chat, request.room_alias_name)
    return version, invitees, alias


def _creation_content(version: RoomVersion, scope: Scope, request: CreateRoomRequest) -> JsonObject:
    content = {**request.creation_content, "room_version": version.id}
    content.pop("creator", None)
    if version.create_names_creator:
        content["creator"] = scope.user_id
    if version.creators_above_all and request.effective_preset == "trusted_private_chat":
        listed = content.get("additional_creators", [])
        if not isinstance(listed, list) or not all(isinstance(user, str) for user in listed):
            raise InvalidParam("additional_creators must be a list of user ids")
        creators = dict.fromkeys([*listed, *request.invite])
        creators.pop(scope.user_id, None)
        if creators:
            content["additional_creators"] = list(creators)
    return content


def _first_events(
    creator: str, version: RoomVersion, request: CreateRoomRequest, alias: str | None, profile: JsonObject
) -> Iterator[State]:
    """List the state after the create event, in the order of the specification."""
    yield MEMBER, creator, {"membership": "join", **profile}
    given = {(state.type, state.state_key): state.content for state in request.initial_state}
    levels = given.pop(("m.room.power_levels", ""), None)
    if levels is None:
        levels = default_power_levels(version, creator, request) | _wanted_levels(version, creator, request)
    yield "m.room.power_levels", "", levels
    if alias is not None and (CANONICAL, "") not in given:
        yield CANONICAL, "", {"alias": alias}
    for event_type, content in _preset_state(request.effective_preset):
        if (event_type, "") not in given:
            yield event_type, "", content
    for (event_type, state_key), content in given.items():
        yield event_type, state_key, content
    if request.name is not None:
        yield "m.room.name", "", {"name": request.name}
    if request.topic is not None:
        rich = {"m.text": [{"body": request.topic, "mimetype": "text/plain"}]}
        yield "m.room.topic", "", {"topic": request.topic, "m.topic": rich}


def _wanted_levels(version: RoomVersion, creator: str, request: CreateRoomRequest) -> JsonObject:
    """Give the power levels that the request asks for.

    COMPAT(matrix-bot-sdk, mautrix-go): whoever names no version lists the creator at 100, as was right before version
    12 and is refused since. There he has more power than he asks for, so that entry goes.
    """
    levels = request.power_level_content_override
    users = levels.get("users")
    if request.room_version is not None or not version.creators_above_all or not isinstance(users, dict):
        return levels
    return {**levels, "users": {user: level for user, level in users.items() if user != creator}}


def _preset_state(preset: Preset) -> list[tuple[str, JsonObject]]:
    join_rule, history_visibility, guest_access = PRESETS[preset]
    return [
        ("m.room.join_rules", {"join_rule": join_rule}),
        ("m.room.history_visibility", {"history_visibility": history_visibility}),
        ("m.room.guest_access", {"guest_access": guest_access}),
    ]


def default_power_levels(version: RoomVersion, creator: str, request: CreateRoomRequest) -> JsonObject:
    """Give the power levels of a new room; from version 12 on creators are not listed, for they need none."""
    users = {} if version.creators_above_all else {creator: 100}
    preset = request.effective_preset
    if preset == "trusted_private_chat" and not version.creators_above_all:
        users |= dict.fromkeys(request.invite, 100)
    events = {
        "m.room.name": 50,
        "m.room.avatar": 50,
        "m.room.canonical_alias": 50,
        "m.room.power_levels": 100,
        "m.room.history_visibility": 100,
        "m.room.tombstone": version.tombstone_level,
        "m.room.server_acl": 100,
        "m.room.encryption": 100,
    }
    return {
        "users": users,
        "users_default": 0,
        "events": events,
        "events_default": 0,
        "state_default": 50,
        "ban": 50,
        "kick": 50,
        "redact": 50,
        "invite": 50 if preset == "public_chat" else 0,
    }


def _check_invites(room: RoomDraft, creator: str, invitees: Sequence[str], content: JsonObject) -> None:
    """Judge the invites before the first is made: those that follow in further writes must not fail either.

    They differ only in what the invited person already is in the room, so one of each kind tells of all.
    """
    kinds = {room.membership(target): target for target in invitees}
    for target in kinds.values():
        draft = EventDraft(
            room_id=room.room_id, sender=creator, type=MEMBER, content=content, state_key=target
        )
        check_event_auth(room.version, draft, room)
