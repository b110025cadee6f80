"""Nobody climbs over their own power, speaks for others, or forges what the server alone says (G37)."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.access.cast import Cast, Stage
from tests.actors import Actor, Json, fresh_localpart, register, segment
from tests.running_server import RunningServer

LEVELS = "m.room.power_levels"
VERSIONS = ("10", "11", "12")


async def levels_of(actor: Actor, room_id: str) -> Json:
    """Give the room's power levels."""
    return await actor.state(room_id, LEVELS)


def changed(levels: Json, **fields: Any) -> Json:
    """Give power levels with some fields replaced; `users` and `events` are merged."""
    merged = {
        key: {**levels.get(key, {}), **value} if isinstance(value, dict) else value
        for key, value in fields.items()
    }
    return {**levels, **merged}


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_moderator_raises_nobody_past_themselves(cast: Cast, version: str) -> None:
    stage = await cast.stage(room_version=version)
    moderator, admin, target = cast["moderator"], cast["room_admin"], cast["target"]
    # Moderators may touch the levels here, so that only the rule about one's own power stands in the way.
    levels = changed(await levels_of(admin, stage.room_id), events={LEVELS: 50})
    await admin.set_state(stage.room_id, LEVELS, levels)
    forged = [
        changed(levels, users={moderator.user_id: 51}),
        changed(levels, users={moderator.user_id: 2**53 - 1}),
        changed(levels, users={target.user_id: 51}),
        changed(levels, users={admin.user_id: 0}),
        changed(levels, users_default=51),
        changed(levels, events={LEVELS: 51}),
        changed(levels, events={"m.room.message": 100}),
        changed(levels, ban=51),
        changed(levels, state_default=100),
        changed(levels, notifications={"room": 51}),
        changed(levels, users={moderator.user_id: "100"}),
        changed(levels, users={moderator.user_id: True}),
        changed(levels, users={moderator.user_id: 100.0}),
        changed(levels, users={moderator.user_id.upper(): 100}),
        {**levels, "users": []},
        {**levels, "users": None},
        {"users": {moderator.user_id: 100}},
        {},
    ]
    path = f"/rooms/{segment(stage.room_id)}/state/{LEVELS}/"
    for content in forged:
        answer = await moderator.answer("PUT", path, content)
        assert answer.status_code in (400, 403), (content, answer.text)
    assert await levels_of(admin, stage.room_id) == levels
    # What is within their power they may do.
    await moderator.set_state(stage.room_id, LEVELS, changed(levels, users={target.user_id: 50}))
    for content in (changed(levels, users={target.user_id: 0}), levels):
        # Equals can't be lowered again.
        await moderator.refused("PUT", path, 403, "M_FORBIDDEN", content)


@pytest.mark.parametrize("version", VERSIONS)
async def test_those_with_as_much_power_can_be_neither_removed_nor_banned(cast: Cast, version: str) -> None:
    stage = await cast.stage(room_version=version)
    moderator, admin, target = cast["moderator"], cast["room_admin"], cast["target"]
    levels = await levels_of(admin, stage.room_id)
    await admin.set_state(stage.room_id, LEVELS, changed(levels, users={target.user_id: 50}))
    here = f"/rooms/{segment(stage.room_id)}"
    for victim in (target, admin):
        for verb in ("kick", "ban"):
            await moderator.refused("POST", f"{here}/{verb}", 403, "M_FORBIDDEN", {"user_id": victim.user_id})
        for membership in ("leave", "ban"):
            path = f"{here}/state/m.room.member/{segment(victim.user_id)}"
            await moderator.refused("PUT", path, 403, "M_FORBIDDEN", {"membership": membership})
    assert {target.user_id, admin.user_id} <= set(await admin.joined_members(stage.room_id))


async def test_nobody_writes_what_begins_with_anothers_name(cast: Cast) -> None:
    stage = await cast.stage()
    admin, target = cast["room_admin"], cast["target"]
    for role in ("moderator", "room_admin"):
        for key in (target.user_id, "@nobody:localhost", f"@x:{'a' * 10}"):
            answer = await cast[role].answer(
                "PUT", path_of(stage, "org.example.note", key), {"text": "forged"}
            )
            assert answer.status_code == 403, (role, key)
    await admin.refused(
        "PUT",
        path_of(stage, "m.room.member", target.user_id),
        403,
        "M_FORBIDDEN",
        {"membership": "join", "displayname": "Renamed"},
    )
    await admin.refused(
        "PUT",
        path_of(stage, "m.room.member", cast["outsider"].user_id),
        403,
        "M_FORBIDDEN",
        {"membership": "join"},
    )


def path_of(stage: Stage, event_type: str, state_key: str) -> str:
    """Give the path of a piece of state."""
    return f"/rooms/{segment(stage.room_id)}/state/{segment(event_type)}/{segment(state_key)}"


async def test_edits_count_only_from_the_author(cast: Cast) -> None:
    stage = await cast.stage()
    author = cast["target"]
    said = await author.send_text(stage.room_id, "I like green tea")
    for role in ("joined", "moderator", "room_admin"):
        await cast[role].edit_text(stage.room_id, said, "I like coffee")
    for role in ("joined", "target"):
        shown = await cast[role].event(stage.room_id, said)
        assert shown["content"]["body"] == "I like green tea"
        assert "m.replace" not in shown["unsigned"].get("m.relations", {})
    own = await author.edit_text(stage.room_id, said, "I like black tea")
    shown = await cast["joined"].event(stage.room_id, said)
    assert shown["unsigned"]["m.relations"]["m.replace"]["event_id"] == own


async def test_sender_time_and_id_are_the_servers_to_say(cast: Cast) -> None:
    stage = await cast.stage()
    member, other = cast["joined"], cast["room_admin"]
    forged: Json = {
        "msgtype": "m.text", "body": "forged", "sender": other.user_id, "origin_server_ts": 1, "event_id": "$forged",
        "room_id": "!forged:localhost", "state_key": "", "redacts": stage.event_id, "auth_events": [], "depth": 1,
        "unsigned": {"age": 1, "transaction_id": "x", "m.relations": {"m.replace": {"event_id": "$x"}}},
        "hashes": {}, "signatures": {},
    }  # fmt: skip
    before = int(time.time() * 1000) - 60_000
    path = f"/rooms/{segment(stage.room_id)}/send/m.room.message/{member.next_txn_id()}"
    params = {"ts": 1, "user_id": other.user_id, "sender": other.user_id}
    sent = await member.request("PUT", path, forged, params)
    shown = await other.event(stage.room_id, sent["event_id"])
    assert (shown["sender"], shown["room_id"]) == (member.user_id, stage.room_id)
    assert shown["event_id"] == sent["event_id"] != "$forged"
    assert shown["origin_server_ts"] > before
    assert "state_key" not in shown
    assert shown["unsigned"].get("m.relations", {}) == {}
    assert (await other.event(stage.room_id, stage.event_id))["content"]["body"] == "tea"


async def test_a_member_cannot_redact_upgrade_rename_or_publish(cast: Cast) -> None:
    stage = await cast.stage()
    member, here = cast["joined"], f"/rooms/{segment(stage.room_id)}"
    create = next(e for e in await member.full_state(stage.room_id) if e["type"] == "m.room.create")
    attempts: list[tuple[str, str, Json]] = [
        ("PUT", f"{here}/redact/{segment(stage.event_id)}/1", {}),
        ("PUT", f"{here}/send/m.room.redaction/2", {"redacts": stage.event_id}),
        ("PUT", f"{here}/redact/{segment(create['event_id'])}/3", {}),
        ("POST", f"{here}/upgrade", {"new_version": "12"}),
        ("PUT", f"/directory/list/room/{segment(stage.room_id)}", {"visibility": "public"}),
        ("DELETE", f"/directory/room/{segment(stage.alias)}", {}),
        *(
            ("PUT", path_of(stage, kind, ""), content)
            for kind, content in (
                ("m.room.name", {"name": "mine"}),
                ("m.room.topic", {"topic": "mine"}),
                ("m.room.tombstone", {"body": "gone", "replacement_room": "!x:localhost"}),
                ("m.room.join_rules", {"join_rule": "public"}),
                ("m.room.history_visibility", {"history_visibility": "world_readable"}),
                ("m.room.canonical_alias", {"alias": stage.alias}),
                ("m.room.create", {"creator": member.user_id, "room_version": "10"}),
                ("m.room.server_acl", {"allow": []}),
                ("m.space.child", {"via": ["localhost"]}),
            )
        ),
    ]
    for method, path, body in attempts:
        answer = await member.answer(method, path, body)
        assert (answer.status_code, answer.json().get("errcode")) == (403, "M_FORBIDDEN"), (path, answer.text)


async def test_the_create_event_is_never_replaced_or_redacted_not_even_by_the_creator(cast: Cast) -> None:
    stage = await cast.stage()
    admin = cast["room_admin"]
    create = next(e for e in await admin.full_state(stage.room_id) if e["type"] == "m.room.create")
    await admin.refused(
        "PUT", path_of(stage, "m.room.create", ""), 403, "M_FORBIDDEN", create["content"] | {"x": 1}
    )
    path = f"/rooms/{segment(stage.room_id)}/redact/{segment(create['event_id'])}/1"
    await admin.refused("PUT", path, 403, "M_FORBIDDEN", {})


async def test_a_ban_is_not_undone_by_leaving_knocking_or_joining(cast: Cast) -> None:
    stage = await cast.stage()
    banned, here = cast["banned"], f"/rooms/{segment(stage.room_id)}"
    own = path_of(stage, "m.room.member", banned.user_id)
    attempts: list[tuple[str, str, Json]] = [
        ("POST", f"{here}/join", {}),
        ("POST", f"/join/{segment(stage.alias)}", {}),
        ("POST", f"{here}/leave", {}),
        ("POST", f"/knock/{segment(stage.room_id)}", {}),
        ("POST", f"{here}/unban", {"user_id": banned.user_id}),
        *(("PUT", own, {"membership": kind}) for kind in ("join", "leave", "invite", "knock")),
    ]
    for method, path, body in attempts:
        answer = await banned.answer(method, path, body)
        assert answer.status_code == 403, (path, body, answer.text)
    await cast["joined"].refused("POST", f"{here}/invite", 403, "M_FORBIDDEN", {"user_id": banned.user_id})
    ban = await cast["room_admin"].state(stage.room_id, "m.room.member", banned.user_id)
    assert ban["membership"] == "ban"


async def test_power_in_one_room_is_none_in_another(cast: Cast, server: RunningServer) -> None:
    stage = await cast.stage()
    async with await register(
        server.url, server.registration_shared_secret, fresh_localpart("owner")
    ) as owner:
        own = await owner.create_room()
        said = await owner.send_text(own, "mine")
        here = f"/rooms/{segment(stage.room_id)}"
        for path in (
            f"{here}/redact/{segment(said)}/1",
            f"/rooms/{segment(own)}/redact/{segment(stage.event_id)}/2",
        ):
            answer = await owner.answer("PUT", path, {})
            assert answer.status_code in (403, 404)
        for path in (
            f"/rooms/{segment(own)}/event/{segment(stage.event_id)}",
            f"/rooms/{segment(own)}/context/{segment(stage.event_id)}",
            f"/_matrix/client/v1/rooms/{segment(own)}/relations/{segment(stage.event_id)}",
        ):
            await owner.refused("GET", path, 404, "M_NOT_FOUND")
        await owner.refused(
            "POST", f"/rooms/{segment(own)}/receipt/m.read/{segment(stage.event_id)}", 404, "M_NOT_FOUND"
        )
        await owner.refused(
            "PUT",
            f"/directory/room/{segment('#' + fresh_localpart('x') + ':localhost')}",
            403,
            "M_FORBIDDEN",
            {"room_id": stage.room_id},
        )
