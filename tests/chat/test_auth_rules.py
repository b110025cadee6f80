"""The rules for creating a room, for messages and state, for what is cited, and for redactions."""

from typing import Any

import pytest

from teahouse.chat.auth_rules import auth_event_keys, check_event_auth, check_redaction_allowed
from teahouse.chat.event_format import EventDraft
from teahouse.chat.room_versions import ROOM_VERSIONS, RoomVersion
from teahouse.errors import Forbidden, InvalidParam

from .room_states import ALICE, BOB, CAROL, EVE, V10, V11, V12, RoomState, new_room, refusal_of

every_version = pytest.mark.parametrize("version", list(ROOM_VERSIONS.values()), ids=lambda v: f"v{v.id}")
NO_STATE = RoomState()


def create(version: RoomVersion, **changes: Any) -> EventDraft:
    content = {"room_version": version.id, **({"creator": ALICE} if version is V10 else {})}
    parts: dict[str, Any] = {
        "room_id": None if version is V12 else "!room:tea.example",
        "sender": ALICE,
        "type": "m.room.create",
        "state_key": "",
        "content": content,
    }
    return EventDraft(**{**parts, **changes})


# Creating a room


@every_version
def test_a_room_begins_with_its_create_event(version: RoomVersion) -> None:
    check_event_auth(version, create(version), NO_STATE)


@every_version
def test_a_room_is_not_created_twice(version: RoomVersion) -> None:
    with pytest.raises(Forbidden):
        check_event_auth(version, create(version, prev_events=["$x"]), NO_STATE)
    with pytest.raises(Forbidden):
        check_event_auth(version, create(version, state_key="other"), NO_STATE)
    with pytest.raises(Forbidden):
        check_event_auth(version, create(version, state_key=None), NO_STATE)


@every_version
@pytest.mark.parametrize("named", ["13", "", 12, None, ["12"], "org.example.unknown"])
def test_a_room_of_an_unknown_version_is_not_created(version: RoomVersion, named: object) -> None:
    content = {"room_version": named, "creator": ALICE}
    with pytest.raises(InvalidParam):
        check_event_auth(version, create(version, content=content), NO_STATE)


def test_version_10_demands_a_creator_and_later_ones_do_not() -> None:
    with pytest.raises(InvalidParam):
        check_event_auth(V10, create(V10, content={"room_version": "10"}), NO_STATE)
    check_event_auth(V11, create(V11, content={"room_version": "11"}), NO_STATE)


@pytest.mark.parametrize("version", [V10, V11])
@pytest.mark.parametrize("room_id", [None, "!room:elsewhere.example", "!room"])
def test_a_room_of_old_is_created_on_its_creators_server(version: RoomVersion, room_id: str | None) -> None:
    with pytest.raises(Forbidden):
        check_event_auth(version, create(version, room_id=room_id), NO_STATE)


def test_a_version_12_create_event_names_no_room() -> None:
    with pytest.raises(Forbidden):
        check_event_auth(V12, create(V12, room_id="!" + "c" * 43), NO_STATE)


@pytest.mark.parametrize("additional", ["@bob:h", None, 5, {}, ["bob"], [None], [["@b:h"]], ["@b:h", "@b"]])
def test_additional_creators_of_version_12_are_a_list_of_user_ids(additional: object) -> None:
    content = {"room_version": "12", "additional_creators": additional}
    with pytest.raises(InvalidParam):
        check_event_auth(V12, create(V12, content=content), NO_STATE)
    earlier = {"room_version": "11", "additional_creators": additional}
    check_event_auth(V11, create(V11, content=earlier), NO_STATE)


def test_additional_creators_may_be_many_or_none() -> None:
    for users in ([], [BOB], [BOB, CAROL, EVE]):
        content = {"room_version": "12", "additional_creators": users}
        check_event_auth(V12, create(V12, content=content), NO_STATE)


# Being in the room


@every_version
def test_members_send_messages_and_nobody_else_does(version: RoomVersion) -> None:
    room = new_room(version)
    assert room.refusal("m.room.message", {}, by=BOB) == ""
    for membership in ("invite", "knock", "leave", "ban", "nonsense", None):
        room.member(CAROL, membership)
        assert room.refusal("m.room.message", {}, by=CAROL) == "You are not in this room"
    assert room.refusal("m.room.message", {}, by=EVE) == "You are not in this room"


@every_version
def test_without_a_create_event_there_is_no_room(version: RoomVersion) -> None:
    room = new_room(version)
    del room.events["m.room.create", ""]
    assert room.refusal("m.room.message", {}) == "This room does not exist"
    assert room.membership_refusal(CAROL, "join", CAROL) == "This room does not exist"


@pytest.mark.parametrize("room_id", [None, "", "!other:tea.example", "!" + "d" * 43, "$" + "c" * 43])
def test_a_version_12_event_must_name_the_room_by_its_create_event(room_id: str | None) -> None:
    room = new_room(V12)
    draft = EventDraft(room_id=room_id, sender=ALICE, type="m.room.message", content={})
    assert refusal_of(room, draft) == "This room does not exist"


@every_version
def test_a_closed_room_is_for_its_own_server_only(version: RoomVersion) -> None:
    room = new_room(version, **{"m.federate": False}).member(EVE, "join").rule("public")
    assert "other servers" in room.refusal("m.room.message", {}, by=EVE)
    assert "other servers" in room.membership_refusal(EVE, "leave", EVE)
    assert room.refusal("m.room.message", {}, by=BOB) == ""
    for open_value in (True, None, 0, "false"):
        room.put("m.room.create", {"room_version": version.id, "creator": ALICE, "m.federate": open_value})
        assert room.refusal("m.room.message", {}, by=EVE) == ""


# Levels


@every_version
def test_without_power_levels_members_talk_and_only_the_creator_sets_state(version: RoomVersion) -> None:
    room = new_room(version)
    assert room.refusal("m.room.name", {"name": "Tea"}, "", by=ALICE) == ""
    assert "level 50" in room.refusal("m.room.name", {"name": "Tea"}, "", by=BOB)


@every_version
def test_levels_by_type_go_before_the_defaults(version: RoomVersion) -> None:
    room = new_room(version).levels(
        users={BOB: 10},
        events={"m.room.name": 10, "m.room.message": 20, "m.sticker": 11},
        events_default=5,
        state_default=30,
    )
    assert room.refusal("m.room.name", {}, "", by=BOB) == ""
    assert room.refusal("m.reaction", {}, by=BOB) == ""
    assert "level 20" in room.refusal("m.room.message", {}, by=BOB)
    assert "level 11" in room.refusal("m.sticker", {}, by=BOB)
    assert "level 30" in room.refusal("m.room.topic", {}, "", by=BOB)


@every_version
def test_redactions_are_allowed_by_their_type_and_not_by_the_redact_level(version: RoomVersion) -> None:
    room = new_room(version).levels(redact=100)
    assert room.refusal("m.room.redaction", {"redacts": "$x"}, by=BOB) == ""
    room.levels(events={"m.room.redaction": 1})
    assert "level 1" in room.refusal("m.room.redaction", {"redacts": "$x"}, by=BOB)


@every_version
def test_a_state_key_that_is_a_user_belongs_to_that_user(version: RoomVersion) -> None:
    room = new_room(version).levels(state_default=0)
    assert room.refusal("m.beacon_info", {}, BOB, by=BOB) == ""
    assert "named by the state key" in room.refusal("m.beacon_info", {}, ALICE, by=BOB)
    assert "named by the state key" in room.refusal("m.beacon_info", {}, "@", by=ALICE)
    assert room.refusal("m.beacon_info", {}, "_" + ALICE, by=BOB) == ""


@every_version
def test_a_third_party_invitation_needs_the_invite_level_and_no_other(version: RoomVersion) -> None:
    room = new_room(version).levels(invite=5, users={BOB: 5}, events={"m.room.third_party_invite": 90})
    assert room.refusal("m.room.third_party_invite", {}, "@token", by=BOB) == ""
    room.levels(invite=6, users={BOB: 5}, state_default=0)
    assert "level 6" in room.refusal("m.room.third_party_invite", {}, "token", by=BOB)


@every_version
def test_aliases_are_state_like_any_other(version: RoomVersion) -> None:
    room = new_room(version).levels(users={BOB: 50})
    assert room.refusal("m.room.aliases", {"aliases": []}, "anything", by=BOB) == ""
    assert room.membership_refusal(CAROL, "leave", CAROL) != ""


# What an event cites


def keys(version: RoomVersion, kind: str, content: Any, key: str | None = None) -> list[tuple[str, str]]:
    return auth_event_keys(version, new_room(version).draft(kind, content, key, by=BOB))


MEMBER_BOB, LEVELS, RULES = ("m.room.member", BOB), ("m.room.power_levels", ""), ("m.room.join_rules", "")


def test_a_message_cites_levels_and_membership_and_before_version_12_the_create_event() -> None:
    assert keys(V12, "m.room.message", {}) == [LEVELS, MEMBER_BOB]
    assert keys(V11, "m.room.message", {}) == [("m.room.create", ""), LEVELS, MEMBER_BOB]
    assert keys(V10, "m.room.name", {}, "") == [("m.room.create", ""), LEVELS, MEMBER_BOB]


def test_the_create_event_cites_nothing() -> None:
    for version in ROOM_VERSIONS.values():
        assert auth_event_keys(version, create(version)) == []


def test_memberships_cite_what_decides_about_them() -> None:
    def member(key: str, **content: Any) -> list[tuple[str, str]]:
        return keys(V12, "m.room.member", content, key)

    assert member(BOB, membership="join") == [LEVELS, MEMBER_BOB, RULES]
    assert member(BOB, membership="knock") == [LEVELS, MEMBER_BOB, RULES]
    assert member(CAROL, membership="invite") == [LEVELS, MEMBER_BOB, ("m.room.member", CAROL), RULES]
    assert member(CAROL, membership="ban") == [LEVELS, MEMBER_BOB, ("m.room.member", CAROL)]
    assert member(BOB, membership="leave") == [LEVELS, MEMBER_BOB]
    restricted = member(BOB, membership="join", join_authorised_via_users_server=ALICE)
    assert restricted == [LEVELS, MEMBER_BOB, RULES, ("m.room.member", ALICE)]
    assert member(BOB, membership="leave", join_authorised_via_users_server=ALICE) == [LEVELS, MEMBER_BOB]
    signed = {"signed": {"mxid": CAROL, "token": "t"}}
    invited = member(CAROL, membership="invite", third_party_invite=signed)
    assert ("m.room.third_party_invite", "t") in invited


@pytest.mark.parametrize("garbage", [None, 5, [], {}, {"signed": 5}, {"signed": {"token": []}}, [["x"]]])
def test_what_an_event_cites_is_not_confused_by_garbage(garbage: object) -> None:
    content = {"membership": "invite", "third_party_invite": garbage}
    assert keys(V12, "m.room.member", content, CAROL) == [LEVELS, MEMBER_BOB, ("m.room.member", CAROL), RULES]
    content = {"membership": "join", "join_authorised_via_users_server": garbage}
    assert keys(V12, "m.room.member", content, BOB) == [LEVELS, MEMBER_BOB, RULES]
    assert keys(V12, "m.room.member", {"membership": garbage}, BOB) == [LEVELS, MEMBER_BOB]


# Redactions


@every_version
def test_people_redact_what_they_sent_and_moderators_redact_everything(version: RoomVersion) -> None:
    room = new_room(version).levels(users={ALICE: 100, CAROL: 50})
    check_redaction_allowed(version, room, BOB, BOB)
    check_redaction_allowed(version, room, CAROL, BOB)
    check_redaction_allowed(version, room, ALICE, CAROL)
    with pytest.raises(Forbidden):
        check_redaction_allowed(version, room, BOB, CAROL)
    room.levels(users={ALICE: 100, BOB: 9}, redact=9)
    check_redaction_allowed(version, room, BOB, CAROL)


def test_a_version_12_creator_redacts_whatever_the_level() -> None:
    room = new_room(V12, additional_creators=[BOB]).levels(redact=2**53 - 1)
    check_redaction_allowed(V12, room, ALICE, CAROL)
    check_redaction_allowed(V12, room, BOB, CAROL)
    with pytest.raises(Forbidden):
        check_redaction_allowed(V11, room, ALICE, CAROL)
