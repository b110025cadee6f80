"""Who has which power, and who may change it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teahouse.chat.auth_rules import PowerLevels, check_event_auth
from teahouse.chat.power_levels import CREATOR_LEVEL
from teahouse.chat.room_versions import ROOM_VERSIONS, RoomVersion
from teahouse.errors import InvalidParam

from .room_states import ALICE, BOB, CAROL, DAN, V10, V11, V12, RoomState, new_room

every_version = pytest.mark.parametrize("version", list(ROOM_VERSIONS.values()), ids=lambda v: f"v{v.id}")
SINGLE = ["users_default", "events_default", "state_default", "ban", "redact", "kick", "invite"]
NO_LEVELS = ["50", "0", 1.0, 50.5, True, False, None, [50], {"level": 50}, ""]


# Reading


@every_version
def test_without_a_power_levels_event_the_defaults_hold(version: RoomVersion) -> None:
    levels = PowerLevels(version, new_room(version))
    assert (levels.ban, levels.kick, levels.redact, levels.invite) == (50, 50, 50, 0)
    assert (levels.required("m.room.name", True), levels.required("m.room.message", False)) == (50, 0)
    assert levels.user_level(BOB) == 0
    assert levels.user_level(ALICE) == (CREATOR_LEVEL if version is V12 else 100)
    assert levels.notification("room") == 50


@every_version
def test_with_one_the_creator_has_only_what_it_says_except_in_version_12(version: RoomVersion) -> None:
    levels = PowerLevels(version, new_room(version).levels(users={BOB: 7}, users_default=3))
    assert levels.user_level(BOB) == 7
    assert levels.user_level(CAROL) == 3
    assert levels.user_level(ALICE) == (CREATOR_LEVEL if version is V12 else 3)


@every_version
def test_every_level_that_is_said_is_used(version: RoomVersion) -> None:
    said = dict(zip(SINGLE, range(1, 8), strict=True))
    levels = PowerLevels(
        version, new_room(version).levels(**said, events={"a": 9}, notifications={"room": 8})
    )
    assert (levels.ban, levels.redact, levels.kick, levels.invite) == (4, 5, 6, 7)
    assert (levels.required("x", False), levels.required("x", True)) == (2, 3)
    assert (levels.required("a", False), levels.required("a", True)) == (9, 9)
    assert (levels.notification("room"), levels.notification("other")) == (8, 50)


def test_version_10_takes_its_creator_from_the_content() -> None:
    room = new_room(V10, creator=BOB)
    assert PowerLevels(V10, room).user_level(BOB) == 100
    assert PowerLevels(V10, room).user_level(ALICE) == 0
    assert PowerLevels(V10, new_room(V10, creator=5)).user_level(ALICE) == 0
    assert PowerLevels(V11, room).user_level(ALICE) == 100


def test_additional_creators_rank_above_all_in_version_12_only() -> None:
    room = new_room(V12, additional_creators=[BOB, 5, None, [CAROL]])
    assert PowerLevels(V12, room).user_level(BOB) == CREATOR_LEVEL > 2**53 - 1
    assert PowerLevels(V12, room).user_level(CAROL) == 0
    assert PowerLevels(V11, room).user_level(BOB) == 0


@pytest.mark.parametrize("forged", [*NO_LEVELS, 2**70])
def test_stored_levels_of_the_wrong_type_count_as_absent(forged: Any) -> None:
    room = new_room(V11).levels(
        **dict.fromkeys(SINGLE, forged),
        users={BOB: forged},
        events={"m.room.name": forged},
        notifications={"room": forged},
    )
    levels = PowerLevels(V11, room)
    if type(forged) is int:
        assert levels.ban == levels.user_level(BOB) == forged
        return
    assert (levels.ban, levels.kick, levels.redact, levels.invite) == (50, 50, 50, 0)
    assert (levels.user_level(BOB), levels.required("m.room.name", True)) == (0, 50)
    assert (levels.required("x", False), levels.notification("room")) == (0, 50)


@pytest.mark.parametrize("forged", [None, 5, "x", [], [["a", 1]], True])
def test_stored_tables_of_the_wrong_type_count_as_empty(forged: Any) -> None:
    room = new_room(V11).levels(users=forged, events=forged, notifications=forged)
    levels = PowerLevels(V11, room)
    assert (levels.user_level(BOB), levels.required("a", False), levels.notification("room")) == (0, 0, 50)
    room.put("m.room.power_levels", forged)
    assert PowerLevels(V11, room).ban == 50


# Form


def assert_malformed(version: RoomVersion, content: Any) -> None:
    room = new_room(version)
    with pytest.raises(InvalidParam) as caught:
        check_event_auth(version, room.draft("m.room.power_levels", content, ""), room)
    assert caught.value.errcode == "M_BAD_JSON"


@every_version
@pytest.mark.parametrize("level", NO_LEVELS)
def test_a_level_is_an_integer_and_nothing_like_it(version: RoomVersion, level: Any) -> None:
    for key in SINGLE:
        assert_malformed(version, {key: level})
    assert_malformed(version, {"users": {BOB: level}})
    assert_malformed(version, {"events": {"m.room.name": level}})
    assert_malformed(version, {"notifications": {"room": level}})


@every_version
@pytest.mark.parametrize("table", [None, 5, "x", [], [[BOB, 50]], True])
def test_a_table_of_levels_is_an_object(version: RoomVersion, table: Any) -> None:
    for key in ("users", "events", "notifications"):
        assert_malformed(version, {key: table})


@every_version
@pytest.mark.parametrize(
    "user", ["", "bob", "@bob", "#bob:h", "@bob:h:1:2", "@b\x00b:h", "@" + "b" * 255 + ":h"]
)
def test_levels_are_given_to_user_ids_only(version: RoomVersion, user: str) -> None:
    assert_malformed(version, {"users": {user: 5}})


@every_version
@pytest.mark.parametrize("content", [None, 5, "x", [], True])
def test_the_content_is_an_object(version: RoomVersion, content: Any) -> None:
    assert_malformed(version, content)


@every_version
def test_the_first_power_levels_are_free_and_need_not_say_anything(version: RoomVersion) -> None:
    room = new_room(version)
    assert room.refusal("m.room.power_levels", {}, "") == ""
    assert room.refusal("m.room.power_levels", {"users": {BOB: 1000}, "ban": 10**6}, "") == ""


def test_version_12_lists_no_creators() -> None:
    room = new_room(V12, additional_creators=[BOB])
    for creator in (ALICE, BOB):
        with pytest.raises(InvalidParam, match="creator"):
            check_event_auth(V12, room.draft("m.room.power_levels", {"users": {creator: 100}}, ""), room)
    assert room.refusal("m.room.power_levels", {"users": {CAROL: 100}}, "") == ""
    assert new_room(V11).refusal("m.room.power_levels", {"users": {ALICE: 100}}, "") == ""


# Changing: Bob has 60 and needs 50


BASE: dict[str, Any] = {
    "users": {BOB: 60, CAROL: 60, DAN: 59, "@high:h": 90},
    "events": {"low": 10, "equal": 60, "high": 61},
    "notifications": {"room": 50, "high": 61},
    "ban": 60,
    "kick": 61,
}


def change(version: RoomVersion, **parts: Any) -> str:
    room = new_room(version).put("m.room.power_levels", BASE)
    new = {key: value for key, value in {**BASE, **parts}.items() if value is not ...}
    return room.refusal("m.room.power_levels", new, "", by=BOB)


def table(name: str, **changes: Any) -> dict[str, Any]:
    merged = {**BASE[name], **changes}
    return {name: {key: value for key, value in merged.items() if value is not ...}}


@every_version
def test_saying_the_same_again_is_allowed_even_to_those_below(version: RoomVersion) -> None:
    assert change(version) == ""


@every_version
@pytest.mark.parametrize(
    ("parts", "allowed"),
    [
        ({"ban": 59}, True),
        ({"ban": ...}, True),
        ({"ban": 61}, False),
        ({"kick": 60}, False),
        ({"kick": ...}, False),
        ({"kick": 62}, False),
        ({"invite": 60}, True),
        ({"invite": 61}, False),
        ({"invite": -5}, True),
        ({"redact": 60}, True),
        ({"redact": 61}, False),
        ({"users_default": 60}, True),
        ({"users_default": 61}, False),
        ({"events_default": 61}, False),
        ({"state_default": 61}, False),
    ],
)
def test_single_levels_change_within_ones_own_power(
    version: RoomVersion, parts: dict[str, Any], allowed: bool
) -> None:
    assert (change(version, **parts) == "") == allowed


@every_version
@pytest.mark.parametrize(
    ("name", "changes", "allowed"),
    [
        ("events", {"low": 60}, True),
        ("events", {"low": 61}, False),
        ("events", {"low": ...}, True),
        ("events", {"equal": 0}, True),
        ("events", {"equal": ...}, True),
        ("events", {"high": 60}, False),
        ("events", {"high": ...}, False),
        ("events", {"new": 60}, True),
        ("events", {"new": 61}, False),
        ("notifications", {"room": 60}, True),
        ("notifications", {"room": 61}, False),
        ("notifications", {"high": 0}, False),
        ("notifications", {"high": ...}, False),
        ("notifications", {"new": 61}, False),
    ],
)
def test_tables_change_within_ones_own_power(
    version: RoomVersion, name: str, changes: dict[str, Any], allowed: bool
) -> None:
    assert (change(version, **table(name, **changes)) == "") == allowed


@every_version
def test_a_whole_table_with_a_higher_entry_is_not_dropped(version: RoomVersion) -> None:
    for name in ("events", "notifications", "users"):
        assert change(version, **{name: ...}) != ""
        assert change(version, **{name: {}}) != ""


@every_version
@pytest.mark.parametrize(
    ("user", "level", "allowed"),
    [
        (DAN, 60, True),
        (DAN, 61, False),
        (DAN, ..., True),
        (CAROL, 0, False),
        (CAROL, 61, False),
        (CAROL, ..., False),
        ("@high:h", 0, False),
        ("@high:h", ..., False),
        ("@new:h", 60, True),
        ("@new:h", 61, False),
        ("@new:h", -1, True),
        (BOB, 61, False),
        (BOB, 0, True),
        (BOB, ..., True),
    ],
)
def test_users_are_moved_only_when_below_and_only_up_to_ones_own_level(
    version: RoomVersion, user: str, level: Any, allowed: bool
) -> None:
    assert (change(version, **table("users", **{user: level})) == "") == allowed


def test_unknown_keys_are_nobodys_business() -> None:
    assert change(V12, **{"com.example.level": 10**9, "historical": "x"}) == ""


def test_a_version_12_creator_changes_everything() -> None:
    highest = 2**53 - 1
    room = new_room(V12, additional_creators=[CAROL]).member(CAROL, "join")
    room.levels(users={BOB: highest, DAN: highest}, ban=highest)
    for creator in (ALICE, CAROL):
        assert room.refusal("m.room.power_levels", {"kick": highest}, "", by=creator) == ""
    assert "as much power as you" in room.refusal(
        "m.room.power_levels", {"users": {BOB: highest}}, "", by=BOB
    )


@pytest.mark.parametrize("forged", [None, [], "60", True, 61.5, {"x": 1}])
def test_forged_old_levels_can_be_repaired_by_those_in_power(forged: Any) -> None:
    room = new_room(V11).levels(
        users={ALICE: 100, BOB: forged}, events=forged, ban=forged, notifications=forged
    )
    assert room.refusal("m.room.power_levels", {"users": {ALICE: 100, BOB: 5}, "ban": 50}, "") == ""
    room.levels(users=forged, state_default=0)
    assert room.refusal("m.room.power_levels", {"users": {ALICE: 1}}, "") != ""


# The purpose of it all


some_levels = st.integers(-3, 4)
contents = st.fixed_dictionaries(
    {"users": st.dictionaries(st.sampled_from([ALICE, BOB, CAROL, DAN]), some_levels)},
    optional={
        **{key: some_levels for key in SINGLE},
        "events": st.dictionaries(st.sampled_from(["m.room.power_levels", "a", "b"]), some_levels),
        "notifications": st.dictionaries(st.sampled_from(["room", "x"]), some_levels),
    },
)


@given(contents, contents)
def test_no_allowed_change_lets_anybody_outgrow_or_demote_their_equals(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    before = RoomState(V11, dict(new_room(V11).events)).put("m.room.power_levels", old)
    if before.refusal("m.room.power_levels", new, "", by=BOB):
        return
    after = RoomState(V11, dict(before.events)).put("m.room.power_levels", new)
    level = PowerLevels(V11, before).user_level(BOB)
    assert PowerLevels(V11, after).user_level(BOB) <= level
    for user in set(old["users"]) | set(new["users"]):
        was, now = old["users"].get(user), new["users"].get(user)
        if was != now and now is not None:
            assert now <= level
        if user != BOB and was is not None and was >= level:
            assert now == was
    for key in SINGLE:
        if old.get(key) != new.get(key):
            assert max(old.get(key, level), new.get(key, level)) <= level
