"""What the room versions say of themselves, against the specification's lists."""

import dataclasses

import pytest

from teahouse.chat.room_versions import ROOM_VERSIONS


def test_versions_10_to_12_are_spoken_and_know_their_names() -> None:
    assert set(ROOM_VERSIONS) == {"10", "11", "12"}
    assert all(version.id == name for name, version in ROOM_VERSIONS.items())


def test_nobody_can_change_a_version() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        ROOM_VERSIONS["10"].id = "11"  # type: ignore[misc]
    with pytest.raises(TypeError):
        ROOM_VERSIONS["13"] = ROOM_VERSIONS["12"]  # type: ignore[index]


def test_version_11_moved_redacts_and_dropped_the_creator_key() -> None:
    assert not ROOM_VERSIONS["10"].redacts_in_content
    assert ROOM_VERSIONS["10"].create_names_creator
    for later in ("11", "12"):
        assert ROOM_VERSIONS[later].redacts_in_content
        assert not ROOM_VERSIONS[later].create_names_creator


def test_version_12_alone_has_hashed_room_ids_and_creators_above_all() -> None:
    for earlier in ("10", "11"):
        version = ROOM_VERSIONS[earlier]
        assert not version.room_id_is_create_hash
        assert not version.creators_above_all
        assert version.predecessor_names_event
        assert version.tombstone_level == 100
    version = ROOM_VERSIONS["12"]
    assert version.room_id_is_create_hash
    assert version.creators_above_all
    assert not version.predecessor_names_event
    assert version.tombstone_level == 150


def test_version_11_protects_fewer_top_level_keys_and_more_content() -> None:
    old, new = ROOM_VERSIONS["10"], ROOM_VERSIONS["11"]
    assert old.redaction_keeps - new.redaction_keeps == {"origin", "membership", "prev_state"}
    assert new.redaction_keeps <= old.redaction_keeps
    levels = "m.room.power_levels"
    assert new.redaction_keeps_content[levels] - old.redaction_keeps_content[levels] == {"invite"}
    assert ROOM_VERSIONS["12"].redaction_keeps == new.redaction_keeps
    assert ROOM_VERSIONS["12"].redaction_keeps_content == new.redaction_keeps_content
