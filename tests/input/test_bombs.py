"""Small requests that would cost a naive server much: everybody else is served meanwhile (G17, G54)."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.actors import Actor, segment
from tests.input.conftest import Scene

LONGEST_STALL_S = 3.0
"""For somebody else's plain request, on two cores that may be busy with other tests too."""
GLOBS = {
    "many stars": "*a" * 500,
    "many stars that end in vain": "*a" * 500 + "b",
    "question marks": "?" * 1024,
    "stars and question marks": "*?a" * 340,
    "a long literal": "a" * 1024,
    "words that almost match": "a a " * 255 + "b",
    "regular expression": "(a+)+$" * 100,
    "brackets": "[a-" * 300,
}


@asynccontextmanager
async def watched(onlooker: Actor) -> AsyncIterator[list[float]]:
    """Let an onlooker ask who they are all the while; the times that it took are filled in."""
    times: list[float] = []
    running = True

    async def look() -> None:
        while running:
            begun = time.monotonic()
            await onlooker.whoami()
            times.append(time.monotonic() - begun)
            await asyncio.sleep(0.005)

    task = asyncio.create_task(look())
    try:
        yield times
    finally:
        running = False
        await task


async def unnoticed(onlooker: Actor, deed: Coroutine[Any, Any, Any], within_s: float = 10) -> Any:
    """Do something while an onlooker watches; fail when it takes long, or when the onlooker had to wait."""
    async with watched(onlooker) as times:
        async with asyncio.timeout(within_s):
            result = await deed
    assert max(times) < LONGEST_STALL_S, f"somebody else waited {max(times):.2f} s"
    return result


@pytest.mark.parametrize("pattern", GLOBS.values(), ids=GLOBS.keys())
async def test_a_glob_bomb_in_push_rules_goes_off_for_nobody(calm: Scene, pattern: str) -> None:
    rules = "/pushrules/global"
    await calm.attacker.put(f"{rules}/content/bomb", {"pattern": pattern, "actions": ["notify"]})
    for number in range(8):
        condition = {"kind": "event_match", "key": "content.body", "pattern": pattern}
        body = {"actions": ["notify", {"set_tweak": "highlight"}], "conditions": [condition] * 3}
        await calm.attacker.put(f"{rules}/override/bomb{number}", body)

    async def set_off() -> None:
        for text in ("a" * 60_000, "a " * 30_000, "ab" * 30_000):
            said = await calm.neighbour.send_text(calm.place.room_id, text)
            await calm.attacker.wait_for(calm.place.room_id, said)
        await calm.attacker.get("/notifications")

    await unnoticed(calm.neighbour, set_off())


async def test_a_filter_of_a_thousand_patterns_goes_off_for_nobody(calm: Scene) -> None:
    actor, room = calm.attacker, calm.place.room_id
    await asyncio.gather(*(actor.send(room, f"{'a' * 200}.{number}", {}) for number in range(50)))
    # A hundred patterns are more than any app has.
    many = {"types": ["*" + "a*" * 10 + f"b{number}" for number in range(100)]}
    page = await unnoticed(calm.neighbour, actor.messages(room, filter=json.dumps(many), limit=1000))
    assert page["chunk"] == []
    too_many = json.dumps({"types": [f"*b{number}" for number in range(101)]})
    path = f"/rooms/{segment(room)}/messages"
    await actor.refused("GET", path, 400, "M_INVALID_PARAM", params={"dir": "b", "filter": too_many})
    stored = {"room": {"timeline": json.loads(too_many)}}
    await actor.refused("POST", f"/user/{segment(actor.user_id)}/filter", 400, "M_INVALID_PARAM", stored)
    # Types without a star cost nothing, so there may be many.
    plain = json.dumps({"types": [f"t{number}" for number in range(500)]})
    assert (await actor.messages(room, filter=plain))["chunk"] == []


async def test_mentions_of_a_thousand_people_are_counted_once(calm: Scene) -> None:
    everybody = [f"@somebody{number}:localhost" for number in range(2000)]
    content = {
        "msgtype": "m.text",
        "body": "hey",
        "m.mentions": {"user_ids": [*everybody, calm.neighbour.user_id]},
    }
    body = f"{calm.neighbour.user_id} " * 1500
    room = calm.place.room_id

    async def call() -> None:
        await calm.attacker.send(room, "m.room.message", content)
        await calm.attacker.send_text(room, body)

    await unnoticed(calm.neighbour, call())
    counts = (await calm.neighbour.sync())["rooms"]["join"][room]["unread_notifications"]
    assert counts["highlight_count"] == 2


async def test_cyclic_and_self_containing_spaces_end(calm: Scene) -> None:
    actor = calm.attacker
    spaces = [
        await actor.create_room(creation_content={"type": "m.space"}, name=f"space {n}") for n in range(4)
    ]
    for parent in spaces:
        for child in spaces:
            await actor.set_state(parent, "m.space.child", {"via": ["localhost"], "order": "x" * 60}, child)
    for order in (7, "\x7f", "x" * 51, None, ["a"]):
        await actor.set_state(spaces[0], "m.space.child", {"via": ["localhost"], "order": order}, spaces[1])
    for child, via in (
        ("!nowhere:localhost", ["localhost"]),
        ("not a room", ["localhost"]),
        (spaces[2], "localhost"),
    ):
        await actor.set_state(spaces[3], "m.space.child", {"via": via}, child)
    path = f"/_matrix/client/v1/rooms/{segment(spaces[0])}/hierarchy"
    found, token = [], None
    for _ in range(10):
        page = await actor.get(path, limit=2, **({"from": token} if token else {}))
        found += [room["room_id"] for room in page["rooms"]]
        token = page.get("next_batch")
        if token is None:
            break
    assert sorted(found) == sorted(spaces)
    for depth, seen in ((0, 1), (1, 4), (10**9, 4)):
        assert len((await actor.get(path, max_depth=depth))["rooms"]) == seen


async def test_a_thousand_invites_stall_nobody_and_all_arrive(calm: Scene) -> None:
    crowd = [f"@guest{number}:localhost" for number in range(999)] + [calm.neighbour.user_id]
    for preset in ("private_chat", "trusted_private_chat"):
        making = calm.attacker.post("/createRoom", {"invite": crowd, "preset": preset})
        room = (await unnoticed(calm.neighbour, making, within_s=60))["room_id"]
        assert len(await calm.attacker.members(room, membership="invite")) == 1000
    above = await calm.attacker.answer("POST", "/createRoom", {"invite": [*crowd, "@one-more:localhost"]})
    assert above.status_code == 400
    told = await calm.neighbour.sync()
    assert len(told["rooms"]["invite"]) == 2


async def test_a_room_whose_state_is_huge_is_served_to_all(calm: Scene) -> None:
    actor, room = calm.attacker, calm.place.room_id
    await asyncio.gather(
        *(actor.set_state(room, "org.example.big", {"x": "y" * 30_000}, str(number)) for number in range(100))
    )
    synced = await unnoticed(calm.neighbour, calm.neighbour.sync(full_state="true"))
    assert len(synced["rooms"]["join"][room]["state"]["events"]) >= 90
    assert len(await unnoticed(calm.neighbour, actor.full_state(room))) >= 100


async def test_hostile_state_of_any_type_breaks_no_answer(calm: Scene) -> None:
    actor, room = calm.attacker, calm.place.room_id
    known = [
        "m.room.name", "m.room.topic", "m.room.avatar", "m.room.canonical_alias", "m.room.guest_access",
        "m.room.history_visibility", "m.room.encryption", "m.room.server_acl", "m.room.pinned_events",
        "m.room.tombstone", "m.space.parent", "m.room.third_party_invite", "m.room.join_rules",
    ]  # fmt: skip
    contents: list[Any] = [
        {}, {"name": 7, "topic": [], "url": {}, "alias": None, "alt_aliases": {}, "join_rule": 5, "allow": "x"},
        {"join_rule": "restricted", "allow": [None, {"type": 5}, {"type": "m.room_membership", "room_id": ["x"]}]},
        {"m.topic": {"m.text": [None, {"body": 5}, {"mimetype": []}]}, "history_visibility": ["shared"]},
        {"guest_access": True, "algorithm": 5, "pinned": "x", "replacement_room": 7, "via": 1, "body": {}},
    ]  # fmt: skip
    for kind in known:
        for content in contents:
            answer = await actor.answer("PUT", f"/rooms/{segment(room)}/state/{kind}/", content)
            assert answer.status_code in (200, 400, 403), (kind, content, answer.text)
        for reader in (actor, calm.neighbour):
            assert room in (await reader.sync())["rooms"]["join"], kind
            for path in (
                f"/rooms/{segment(room)}/state",
                f"/_matrix/client/v1/rooms/{segment(room)}/hierarchy",
                f"/_matrix/client/v1/room_summary/{segment(room)}",
                "/publicRooms",
                f"/rooms/{segment(room)}/messages?dir=b&limit=50",
            ):
                answer = await reader.answer("GET", path)
                assert answer.status_code in (200, 403, 404), (kind, path, answer.text)
    await actor.answer("PUT", f"/directory/list/room/{segment(room)}", {"visibility": "public"})
    assert "chunk" in await calm.neighbour.post("/publicRooms", {"filter": {"generic_search_term": "x"}})


async def test_hostile_relations_break_no_answer(calm: Scene) -> None:
    actor, room, root = calm.attacker, calm.place.room_id, calm.place.event_id
    relations: list[Any] = [
        None, 5, "x", [], {}, {"rel_type": 5}, {"rel_type": "m.thread"}, {"rel_type": "m.thread", "event_id": 5},
        {"rel_type": "m.thread", "event_id": "$nowhere"}, {"rel_type": "m.annotation", "event_id": root},
        {"rel_type": "m.annotation", "event_id": root, "key": 5},
        {"rel_type": "m.annotation", "event_id": root, "key": "x" * 5000},
        {"rel_type": "m.replace", "event_id": root}, {"rel_type": "m.reference", "event_id": root},
        {"m.in_reply_to": 5}, {"m.in_reply_to": {"event_id": 5}}, {"m.in_reply_to": {"event_id": "$nowhere"}},
        {"rel_type": "m.thread", "event_id": root, "is_falling_back": "x", "m.in_reply_to": {"event_id": root}},
        {"rel_type": "x" * 300, "event_id": root}, {"rel_type": "", "event_id": ""},
    ]  # fmt: skip
    for relation in relations:
        for kind in ("m.room.message", "m.reaction", "m.poll.response"):
            content = {"msgtype": "m.text", "body": "x", "m.relates_to": relation, "m.new_content": relation}
            path = f"/rooms/{segment(room)}/send/{kind}/{calm.place.fresh()}"
            answer = await actor.answer("PUT", path, content)
            assert answer.status_code in (200, 400), (relation, answer.text)
    v1 = f"/_matrix/client/v1/rooms/{segment(room)}"
    for reader in (actor, calm.neighbour):
        assert room in (await reader.sync())["rooms"]["join"]
        assert (await reader.event(room, root))["event_id"] == root
        assert "chunk" in await reader.get(f"{v1}/threads")
        assert "chunk" in await reader.get(f"{v1}/relations/{segment(root)}", recurse="true")
        assert (await reader.messages(room, limit=100))["chunk"]
