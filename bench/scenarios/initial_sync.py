"""The first sync of a new device whose user is in 100 rooms, with the filter that Element sends."""

from bench.client import ELEMENT_FILTER, Client
from bench.measures import Measure, Values, times_less
from bench.stage import Stage

NAME = "initial_sync"
MEASURES = [
    Measure("cpu_ms", "CPU, 100 rooms", "ms", times_less(25)),
    Measure("wall_ms", "answer time", "ms"),
]
WITH_PEER = True
MEMBERS = 4
MESSAGES = 15


async def run(stage: Stage) -> Values:
    """Fill the rooms, then let new devices of one user sync for the first time."""
    people = await stage.people("friend", MEMBERS)
    await fill_rooms(stage, people, stage.size(100, 20))
    repeats = stage.size(20, 5) if stage.is_ours else stage.size(5, 3)
    devices = [await people[0].log_in() for _ in range(repeats)]
    filter_ids = [await device.keep_filter(ELEMENT_FILTER) for device in devices]
    async with stage.costing() as cost:
        for device, filter_id in zip(devices, filter_ids, strict=True):
            answer = await device.sync(None, filter_id)
            assert len(answer["rooms"]["join"]) == stage.size(100, 20)
    return {"cpu_ms": cost.cpu_ms(repeats), "wall_ms": cost.wall_seconds / repeats * 1000}


async def fill_rooms(stage: Stage, people: list[Client], count: int, messages: int = MESSAGES) -> list[str]:
    """Make rooms in which all these people are members and have talked in turn."""
    room_ids: list[str] = []

    async def one(number: int) -> None:
        room_id = await people[0].create_room(name=f"Room {number}", topic="Talk of the day")
        for client in people[1:]:
            await client.join(room_id)
        for line in range(messages):
            await people[line % len(people)].send(room_id, f"line {line} of room {number}")
        room_ids.append(room_id)

    await stage.each(f"filling {count} rooms", range(count), one, 1)
    return room_ids
