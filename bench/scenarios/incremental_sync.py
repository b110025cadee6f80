"""The next sync of somebody in few rooms and of somebody in very many: it has to cost the same."""

from dataclasses import dataclass

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
_TURNS = 5
"""Both users are measured in turns on the same full server, so that only their rooms make a difference."""


@dataclass
class _Reader:
    """One of the two users, and what the syncs have cost so far, in seconds."""

    user: Client
    room_ids: list[str]
    filter_id: str
    since: str
    repeats: int = 0
    news: float = 0.0
    empty: float = 0.0


async def run(stage: Stage) -> Values:
    """Measure a user with few rooms, and on Teahouse one with many (too many for Synapse to make)."""
    friend, few_user, many_user = await stage.people("reader", 3)
    readers = {"few": await _reader(stage, friend, few_user, _FEW)}
    if stage.is_ours:
        readers["many"] = await _reader(stage, friend, many_user, stage.size(2000, 200))
    for _ in range(_TURNS):
        for reader in readers.values():
            await _measure(stage, friend, reader)
    found: dict[str, float] = {}
    for name, reader in readers.items():
        found[f"{name}_us"] = reader.news / reader.repeats * 1e6
        found[f"empty_{name}_us"] = reader.empty / reader.repeats * 1e6
    if stage.is_ours:
        found["ratio"] = found["many_us"] / found["few_us"]
        found["empty_ratio"] = found["empty_many_us"] / found["empty_few_us"]
    return found


async def _reader(stage: Stage, friend: Client, user: Client, count: int) -> _Reader:
    room_ids = await _shared_rooms(stage, friend, user, count)
    filter_id = await user.keep_filter(ELEMENT_FILTER)
    return _Reader(user, room_ids, filter_id, (await user.sync(None, filter_id))["next_batch"])


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


async def _measure(stage: Stage, friend: Client, reader: _Reader) -> None:
    """Let the user sync with nothing new, then after each of some messages, and add what that cost."""
    user, filter_id = reader.user, reader.filter_id
    repeats = stage.size(80, 20) if stage.is_ours else stage.size(20, 6)
    async with stage.costing() as empty:
        for number in range(repeats):
            # The odd wait keeps a server that remembers answers from giving the same one again.
            await user.sync(reader.since, filter_id, 1 + number % 2)
    room_id = reader.room_ids[len(reader.room_ids) // 2]
    for number in range(repeats):
        await friend.send(room_id, f"news {number}")
        before = stage.server.cpu_seconds()
        answer = await user.sync(reader.since, filter_id, 1000)
        reader.news += stage.server.cpu_seconds() - before
        assert len(answer["rooms"]["join"][room_id]["timeline"]["events"]) == 1
        reader.since = answer["next_batch"]
    reader.empty += empty.cpu_seconds
    reader.repeats += repeats
