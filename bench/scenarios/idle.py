"""Five thousand people who wait on long-poll while nothing happens (G21)."""

import asyncio

from bench.crowd import gather_crowd
from bench.measures import Measure, Values, at_least, at_most
from bench.stage import Stage

NAME = "idle"
MEASURES = [
    Measure("clients", "clients waiting at once", "", at_least(5000)),
    Measure("kib", "memory a client", "KiB", at_most(40)),
    Measure("cpu_percent", "CPU for all of them", "% of a core"),
    Measure("woken", "of 20 in a room, woken by a message", "", at_least(20)),
]
WITH_PEER = True
_ROOM = 20
_LONGER_THAN_A_POLL_SECONDS = 35


async def run(stage: Stage) -> Values:
    """Let them sync and wait through a whole round of polls, then see that they still hear.

    Memory counts from a fresh start, before their first sync: all that the server remembers of them is in it,
    and no memory that hashing their passwords left behind can hide it.
    """
    count = stage.size(5000, 1000) if stage.is_ours else stage.size(500, 200)
    people = await stage.people("idler", count)
    await stage.restart(people)
    room_id = await people[0].create_room(name="The waiting room")
    await stage.all_join(room_id, people[1:_ROOM])
    before = stage.server.resident_bytes()
    heard, crowd = await gather_crowd(stage, people)
    async with stage.costing() as cost:
        with stage.steps("waiting", _LONGER_THAN_A_POLL_SECONDS) as step:
            for _ in range(_LONGER_THAN_A_POLL_SECONDS):
                await asyncio.sleep(1)
                step()
    grown = stage.server.resident_bytes() - before
    sender = people[0].on_own_connection()
    await sender.send(room_id, heard.text_of_next())
    await heard.wait_for(_ROOM, 10)
    waiting = sum(listener.polls > 0 for listener in crowd) if not heard.failures else 0
    for listener in crowd:
        listener.stop()
    return {
        "clients": waiting,
        "kib": grown / count / 1024,
        "cpu_percent": cost.cpu_seconds / cost.wall_seconds * 100,
        "woken": heard.deliveries,
    }
