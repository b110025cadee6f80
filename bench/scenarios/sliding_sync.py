"""The first screen of an app that uses sliding sync, and what comes after it, in few rooms and in very many."""

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from bench import cloning
from bench.client import Client, Json
from bench.measures import Measure, Values, at_most
from bench.scenarios.initial_sync import fill_rooms
from bench.stage import Stage

NAME = "sliding_sync"
MEASURES = [
    Measure("first_20_ms", "CPU of a first screen, 20 rooms", "ms"),
    Measure("first_500_ms", "CPU of a first screen, 500 rooms", "ms"),
    Measure("first_5000_ms", "CPU of a first screen, 5,000 rooms", "ms"),
    Measure("ratio_500", "500 rooms against 20", "times", at_most(1.3)),
    Measure("ratio_5000", "5,000 rooms against 20", "times", at_most(1.3)),
    Measure("cold_20_ms", "the same right after a start, 20 rooms", "ms"),
    Measure("cold_5000_ms", "the same right after a start, 5,000 rooms", "ms"),
    Measure("cold_ratio", "right after a start, 5,000 rooms against 20", "times", at_most(1.3)),
    Measure("second_5000_ms", "CPU of the second request (100 rooms), 5,000 rooms", "ms"),
    Measure("grow_us", "CPU a room to show all 5,000", "us"),
    Measure("news_20_us", "CPU of an answer with one message, 20 rooms", "us"),
    Measure("news_5000_us", "CPU of an answer with one message, 5,000 rooms", "us"),
    Measure("news_ratio", "one message, 5,000 rooms against 20", "times", at_most(1.3)),
]
WITH_PEER = True
_PATH = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync"
_STATE = [
    ["m.room.name", ""], ["m.room.encryption", ""], ["m.room.member", "$LAZY"], ["m.room.member", "$ME"],
    ["m.room.topic", ""], ["m.room.avatar", ""], ["m.room.canonical_alias", ""], ["m.room.power_levels", ""],
    ["m.room.join_rules", ""], ["m.room.tombstone", ""], ["m.room.create", ""],
    ["m.room.history_visibility", ""], ["m.space.parent", "*"], ["m.space.child", "*"],
]  # fmt: skip
_STEP = 100
_IDLE_CPU_SECONDS = 0.02
_PATIENCE = 240


class Phone:
    """One connection of a user's device, asking as Element X does."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.pos: str | None = None

    async def sync(self, last: int = 19, timeout_ms: int = 0) -> Json:
        """Ask for the rooms up to a place in the list."""
        query: dict[str, Any] = {"timeout": timeout_ms}
        if self.pos is not None:
            query["pos"] = self.pos
        shown = {"ranges": [[0, last]], "timeline_limit": 1, "required_state": _STATE, "filters": {}}
        extensions = {name: {"enabled": True} for name in ("account_data", "receipts", "typing")}
        body = {"conn_id": "room-list", "lists": {"all_rooms": shown}, "extensions": extensions}
        answer = await self.client.call("POST", f"{_PATH}?{urlencode(query)}", body)
        self.pos = answer["pos"]
        return answer


async def run(stage: Stage) -> Values:
    """Give three people 20, 500 and 5,000 rooms (Synapse: one of them 20), and let their phones begin."""
    friend, *people = await stage.people("holder", 4)
    if not stage.is_ours:
        await fill_rooms(stage, [people[0], friend], 20, messages=10)
        first = await _first_screens(stage, people[0], 20)
        return {"first_20_ms": first, "news_20_us": await _news(stage, friend, people[0], 20)}
    counts = (20, stage.size(500, 100), stage.size(5000, 500))
    await _copy_rooms(stage, friend, people, counts)
    cold = await _cold_screens(stage, [friend, *people], people[0], people[2])
    warm = [await _first_screens(stage, one, count) for one, count in zip(people, counts, strict=True)]
    second, grow = await _grow(stage, people[2], counts[2])
    news = [await _news(stage, friend, people[number], counts[number]) for number in (0, 2)]
    return {
        "first_20_ms": warm[0], "first_500_ms": warm[1], "first_5000_ms": warm[2],
        "ratio_500": warm[1] / warm[0], "ratio_5000": warm[2] / warm[0],
        "cold_20_ms": cold[0], "cold_5000_ms": cold[1], "cold_ratio": cold[1] / cold[0],
        "second_5000_ms": second, "grow_us": grow,
        "news_20_us": news[0], "news_5000_us": news[1], "news_ratio": news[1] / news[0],
    }  # fmt: skip


async def _copy_rooms(stage: Stage, friend: Client, people: list[Client], counts: Sequence[int]) -> None:
    """Copy a real room for each; whoever has most gets them first, so that all others' rooms are newer."""
    templates = []
    for one in people:
        templates += await fill_rooms(stage, [one, friend], 1, messages=10)
    for client in [friend, *people]:
        client.close()
    await stage.server.stop()
    for room_id, count in reversed(list(zip(templates, counts, strict=True))):
        with stage.steps(f"copying {count} rooms", count // _STEP + 1) as step:
            await asyncio.to_thread(cloning.clone_room, stage.server.database_file, room_id, count - 1, step)
    await stage.server.start()
    await _until_idle(stage)


async def _until_idle(stage: Stage) -> None:
    """Wait until the server has indexed the copied messages, which would be counted with whatever else it does."""
    spent = stage.server.cpu_seconds()
    for _ in range(_PATIENCE):
        await asyncio.sleep(0.5)
        before, spent = spent, stage.server.cpu_seconds()
        if spent - before < _IDLE_CPU_SECONDS:
            return


async def _first_screens(stage: Stage, client: Client, count: int) -> float:
    """Return the CPU of a first screen whose rooms the server has at hand."""
    await Phone(client).sync()
    repeats = stage.size(100, 20)
    async with stage.costing() as cost:
        for _ in range(repeats):
            answer = await Phone(client).sync()
            assert len(answer["rooms"]) == 20
            assert answer["lists"]["all_rooms"]["count"] == count
    return cost.cpu_ms(repeats)


async def _cold_screens(stage: Stage, everybody: list[Client], few: Client, many: Client) -> list[float]:
    """Return the CPU of the first first screen after a start, for both in turn."""
    spent = [0.0, 0.0]
    repeats = stage.size(8, 3)
    for turn in range(2 * repeats):
        await stage.restart(everybody)
        await _until_idle(stage)
        warm_up = everybody[2]
        await Phone(warm_up).sync()
        before = stage.server.cpu_seconds()
        await Phone((few, many)[turn % 2]).sync()
        spent[turn % 2] += stage.server.cpu_seconds() - before
    return [seconds / repeats * 1000 for seconds in spent]


async def _grow(stage: Stage, client: Client, count: int) -> tuple[float, float]:
    """Return the CPU of the second request, and the CPU a room until the list shows all."""
    await stage.restart([client])
    await _until_idle(stage)
    phone = Phone(client)
    await phone.sync()
    async with stage.costing() as second:
        await phone.sync(last=_STEP - 1)
    async with stage.costing() as rest:
        for last in range(2 * _STEP - 1, count + _STEP, _STEP):
            await phone.sync(last=last)
    return second.cpu_ms(1), rest.cpu_us(count - _STEP)


async def _news(stage: Stage, friend: Client, client: Client, count: int) -> float:
    """Return the CPU of an answer that brings one message to a list that shows all rooms."""
    phone = Phone(client)
    answer = await phone.sync(last=count - 1)
    assert len(answer["rooms"]) == count
    await phone.sync(last=count - 1)
    room_id = next(iter(answer["rooms"]))
    repeats = stage.size(400, 100) if stage.is_ours else stage.size(100, 30)
    spent = 0.0
    for number in range(repeats):
        await friend.send(room_id, f"news {number}")
        before = stage.server.cpu_seconds()
        answer = await phone.sync(last=count - 1, timeout_ms=1000)
        spent += stage.server.cpu_seconds() - before
        assert list(answer["rooms"]) == [room_id]
    return spent / repeats * 1e6
