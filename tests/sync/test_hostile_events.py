"""However odd what somebody puts into a room or an invite is, everybody's sync goes on (G10)."""

from __future__ import annotations

from typing import Any

from tests.actors import Actor, Json, joined_room, segment

ODD: list[Any] = [None, 5, True, "text", [], [{}], {}, {"a": {"b": [1]}}, "\u202e\ufeff", "x" * 5000]
STATES = {
    "m.room.name": "name",
    "m.room.topic": "topic",
    "m.room.avatar": "url",
    "m.room.canonical_alias": "alias",
    "m.room.join_rules": "join_rule",
    "m.room.history_visibility": "history_visibility",
    "m.room.guest_access": "guest_access",
    "m.room.encryption": "algorithm",
    "m.room.pinned_events": "pinned",
    "m.room.server_acl": "allow",
    "m.room.tombstone": "replacement_room",
    "m.space.child": "via",
    "m.space.parent": "via",
}
RELATIONS: list[Any] = [
    5,
    [],
    {"rel_type": 5, "event_id": "$x"},
    {"rel_type": "m.thread", "event_id": "$absent", "m.in_reply_to": 7},
    {"rel_type": "m.replace", "event_id": []},
    {"rel_type": "m.annotation", "event_id": "$absent", "key": {"a": 1}},
    {"m.in_reply_to": {"event_id": {"deep": []}}},
]


async def try_to_send(actor: Actor, path: str, content: Json) -> int:
    """Send something odd; it may be taken or refused, but not fail."""
    answer = await actor.answer("PUT", path, content)
    assert answer.status_code in (200, 400, 403), answer.text
    return answer.status_code


async def spoil(hostile: Actor, room_id: str, event_id: str) -> None:
    """Put every oddity into the room that the server takes."""
    room = f"/rooms/{segment(room_id)}"
    taken = 0
    for odd in ODD:
        for kind, field in STATES.items():
            taken += await try_to_send(hostile, f"{room}/state/{kind}/", {field: odd}) == 200
        member = {"membership": "join", "displayname": odd, "avatar_url": odd, "is_direct": odd}
        await try_to_send(hostile, f"{room}/state/m.room.member/{segment(hostile.user_id)}", member)
        content = {"body": odd, "msgtype": odd, "format": odd, "formatted_body": odd, "m.mentions": odd}
        taken += (
            await try_to_send(hostile, f"{room}/send/m.room.message/{hostile.next_txn_id()}", content) == 200
        )
    for relation in [*RELATIONS, {"rel_type": "m.replace", "event_id": event_id}]:
        content = {"body": "odd", "msgtype": "m.text", "m.relates_to": relation, "m.new_content": 5}
        for kind in ("m.room.message", "m.reaction", "m.sticker"):
            await try_to_send(hostile, f"{room}/send/{kind}/{hostile.next_txn_id()}", content)
    assert taken > 50, "nearly all of it was refused, so this proves little"


async def test_odd_events_and_invites_never_break_anybodys_sync(
    alice: Actor, bob: Actor, carol: Actor
) -> None:
    calm = await alice.create_room(preset="public_chat", name="calm")
    spoilt = await alice.create_room(
        preset="public_chat", power_level_content_override={"state_default": 0, "invite": 0}
    )
    for room_id in (calm, spoilt):
        await bob.join(room_id)
    since = {actor.user_id: (await actor.sync())["next_batch"] for actor in (alice, bob, carol)}
    first = await alice.send_text(spoilt, "before")
    await spoil(bob, spoilt, first)
    await bob.invite(spoilt, carol, reason="\u202e" + "x" * 400)
    mark = await alice.send_text(calm, "all is well")
    for kind in ("m.direct", "m.push_rules", "m.tag", "m.fully_read", "org.odd"):
        path = f"/user/{segment(bob.user_id)}/account_data/{kind}"
        assert (await bob.answer("PUT", path, {"odd": ODD})).status_code in (200, 400, 403, 405)

    for actor in (alice, bob):
        for answer in (
            await actor.sync(),
            await actor.sync(since[actor.user_id]),
            await actor.sync(full_state="true"),
        ):
            events = joined_room(answer, calm)["timeline"]["events"]
            assert mark in [event["event_id"] for event in events]
            assert joined_room(answer, spoilt)["timeline"]["events"]
        history = await actor.messages(spoilt, limit=500)
        assert len(history["chunk"]) > 50
        await actor.get(f"/rooms/{segment(spoilt)}/context/{segment(first)}")
        await actor.get(f"/_matrix/client/v1/rooms/{segment(spoilt)}/threads")
        assert await actor.full_state(spoilt)
        assert await actor.members(spoilt)
    for answer in (await carol.sync(), await carol.sync(since[carol.user_id])):
        assert spoilt in answer["rooms"]["invite"]
    await alice.get("/publicRooms")
