"""Sixteen people send as fast as they are answered: into one room, and each into a room of their own."""

import time

from bench.client import Client, decode, in_parallel
from bench.measures import Measure, Values, times_less, times_more
from bench.metering import percentile
from bench.stage import Stage

NAME = "sends"
SENDERS = 16
MEASURES = [
    Measure("one_rate", "sends in one room", "/s", times_more(40), more_is_better=True),
    Measure("one_cpu_us", "CPU a send, one room", "us", times_less(40)),
    Measure("one_p99_ms", "answer time p99, one room", "ms"),
    Measure("own_rate", "sends in 16 rooms", "/s", times_more(40), more_is_better=True),
    Measure("own_cpu_us", "CPU a send, 16 rooms", "us", times_less(40)),
    Measure("own_p99_ms", "answer time p99, 16 rooms", "ms"),
]
WITH_PEER = True


async def run(stage: Stage) -> Values:
    """Measure both variants with the same people."""
    people = await stage.people("sender", SENDERS)
    shared = await people[0].create_room(name="Everybody")
    await stage.all_join(shared, people[1:])
    own = [await client.create_room(name="Own") for client in people]
    one = await _flood(stage, "one room", people, [shared] * SENDERS)
    many = await _flood(stage, "16 rooms", people, own)
    return {
        **{f"one_{key}": value for key, value in one.items()},
        **{f"own_{key}": value for key, value in many.items()},
    }


async def _flood(stage: Stage, label: str, people: list[Client], room_ids: list[str]) -> Values:
    each = stage.size(1000, 250) if stage.is_ours else stage.size(25, 12)
    answer_times_ms: list[float] = []

    async def talk(pair: tuple[Client, str]) -> None:
        client, room_id = pair
        await client.send(room_id, "warm")
        for number in range(each):
            request = client.send_request(room_id, f"message {number}")
            begun = time.perf_counter()
            answer = await client.connection.ask(request)
            answer_times_ms.append((time.perf_counter() - begun) * 1000)
            assert decode(answer, "send")["event_id"].startswith("$")
            step()

    with stage.steps(f"sending, {label}", each * SENDERS) as step:
        async with stage.costing() as cost:
            await in_parallel(list(zip(people, room_ids, strict=True)), talk, SENDERS)
    return {
        "rate": each * SENDERS / cost.wall_seconds,
        "cpu_us": cost.cpu_us((each + 1) * SENDERS),
        "p99_ms": percentile(answer_times_ms, 0.99),
    }
