"""Starting on a database with 10,000 rooms and a million events (G20)."""

import asyncio
import time

from bench import cloning
from bench.client import ELEMENT_FILTER
from bench.measures import Measure, Values, at_least, at_most
from bench.scenarios.initial_sync import fill_rooms
from bench.stage import Stage

NAME = "start"
MEASURES = [
    Measure("rooms", "rooms in the database", "", at_least(10_000)),
    Measure("events", "events in the database", "", at_least(1_000_000)),
    Measure("seconds", "start to first answer", "s", at_most(2)),
    Measure("sync_seconds", "start to first sync of a user", "s", at_most(2)),
]
WITH_PEER = False
_MEMBERS = 5
_ROOMS_AT_ONCE = 100


async def run(stage: Stage) -> Values:
    """Copy a real room in the stopped server's database, and start it again, three times."""
    people = await stage.people("elder", _MEMBERS)
    reader = (await stage.people("reader", 1))[0]
    (template,) = await fill_rooms(stage, people, 1, messages=90)
    await fill_rooms(stage, [reader, people[0]], 10, messages=1)
    filter_id = await reader.keep_filter(ELEMENT_FILTER)
    since = (await reader.sync(None, filter_id))["next_batch"]
    await stage.server.stop()
    copies = stage.size(10_000, 1_000)
    with stage.steps("copying rooms by the hundred", copies // _ROOMS_AT_ONCE) as step:
        await asyncio.to_thread(cloning.clone_room, stage.server.database_file, template, copies, step)
    rooms, events = cloning.count_rows(stage.server.database_file)
    answers, syncs = [], []
    for _ in range(3):
        begun = time.perf_counter()
        answers.append(await stage.server.start())
        await reader.sync(since, filter_id)
        syncs.append(time.perf_counter() - begun)
        await stage.server.stop()
    return {"rooms": rooms, "events": events, "seconds": max(answers), "sync_seconds": max(syncs)}
