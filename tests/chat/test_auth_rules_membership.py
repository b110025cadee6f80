"""The rules for joining, inviting, leaving, removing, banning and knocking."""

from typing import Any

import pytest

from teahouse.chat.auth_rules import check_event_auth
from teahouse.chat.event_format import SigningKey
from teahouse.chat.room_versions import ROOM_VERSIONS, RoomVersion
from teahouse.errors import InvalidParam

from .room_states import (
    ALICE,
    BOB,
    CAROL,
    CREATE_ID,
    DAN,
    EVE,
    V10,
    V11,
    V12,
    RoomState,
    new_room,
    refusal_of,
)

every_version = pytest.mark.parametrize("version", list(ROOM_VERSIONS.values()), ids=lambda v: f"v{v.id}")
ABSENT = object()


def with_carol(room: RoomState, membership: object) -> RoomState:
    return room if membership is ABSENT else room.member(CAROL, membership)


# Form


@every_version
@pytest.mark.parametrize("target", [None, "", "carol", "@carol", "#carol:h", CAROL + "\x00"])
def test_a_membership_belongs_to_a_user_id(version: RoomVersion, target: Any) -> None:
    room = new_room(version)
    with pytest.raises(InvalidParam):
        check_event_auth(version, room.draft("m.room.member", {"membership": "invite"}, target), room)


@every_version
@pytest.mark.parametrize(
    "content", [{}, {"membership": None}, {"membership": 1}, {"membership": ["join"]}, None, [], "join"]
)
def test_a_membership_must_be_said(version: RoomVersion, content: Any) -> None:
    room = new_room(version)
    with pytest.raises(InvalidParam):
        check_event_auth(version, room.draft("m.room.member", content, CAROL), room)


@every_version
@pytest.mark.parametrize("membership", ["", "JOIN", "joined", "kick", "unban", "\x00"])
def test_an_unknown_membership_is_refused(version: RoomVersion, membership: str) -> None:
    assert new_room(version).membership_refusal(ALICE, membership, CAROL) == "Unknown membership"


# Joining


def first_join(version: RoomVersion, by: str, target: str, after: list[str], **create: Any) -> str:
    room = new_room(version, **create)
    del room.events["m.room.member", ALICE], room.events["m.room.member", BOB]
    return refusal_of(room, room.draft("m.room.member", {"membership": "join"}, target, by=by, after=after))


@every_version
def test_the_creator_joins_right_after_creating(version: RoomVersion) -> None:
    assert first_join(version, ALICE, ALICE, [CREATE_ID]) == ""
    assert first_join(version, ALICE, ALICE, ["$other"]) != ""
    assert first_join(version, ALICE, ALICE, []) != ""
    assert first_join(version, ALICE, ALICE, [CREATE_ID, "$other"]) != ""
    assert first_join(version, BOB, BOB, [CREATE_ID]) != ""
    assert first_join(version, BOB, ALICE, [CREATE_ID]) != ""


def test_version_10_asks_its_content_for_the_creator_and_later_ones_the_sender() -> None:
    assert first_join(V10, BOB, BOB, [CREATE_ID], creator=BOB) == ""
    assert first_join(V10, ALICE, ALICE, [CREATE_ID], creator=BOB) != ""
    assert first_join(V11, ALICE, ALICE, [CREATE_ID], creator=BOB) == ""
    assert first_join(V11, BOB, BOB, [CREATE_ID], creator=BOB) != ""


def test_additional_creators_do_not_join_uninvited() -> None:
    assert first_join(V12, BOB, BOB, [CREATE_ID], additional_creators=[BOB]) != ""


@every_version
@pytest.mark.parametrize(
    ("rule", "welcome"),
    [
        ("public", {"invite", "join", "leave", "knock", ABSENT}),
        ("invite", {"invite", "join"}),
        ("knock", {"invite", "join"}),
        ("restricted", {"invite", "join"}),
        ("knock_restricted", {"invite", "join"}),
        ("private", set()),
        ("nonsense", set()),
        (None, set()),
        (["public"], set()),
        (ABSENT, {"invite", "join"}),
    ],
)
def test_who_may_join_follows_from_rule_and_membership(version: RoomVersion, rule: Any, welcome: Any) -> None:
    for membership in ("invite", "join", "leave", "knock", "ban", ABSENT):
        room = with_carol(new_room(version), membership)
        if rule is not ABSENT:
            room.rule(rule)
        assert (room.membership_refusal(CAROL, "join", CAROL) == "") == (membership in welcome)


@every_version
def test_a_join_rule_without_its_key_means_invite(version: RoomVersion) -> None:
    room = new_room(version).put("m.room.join_rules", {})
    assert room.membership_refusal(CAROL, "join", CAROL) == "You are not invited to this room"


@every_version
def test_nobody_makes_others_join(version: RoomVersion) -> None:
    room = new_room(version).rule("public").member(CAROL, "invite")
    assert room.membership_refusal(ALICE, "join", CAROL) == "You can't make somebody else join"


@every_version
@pytest.mark.parametrize("rule", ["restricted", "knock_restricted"])
def test_a_restricted_room_takes_whom_an_inviter_vouches_for(version: RoomVersion, rule: str) -> None:
    room = new_room(version).rule(rule).levels(invite=10, users={BOB: 10} if version is V12 else {ALICE: 10})
    voucher, powerless = (BOB, DAN) if version is V12 else (ALICE, BOB)
    room.member(DAN, "join")

    def joins(authoriser: Any) -> str:
        return room.membership_refusal(CAROL, "join", CAROL, join_authorised_via_users_server=authoriser)

    assert joins(voucher) == ""
    assert "may not invite" in joins(powerless)
    assert "may not invite" in joins("@nobody:tea.example")
    room.member(voucher, "leave")
    assert "may not invite" in joins(voucher)
    assert "vouches" in room.membership_refusal(CAROL, "join", CAROL)


@every_version
@pytest.mark.parametrize("authoriser", [None, 5, [], {}, "", "alice", EVE, ["@alice:tea.example"]])
def test_nobody_vouches_who_is_no_user_of_the_signing_server(version: RoomVersion, authoriser: Any) -> None:
    room = new_room(version).rule("restricted").member(EVE, "join")
    for membership in ("join", "leave", "invite"):
        refused = room.membership_refusal(
            CAROL, membership, CAROL, join_authorised_via_users_server=authoriser
        )
        assert "not authorised" in refused


@every_version
def test_vouching_does_not_help_where_the_rule_is_not_restricted(version: RoomVersion) -> None:
    for rule in ("invite", "knock", "private"):
        room = new_room(version).rule(rule)
        assert room.membership_refusal(CAROL, "join", CAROL, join_authorised_via_users_server=ALICE) != ""


@every_version
def test_the_banned_do_not_join_even_when_vouched_for(version: RoomVersion) -> None:
    room = new_room(version).rule("restricted").member(CAROL, "ban")
    refused = room.membership_refusal(CAROL, "join", CAROL, join_authorised_via_users_server=ALICE)
    assert refused == "You are banned from this room"


# Inviting


@every_version
def test_members_of_enough_power_invite(version: RoomVersion) -> None:
    room = new_room(version)
    assert room.membership_refusal(BOB, "invite", CAROL) == ""
    assert room.membership_refusal(BOB, "invite", EVE) == ""
    assert room.membership_refusal(DAN, "invite", CAROL) == "You are not in this room"
    room.levels(invite=1)
    assert "level 1" in room.membership_refusal(BOB, "invite", CAROL)
    room.levels(invite=1, users={BOB: 1})
    assert room.membership_refusal(BOB, "invite", CAROL) == ""


@every_version
@pytest.mark.parametrize(
    ("membership", "allowed"),
    [("invite", True), ("leave", True), ("knock", True), (ABSENT, True), ("join", False), ("ban", False)],
)
def test_an_invitation_is_for_those_outside(version: RoomVersion, membership: object, allowed: bool) -> None:
    room = with_carol(new_room(version), membership)
    assert (room.membership_refusal(ALICE, "invite", CAROL) == "") == allowed


KEY = SigningKey.generate("identity.example")


def third_party_room(version: RoomVersion) -> RoomState:
    room = new_room(version).put(
        "m.room.third_party_invite", {"display_name": "c", "public_key": KEY.public_key}, "token", BOB
    )
    return room.put(
        "m.room.third_party_invite", {"public_keys": [5, {}, {"public_key": KEY.public_key}]}, "other", BOB
    )


def third_party_refusal(room: RoomState, by: str, signed: Any) -> str:
    return room.membership_refusal(by, "invite", CAROL, third_party_invite={"signed": signed})


@every_version
def test_a_third_party_invitation_holds_when_its_signature_does(version: RoomVersion) -> None:
    room = third_party_room(version)
    assert third_party_refusal(room, BOB, KEY.sign_json({"mxid": CAROL, "token": "token"})) == ""
    assert third_party_refusal(room, BOB, KEY.sign_json({"mxid": CAROL, "token": "other"})) == ""


@every_version
def test_a_third_party_invitation_is_refused_when_anything_in_it_is_wrong(version: RoomVersion) -> None:
    room = third_party_room(version)
    good = KEY.sign_json({"mxid": CAROL, "token": "token"})
    stranger = SigningKey.generate("identity.example")
    assert "no such" in third_party_refusal(room, ALICE, good)
    assert "no such" in third_party_refusal(room, BOB, KEY.sign_json({"mxid": CAROL, "token": "unknown"}))
    assert "no such" in third_party_refusal(room, BOB, KEY.sign_json({"mxid": CAROL}))
    assert "not signed for" in third_party_refusal(room, BOB, KEY.sign_json({"mxid": DAN, "token": "token"}))
    assert "not signed for" in third_party_refusal(room, BOB, KEY.sign_json({"token": "token"}))
    forged = stranger.sign_json({"mxid": CAROL, "token": "token"})
    assert "no valid signature" in third_party_refusal(room, BOB, forged)
    assert "no valid signature" in third_party_refusal(room, BOB, {**good, "extra": 1})
    room.member(CAROL, "ban")
    assert "banned" in third_party_refusal(room, BOB, good)


@pytest.mark.parametrize("invite", [None, 5, [], {}, "x", {"signed": None}, {"signed": []}, {"signed": "x"}])
def test_a_malformed_third_party_invitation_is_refused(invite: Any) -> None:
    room = third_party_room(V12)
    assert "not signed for" in room.membership_refusal(ALICE, "invite", CAROL, third_party_invite=invite)


# Leaving and removing


@every_version
@pytest.mark.parametrize(
    ("membership", "allowed"),
    [("join", True), ("invite", True), ("knock", True), ("leave", False), ("ban", False), (ABSENT, False)],
)
def test_people_leave_what_they_are_part_of(version: RoomVersion, membership: object, allowed: bool) -> None:
    room = with_carol(new_room(version).rule("public"), membership)
    assert (room.membership_refusal(CAROL, "leave", CAROL) == "") == allowed


def powers(version: RoomVersion, **users: int) -> RoomState:
    """Return a room with Bob, Carol and Dan in it at the given levels."""
    room = new_room(version).member(CAROL, "join").member(DAN, "join")
    return room.levels(users={f"@{name}:tea.example": level for name, level in users.items()})


@every_version
def test_removing_needs_the_kick_level_and_more_power_than_the_target(version: RoomVersion) -> None:
    room = powers(version, bob=50, carol=49, dan=50)
    assert room.membership_refusal(BOB, "leave", CAROL) == ""
    assert "more power" in room.membership_refusal(BOB, "leave", DAN)
    assert "level 50" in room.membership_refusal(CAROL, "leave", BOB)
    assert "level 50" in powers(version, carol=49).membership_refusal(CAROL, "leave", BOB)
    room.member(BOB, "leave")
    assert room.membership_refusal(BOB, "leave", CAROL) == "You are not in this room"


@every_version
def test_an_invitation_and_a_knock_are_withdrawn_by_those_who_may_remove(version: RoomVersion) -> None:
    for membership in ("invite", "knock"):
        room = powers(version, bob=50).member(CAROL, membership)
        assert room.membership_refusal(BOB, "leave", CAROL) == ""
        assert "level 50" in room.membership_refusal(DAN, "leave", CAROL)


@every_version
def test_lifting_a_ban_needs_both_the_ban_and_the_kick_level(version: RoomVersion) -> None:
    for ban, kick, allowed in [(20, 20, True), (21, 20, False), (20, 21, False)]:
        room = new_room(version).levels(users={BOB: 20}, ban=ban, kick=kick).member(CAROL, "ban")
        assert (room.membership_refusal(BOB, "leave", CAROL) == "") == allowed
    room.levels(users={BOB: 50, CAROL: 50})
    assert "more power" in room.membership_refusal(BOB, "leave", CAROL)


# Banning


@every_version
@pytest.mark.parametrize("membership", ["join", "invite", "knock", "leave", "ban", ABSENT])
def test_banning_needs_the_ban_level_whatever_the_target_is(version: RoomVersion, membership: object) -> None:
    room = with_carol(new_room(version).levels(users={BOB: 50, CAROL: 49}), membership)
    assert room.membership_refusal(BOB, "ban", CAROL) == ""
    room.levels(users={BOB: 49})
    assert "level 50" in room.membership_refusal(BOB, "ban", CAROL)
    room.levels(users={BOB: 50, CAROL: 50})
    assert "more power" in room.membership_refusal(BOB, "ban", CAROL)
    assert room.membership_refusal(DAN, "ban", CAROL) == "You are not in this room"


@every_version
def test_nobody_bans_themselves(version: RoomVersion) -> None:
    room = new_room(version).levels(users={BOB: 100})
    assert "more power" in room.membership_refusal(BOB, "ban", BOB)


def test_a_version_12_creator_is_removed_and_banned_by_nobody_but_removes_anybody() -> None:
    highest = 2**53 - 1
    room = new_room(V12, additional_creators=[CAROL]).member(CAROL, "join").levels(users={BOB: highest})
    for creator in (ALICE, CAROL):
        assert "more power" in room.membership_refusal(BOB, "leave", creator)
        assert "more power" in room.membership_refusal(BOB, "ban", creator)
        assert room.membership_refusal(creator, "leave", BOB) == ""
        assert room.membership_refusal(creator, "ban", BOB) == ""
    assert "more power" in room.membership_refusal(ALICE, "ban", CAROL)
    earlier = new_room(V11).levels(users={BOB: 51})
    assert earlier.membership_refusal(BOB, "ban", ALICE) == ""


# Knocking


@every_version
@pytest.mark.parametrize("rule", ["knock", "knock_restricted"])
def test_one_knocks_from_outside_where_the_rule_allows_it(version: RoomVersion, rule: str) -> None:
    for membership, allowed in [
        ("leave", 1),
        (ABSENT, 1),
        ("knock", 1),
        ("ban", 0),
        ("invite", 0),
        ("join", 0),
    ]:
        room = with_carol(new_room(version).rule(rule), membership)
        assert (room.membership_refusal(CAROL, "knock", CAROL) == "") == bool(allowed)


@every_version
def test_elsewhere_and_for_others_nobody_knocks(version: RoomVersion) -> None:
    for rule in ("public", "invite", "restricted", "private", None):
        room = new_room(version).rule(rule)
        assert room.membership_refusal(CAROL, "knock", CAROL) == "This room takes no knocks"
    assert new_room(version).membership_refusal(CAROL, "knock", CAROL) == "This room takes no knocks"
    room = new_room(version).rule("knock")
    assert room.membership_refusal(ALICE, "knock", CAROL) == "You can't knock for somebody else"
