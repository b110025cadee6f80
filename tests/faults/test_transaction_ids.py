"""A transaction id makes one event, however often and however simultaneously it is used (G4)."""

from __future__ import annotations

import asyncio

from tests.actors import Actor, segment
from tests.faults.witnesses import history
from tests.server_process import ServerProcess

AT_ONCE = 8


async def test_eight_retries_at_once_make_one_event(alice: Actor) -> None:
    room_id = await alice.create_room()
    for number in range(40):
        made = await asyncio.gather(
            *(alice.send_text(room_id, f"text {number}", txn_id=f"txn-{number}") for _ in range(AT_ONCE))
        )
        assert len(set(made)) == 1
    redacted = await asyncio.gather(
        *(
            alice.put(f"/rooms/{segment(room_id)}/redact/{segment(made[0])}/once", {"reason": "x"})
            for _ in range(AT_ONCE)
        )
    )
    assert len({answer["event_id"] for answer in redacted}) == 1
    types = [event["type"] for event in await history(alice, room_id)]
    assert types.count("m.room.message") == 40
    assert types.count("m.room.redaction") == 1


async def test_another_device_another_user_and_another_path_make_other_events(
    alice: Actor, bob: Actor
) -> None:
    room_id = await alice.create_room(preset="public_chat")
    await bob.join(room_id)
    async with await alice.log_in_again() as second:
        made = [await actor.send_text(room_id, "same", txn_id="same") for actor in (alice, second, bob)]
    made.append(await alice.send(room_id, "org.teahouse.other", {}, txn_id="same"))
    assert len(set(made)) == 4


async def test_a_transaction_id_is_remembered_over_a_kill(own_server: ServerProcess, dora: Actor) -> None:
    room_id = await dora.create_room()
    before = [await dora.send_text(room_id, f"{n}", txn_id=f"{n}") for n in range(20)]
    own_server.kill()
    await own_server.start()
    after = [await dora.send_text(room_id, f"{n}", txn_id=f"{n}") for n in range(20)]
    assert after == before
    assert len([e for e in await history(dora, room_id) if e["type"] == "m.room.message"]) == 20
