"""A transaction id makes one event, however often and however simultaneously it is used (G4)."""

from __future__ import annotations

import asyncio

from tests.actors import Actor, fresh_localpart, joined_room, register, segment
from tests.faults.witnesses import history
from tests.server_process import ServerProcess

AT_ONCE = 8
ONE_EVENT = '{"room":{"timeline":{"limit":1}}}'


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


async def test_what_many_sends_left_for_later_is_right_before_and_after_it_was_entered(
    own_server: ServerProcess, dora: Actor
) -> None:
    """Transaction ids, what one's own words have read, and what ignored people said: from memory, tail and rows."""
    secret = own_server.registration_shared_secret
    async with (
        await register(own_server.url, secret, fresh_localpart("emil")) as emil,
        await register(own_server.url, secret, fresh_localpart("fay")) as fay,
    ):
        room_id = await dora.create_room(preset="public_chat")
        for guest in (emil, fay):
            await guest.join(room_id)
        await fay.put(
            f"/user/{segment(fay.user_id)}/account_data/m.ignored_user_list",
            {"ignored_users": {emil.user_id: {}}},
        )

        async def send_all() -> list[str]:
            return await asyncio.gather(*(dora.send_text(room_id, "m", txn_id=f"a/{n}") for n in range(600)))

        async def check(unread_of_emil: int, unread_of_fay: int) -> None:
            assert await send_all() == made, "the same transaction ids give the same events"
            for reader, expected in ((dora, 600), (emil, unread_of_emil), (fay, unread_of_fay)):
                state = await reader.sync(filter=ONE_EVENT)
                shown = joined_room(state, room_id)["unread_notifications"]["notification_count"]
                assert shown == (0 if reader is dora else expected), reader.user_id

        made = await send_all()
        assert len(set(made)) == 600
        await check(600, 600)
        await emil.send_text(room_id, "said by one whom fay ignores")
        await dora.send_text(room_id, "one more")
        await check(1, 601)
        own_server.kill()
        await own_server.start()
        await check(1, 601)
        await own_server.stop()
        await own_server.start()
        await check(1, 601)
