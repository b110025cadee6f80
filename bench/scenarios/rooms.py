"""Creating a room, and joining one."""

from bench.measures import Measure, Values, times_less
from bench.stage import Stage

NAME = "rooms"
MEASURES = [
    Measure("create_ms", "CPU to create a room", "ms", times_less(20)),
    Measure("join_ms", "CPU to join a room", "ms", times_less(20)),
]
WITH_PEER = True
_JOINERS = 8


async def run(stage: Stage) -> Values:
    """Create rooms one after the other, then let everybody join them all."""
    owner, *joiners = await stage.people("guest", _JOINERS + 1)
    count = stage.size(200, 50) if stage.is_ours else stage.size(20, 10)
    await owner.create_room(name="Warm")
    room_ids: list[str] = []
    with stage.steps("creating and joining", count * (1 + _JOINERS)) as step:
        async with stage.costing() as creating:
            for number in range(count):
                room_ids.append(await owner.create_room(name=f"Room {number}", topic="Tea"))
                step()
        async with stage.costing() as joining:
            for room_id in room_ids:
                for client in joiners:
                    await client.join(room_id)
                    step()
    return {"create_ms": creating.cpu_ms(count), "join_ms": joining.cpu_ms(count * _JOINERS)}
