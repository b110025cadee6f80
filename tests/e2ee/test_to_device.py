"""Messages to devices: once each, in order, until the device's next token shows that they arrived."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.actors import Actor
from tests.e2ee.devices import messages


async def send(sender: Actor, receiver: Actor, n: int, device_id: str | None = None, txn: str = "") -> None:
    """Send a numbered message to a device."""
    body = {"messages": {receiver.user_id: {device_id or receiver.device_id: {"n": n}}}}
    await sender.put(f"/sendToDevice/m.tea/{txn or sender.next_txn_id()}", body)


async def drain(actor: Actor, since: str | None = None) -> tuple[list[Any], str]:
    """Sync until nothing more comes, and give the messages and the last token."""
    found: list[Any] = []
    while True:
        answer = await actor.sync(since)
        since = answer["next_batch"]
        if not messages(answer):
            return found, str(since)
        found += messages(answer)


async def test_messages_come_in_order_once_and_again_until_acknowledged(alice: Actor, bob: Actor) -> None:
    start = (await bob.sync())["next_batch"]
    for n in range(5):
        await send(alice, bob, n)
    first = await bob.sync(start)
    assert messages(first) == [0, 1, 2, 3, 4]
    assert first["to_device"]["events"][0] == {"sender": alice.user_id, "type": "m.tea", "content": {"n": 0}}
    assert messages(await bob.sync(start)) == [0, 1, 2, 3, 4]
    assert messages(await bob.sync(first["next_batch"])) == []
    # The device has shown that it has them: not even an older token brings them back.
    assert messages(await bob.sync(start)) == []
    assert messages(await bob.sync()) == []


async def test_the_same_transaction_sends_once(alice: Actor, bob: Actor) -> None:
    await asyncio.gather(*(send(alice, bob, 1, txn="same") for _ in range(5)))
    await send(alice, bob, 2)
    assert (await drain(bob))[0] == [1, 2]


async def test_a_message_to_all_devices_reaches_each_and_unknown_ones_are_passed_over(
    alice: Actor, bob: Actor
) -> None:
    async with await bob.log_in_again() as tablet:
        await send(alice, bob, 1, "*")
        await send(alice, bob, 2, "NOSUCHDEVICE")
        assert messages(await bob.sync()) == [1]
        assert messages(await tablet.sync()) == [1]


async def test_a_waiting_sync_is_woken(alice: Actor, bob: Actor) -> None:
    start = (await bob.sync())["next_batch"]
    waiting = asyncio.create_task(bob.sync(start, timeout_ms=20_000))
    await send(alice, bob, 7)
    assert messages(await asyncio.wait_for(waiting, 10)) == [7]


async def test_more_than_one_answer_holds_come_in_order_over_several(alice: Actor, bob: Actor) -> None:
    start = (await bob.sync())["next_batch"]
    content = "x" * 30_000
    for n in range(80):
        body = {"messages": {bob.user_id: {bob.device_id: {"n": n, "leaves": content}}}}
        await alice.put(f"/sendToDevice/m.tea/{n}", body)
    first = await bob.sync(start)
    assert 0 < len(messages(first)) < 80
    assert messages(await bob.sync(start)) == messages(first)
    rest, _ = await drain(bob, first["next_batch"])
    assert messages(first) + rest == list(range(80))


async def test_messages_of_a_deleted_device_are_gone(alice: Actor, bob: Actor) -> None:
    tablet = await bob.log_in_again("TABLET")
    await send(alice, tablet, 1)
    await tablet.log_out()
    async with await bob.log_in_again("TABLET") as again:
        assert messages(await again.sync()) == []
