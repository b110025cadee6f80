"""Who reads which part of a room's past, in all four modes of history visibility."""

from __future__ import annotations

import pytest

from tests.actors import Actor, bodies, segment


async def a_room_with_a_past(alice: Actor, bob: Actor, visibility: str) -> str:
    """Let alice talk to herself, invite bob, talk again, and talk once more after bob has joined."""
    room = await alice.create_room(
        preset="private_chat",
        initial_state=[
            {
                "type": "m.room.history_visibility",
                "state_key": "",
                "content": {"history_visibility": visibility},
            }
        ],
    )
    await alice.send_text(room, "before the invite")
    await alice.invite(room, bob)
    await alice.send_text(room, "between invite and join")
    await bob.join(room)
    await alice.send_text(room, "after the join")
    return room


async def everything_read_by(actor: Actor, room: str) -> list[str]:
    """Page back to the beginning and return the bodies, oldest first."""
    read: list[str] = []
    token: str | None = None
    for _ in range(50):
        page = await actor.messages(room, limit=4, **({"from": token} if token else {}))
        read += bodies(page["chunk"])
        token = page.get("end")
        if token is None:
            return read[::-1]
    raise AssertionError("the history does not end")


@pytest.mark.parametrize(
    ("visibility", "read"),
    [
        ("world_readable", ["before the invite", "between invite and join", "after the join"]),
        ("shared", ["before the invite", "between invite and join", "after the join"]),
        ("invited", ["between invite and join", "after the join"]),
        ("joined", ["after the join"]),
    ],
)
async def test_a_newcomer_reads_as_far_back_as_the_room_allows(
    alice: Actor, bob: Actor, visibility: str, read: list[str]
) -> None:
    room = await a_room_with_a_past(alice, bob, visibility)
    assert await everything_read_by(bob, room) == read
    assert len(await everything_read_by(alice, room)) == 3


async def test_a_hidden_message_cannot_be_fetched_by_its_id_either(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(
        preset="private_chat",
        initial_state=[
            {
                "type": "m.room.history_visibility",
                "state_key": "",
                "content": {"history_visibility": "joined"},
            }
        ],
    )
    hidden = await alice.send_text(room, "between us walls")
    await alice.invite(room, bob)
    await bob.join(room)
    shown = await alice.send_text(room, "welcome")
    assert (await bob.event(room, shown))["content"]["body"] == "welcome"
    await bob.refused("GET", f"/rooms/{segment(room)}/event/{segment(hidden)}", 404, "M_NOT_FOUND")
    around = await bob.answer("GET", f"/rooms/{segment(room)}/context/{segment(hidden)}")
    assert (around.status_code, around.json()["errcode"]) in {(403, "M_FORBIDDEN"), (404, "M_NOT_FOUND")}
    assert "between us walls" not in around.text
    assert (await alice.event(room, hidden))["content"]["body"] == "between us walls"


async def test_who_left_reads_what_was_said_before_and_nothing_after(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    await alice.send_text(room, "while bob is here")
    await bob.leave(room)
    secret = await alice.send_text(room, "now that bob is gone")
    assert await everything_read_by(bob, room) == ["while bob is here"]
    await bob.refused("GET", f"/rooms/{segment(room)}/event/{segment(secret)}", 404, "M_NOT_FOUND")
    left_state = {(e["type"], e["state_key"]): e for e in await bob.full_state(room)}
    assert left_state["m.room.member", bob.user_id]["content"]["membership"] == "leave"


async def test_a_stranger_reads_a_world_readable_room_and_no_other(alice: Actor, bob: Actor) -> None:
    for visibility, open_to_all in (("world_readable", True), ("shared", False)):
        room = await alice.create_room(
            preset="public_chat",
            initial_state=[
                {
                    "type": "m.room.history_visibility",
                    "state_key": "",
                    "content": {"history_visibility": visibility},
                }
            ],
        )
        said = await alice.send_text(room, "hear, hear")
        if open_to_all:
            assert await everything_read_by(bob, room) == ["hear, hear"]
            assert (await bob.event(room, said))["event_id"] == said
        else:
            path = f"/rooms/{segment(room)}/messages"
            await bob.refused("GET", path, 403, "M_FORBIDDEN", params={"dir": "b"})


async def test_changing_the_mode_does_not_open_the_past(alice: Actor, bob: Actor) -> None:
    room = await a_room_with_a_past(alice, bob, "joined")
    await alice.set_state(room, "m.room.history_visibility", {"history_visibility": "shared"})
    await alice.send_text(room, "open from here on")
    assert await everything_read_by(bob, room) == ["after the join", "open from here on"]
