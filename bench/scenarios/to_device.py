"""Fifty devices in one encrypted room, each giving a new room key to all others: what does a message cost?"""

import asyncio
import itertools

from bench.client import Client, Json, in_parallel
from bench.crowd import gather_crowd
from bench.measures import Measure, Values, at_most, times_less
from bench.metering import percentile
from bench.stage import Stage

NAME = "to_device"
MEASURES = [
    Measure("cpu_us", "CPU a message, a device at a time", "us", times_less(20)),
    Measure("p99_ms", "sent to received, p99", "ms"),
    Measure("cpu_us_flood", "CPU a message, as many as go", "us"),
    Measure("per_second", "messages a second", "", more_is_better=True),
    Measure("missing", "messages missing", "", at_most(0)),
    Measure("doubled", "messages doubled", "", at_most(0)),
]
WITH_PEER = True
_AT_ONCE = 4
_SETTLE_SECONDS = 1.0
_CIPHERTEXT = "AwogZm91ciBodW5kcmVkIGxlYXZlcyBvZiBkYXJqZWVsaW5n" * 14
_txn_ids = itertools.count()


async def run(stage: Stage) -> Values:
    """Put everybody into an encrypted room on long-poll; rotate keys one device at a time, then four.

    A device at a time, everybody has the last key before the next is given, as in a room where people talk. With
    four at once the answers to a slow server's listeners hold many messages each, which is cheaper a message.
    """
    people = await stage.people("device", stage.size(50, 20))
    devices = {client.user_id: await device_of(client) for client in people}
    encryption = {"type": "m.room.encryption", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
    room_id = await people[0].create_room(name="The sealed jar", initial_state=[encryption])
    await stage.all_join(room_id, people[1:])
    senders = [client.on_own_connection() for client in people]
    heard, crowd = await gather_crowd(stage, people)
    await asyncio.sleep(_SETTLE_SECONDS)
    others = len(people) - 1

    async def rotate(number: int) -> None:
        sender = senders[number % len(senders)]
        text = heard.text_of_next()
        targets = {
            user: {device: _content(text)} for user, device in devices.items() if user != sender.user_id
        }
        path = f"/_matrix/client/v3/sendToDevice/m.room.encrypted/b{next(_txn_ids)}"
        await sender.call("PUT", path, {"messages": targets})

    rotations = stage.size(100, 20) if stage.is_ours else stage.size(20, 5)
    async with stage.costing() as calm:
        for number in range(rotations):
            await rotate(number)
            await heard.wait_for((number + 1) * others, 60)
    p99_ms, first = percentile(heard.latencies_ms, 0.99), heard.deliveries
    more = stage.size(400, 40) if stage.is_ours else stage.size(40, 10)
    async with stage.costing() as flood:
        await in_parallel(range(more), rotate, _AT_ONCE)
        await heard.wait_for((rotations + more) * others, 120)
    for listener in crowd:
        listener.stop()
    return {
        "cpu_us": calm.cpu_us(first),
        "p99_ms": p99_ms,
        "cpu_us_flood": flood.cpu_us(heard.deliveries - first),
        "per_second": (heard.deliveries - first) / flood.wall_seconds,
        "missing": (rotations + more) * others - heard.deliveries,
        "doubled": heard.doubled,
    }


async def device_of(client: Client) -> str:
    """Give the id of the client's device."""
    return str((await client.call("GET", "/_matrix/client/v3/account/whoami"))["device_id"])


def _content(text: str) -> Json:
    """Give what a real client sends to one device, with the mark by which the bench knows it."""
    ciphertext = {"type": 1, "body": _CIPHERTEXT}
    return {
        "algorithm": "m.olm.v1.curve25519-aes-sha2",
        "sender_key": "hPQNcabIABgGnx3/ACv/jmMmiQHoeFfuLB17tzWp6Hw",
        "ciphertext": {"hPQNcabIABgGnx3/ACv/jmMmiQHoeFfuLB17tzWp6Hw": ciphertext},
        "body": text,
    }
