"""The next sync of somebody in few rooms and of somebody in very many: it has to cost the same."""

from bench.client import ELEMENT_FILTER, Client
from bench.measures import Measure, Values, at_most
from bench.stage import Stage

NAME = "incremental_sync"
MEASURES = [
    Measure("few_us", "CPU a sync with one message, 10 rooms", "us"),
    Measure("many_us", "CPU a sync with one message, 2,000 rooms", "us"),
    Measure("ratio", "many rooms against few", "times", at_most(1.3)),
    Measure("empty_few_us", "CPU a sync with nothing new, 10 rooms", "us"),
    Measure("empty_many_us", "CPU a sync with nothing new, 2,000 rooms", "us"),
    Measure("empty_ratio", "many rooms against few, nothing new", "times", at_most(1.3)),
]
WITH_PEER = True
_FEW = 10
_WIDTH = 4


async def run(stage: Stage) -> Values:
    """Measure a user with few rooms, and on Teahouse one with many (too many for Synapse to make)."""
    friend, few_user, many_user = await stage.people("reader", 3)
    few_rooms = await _shared_rooms(stage, friend, few_user, _FEW)
    few, empty_few = await _sync_cost(stage, friend, few_user, few_rooms)
    found = {"few_us": few, "empty_few_us": empty_few}
    if stage.is_ours:
        many_rooms = await _shared_rooms(stage, friend, many_user, stage.size(2000, 200))
        many, empty_many = await _sync_cost(stage, friend, many_user, many_rooms)
        found |= {"many_us": many, "empty_many_us": empty_many}
        found |= {"ratio": many / few, "empty_ratio": empty_many / empty_few}
    return found


async def _shared_rooms(stage: Stage, friend: Client, user: Client, count: int) -> list[str]:
    room_ids: list[str] = []
    pairs = [(friend.on_own_connection(), user.on_own_connection()) for _ in range(_WIDTH)]

    async def one(number: int) -> None:
        theirs, ours = pairs.pop()
        room_id = await theirs.create_room(name=f"Room {number}")
        await ours.join(room_id)
        room_ids.append(room_id)
        pairs.append((theirs, ours))

    await stage.each(f"making {count} rooms", range(count), one, _WIDTH)
    return room_ids


async def _sync_cost(stage: Stage, friend: Client, user: Client, room_ids: list[str]) -> tuple[float, float]:
    """Return the CPU of a sync that brings one message and of one that brings nothing."""
    filter_id = await user.keep_filter(ELEMENT_FILTER)
    since = (await user.sync(None, filter_id))["next_batch"]
    repeats = stage.size(400, 100) if stage.is_ours else stage.size(100, 30)
    async with stage.costing() as empty:
        for number in range(repeats):
            # The odd wait keeps a server that remembers answers from giving the same one again.
            await user.sync(since, filter_id, 1 + number % 2)
    room_id = room_ids[len(room_ids) // 2]
    spent = 0.0
    for number in range(repeats):
        await friend.send(room_id, f"news {number}")
        before = stage.server.cpu_seconds()
        answer = await user.sync(since, filter_id, 1000)
        spent += stage.server.cpu_seconds() - before
        assert len(answer["rooms"]["join"][room_id]["timeline"]["events"]) == 1
        since = answer["next_batch"]
    return spent / repeats * 1e6, empty.cpu_us(repeats)
