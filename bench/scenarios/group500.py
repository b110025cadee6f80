"""A group of 500, everybody online on long-poll, five messages a second: what does a delivery cost?"""

import asyncio
import time

from bench.client import Client
from bench.crowd import Heard, gather_crowd
from bench.measures import Measure, Values, at_most, times_less
from bench.metering import percentile
from bench.stage import Stage

NAME = "group500"
MEASURES = [
    Measure("cpu_us", "CPU a delivery", "us", times_less(40)),
    Measure("p50_ms", "sent to received, median", "ms"),
    Measure("p99_ms", "sent to received, p99", "ms", at_most(100)),
    Measure("missing", "deliveries missing", "", at_most(0)),
    Measure("doubled", "deliveries doubled", "", at_most(0)),
]
WITH_PEER = True
_SETTLE_SECONDS = 1.0


async def run(stage: Stage) -> Values:
    """Fill the room, let everybody wait, send at a steady beat and count what arrives."""
    people = await stage.people("member", stage.size(500, 100))
    room_id = await people[0].create_room(name="The whole village")
    await stage.all_join(room_id, people[1:])
    return await measure_deliveries(stage, room_id, people)


async def measure_deliveries(stage: Stage, room_id: str, online: list[Client]) -> Values:
    """Send messages into a room while `online` listens, and return the costs and counts.

    A server that cannot keep five a second (Synapse needs seconds for one) gets its next message when the one
    before has reached everybody, which is the kinder question: no queue builds up.
    """
    senders = [client.on_own_connection() for client in online[:10]]
    heard, crowd = await gather_crowd(stage, online)
    await asyncio.sleep(_SETTLE_SECONDS)
    count = stage.size(100, 40) if stage.is_ours else stage.size(6, 3)
    async with stage.costing() as cost:
        with stage.steps(f"{count} messages to {len(online)}", count) as step:
            for number in range(count):
                begun = time.perf_counter()
                await senders[number % len(senders)].send(room_id, heard.text_of_next())
                await _beat(stage, heard, begun, (number + 1) * len(online))
                step()
        await heard.wait_for(count * len(online), 30)
    for listener in crowd:
        listener.stop()
    return {
        "cpu_us": cost.cpu_us(heard.deliveries),
        "cpu_us_message": cost.cpu_us(count),
        "p50_ms": percentile(heard.latencies_ms, 0.5),
        "p99_ms": percentile(heard.latencies_ms, 0.99),
        "missing": count * len(online) - heard.deliveries,
        "doubled": heard.doubled,
    }


async def _beat(stage: Stage, heard: Heard, begun: float, expected: int) -> None:
    if stage.is_ours:
        await asyncio.sleep(max(0.0, begun + 0.2 - time.perf_counter()))
    else:
        await heard.wait_for(expected, 60)
