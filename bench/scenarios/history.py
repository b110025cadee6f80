"""Paging back through a room with `/messages`."""

from bench.measures import Measure, Values, times_less
from bench.stage import Stage

NAME = "history"
MEASURES = [
    Measure("cpu_ms", "CPU a page of 50", "ms", times_less(20)),
    Measure("wall_ms", "answer time", "ms"),
]
WITH_PEER = True
_PAGE = 50


async def run(stage: Stage) -> Values:
    """Fill a room, then read it back page by page a few times."""
    people = await stage.people("writer", 4)
    room_id = await people[0].create_room(name="Long talk")
    await stage.all_join(room_id, people[1:])
    count = stage.size(500, 200)
    with stage.steps("writing history", count) as step:
        for number in range(count):
            await people[number % len(people)].send(room_id, f"line {number}")
            step()
    rounds = stage.size(20, 5) if stage.is_ours else stage.size(4, 2)
    pages = 0
    async with stage.costing() as cost:
        for _ in range(rounds):
            seen, start = 0, None
            while seen < count:
                page = await people[0].page_back(room_id, start, _PAGE)
                seen += sum(event["type"] == "m.room.message" for event in page["chunk"])
                start = page.get("end")
                pages += 1
                assert start is not None or seen >= count, "history ended early"
    return {"cpu_ms": cost.cpu_ms(pages), "wall_ms": cost.wall_seconds / pages * 1000}
