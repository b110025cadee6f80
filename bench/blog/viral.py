"""A post that goes round: 2,000 likes and 500 reposts in a minute, by as many people, while its counts are watched."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from bench.blog.asking import Asking
from bench.blog.filling import City
from bench.client import Client
from bench.metering import percentile
from bench.stage import Stage
from bench.wire import encode_request

LIKES, REPOSTS, SECONDS = 2000, 500, 60
LOOK_EVERY_S = 0.25
LONGEST_WAIT_MS = 50


async def viral(stage: Stage, plan: City, asking: Asking) -> dict[str, float]:
    """Give whether the counts were right, how stale they ever were, and how long anybody waited."""
    share = stage.size(1, 10)
    likes, reposts = LIKES // share, REPOSTS // share
    posted, _ = await asking.ask(plan.celebrity, "POST", "/v1/statuses", {"status": "this goes round"})
    number, spent = posted["id"], []

    async def read(place: int) -> None:
        await asking.ask(plan.followers + place, "GET", f"/v1/statuses/{number}")

    # Who likes a post has read it: sessions and accounts are known by then, as they are in the evening of a day.
    await stage.each("people read it", range(likes + reposts), read, 8)
    done: dict[str, list[float]] = {"favourite": [], "reblog": []}
    acts = ["reblog" if one % 5 == 0 else "favourite" for one in range(likes + reposts)]
    begun = time.perf_counter()

    async def act(place: int, verb: str, step: Callable[[], None]) -> None:
        await asyncio.sleep(max(0.0, begun + place * SECONDS / share / len(acts) - time.perf_counter()))
        _, ms = await asking.ask(plan.followers + place, "POST", f"/v1/statuses/{number}/{verb}")
        done[verb].append(time.perf_counter())
        spent.append(ms)
        step()

    stale: list[float] = []
    before = await queue_waits(stage)
    async with _watched_locks(stage) as waits:
        with stage.steps("likes and reposts", len(acts)) as step:
            watching = asyncio.create_task(_watch(plan, asking, number, done, stale))
            await asyncio.gather(*(act(place, verb, step) for place, verb in enumerate(acts)))
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
    queued = await queue_waits(stage) - before
    seen, _ = await asking.ask(plan.beginner, "GET", f"/v1/statuses/{number}")
    values = {
        "viral_wrong": abs(seen["favourites_count"] - likes) + abs(seen["reblogs_count"] - reposts),
        "viral_stale_ms": max(stale, default=0.0),
        "viral_act_p95_ms": percentile(spent, 0.95),
        "viral_act_worst_ms": max(spent),
        "viral_queue_ms": queued.mean_ms,
        "viral_queue_over": queued.over_50_ms,
        "viral_together": len(acts) / max(queued.writes, 1),
    }
    if stage.server.database_url is not None:
        values["viral_lock_waits"] = len(waits)
    return values


@dataclass(frozen=True, slots=True)
class QueueWaits:
    """How long committed writes had waited for the writer's batch to begin, as the server's own figures tell."""

    writes: float
    seconds: float
    within_50_ms: float

    def __sub__(self, before: "QueueWaits") -> "QueueWaits":
        return QueueWaits(
            self.writes - before.writes,
            self.seconds - before.seconds,
            self.within_50_ms - before.within_50_ms,
        )

    @property
    def mean_ms(self) -> float:
        """The mean of a write's wait."""
        return self.seconds * 1000 / max(self.writes, 1)

    @property
    def over_50_ms(self) -> float:
        """How many waited longer than what is asked of locks."""
        return self.writes - self.within_50_ms


async def queue_waits(stage: Stage) -> QueueWaits:
    """Ask the server how long writes waited, since it started."""
    address = stage.server.address
    asked = Client(address)
    try:
        answer = await asked.connection.ask(encode_request("GET", "/metrics", address, None, None))
    finally:
        asked.close()
    lines = [line.rsplit(" ", 1) for line in answer.body.decode().splitlines() if not line.startswith("#")]
    figures = {name.removeprefix("teahouse_write_wait_seconds"): value for name, value in lines}
    return QueueWaits(*(float(figures[name]) for name in ("_count", "_sum", '_bucket{le="0.05"}')))


async def _watch(
    plan: City, asking: Asking, number: str, done: dict[str, list[float]], stale: list[float]
) -> None:
    """Look at the counts again and again: each act that was answered before must be in them."""
    while True:
        answered = {verb: len(moments) for verb, moments in done.items()}
        asked = time.perf_counter()
        seen, _ = await asking.ask(plan.beginner, "GET", f"/v1/statuses/{number}")
        for verb, count in (("favourite", seen["favourites_count"]), ("reblog", seen["reblogs_count"])):
            if count < answered[verb]:
                stale.append((asked - done[verb][count]) * 1000)
        await asyncio.sleep(LOOK_EVERY_S)


@asynccontextmanager
async def _watched_locks(stage: Stage) -> AsyncIterator[set[tuple[int, object]]]:
    """Note every lock that somebody waits for longer than LONGEST_WAIT_MS; SQLite has one writer and nobody waits."""
    found: set[tuple[int, object]] = set()
    if stage.server.database_url is None:
        yield found
        return
    connection = await asyncpg.connect(stage.server.database_url)

    async def look() -> None:
        while True:
            for row in await connection.fetch(
                "SELECT pid, waitstart FROM pg_locks WHERE NOT granted "
                f"AND waitstart < clock_timestamp() - interval '{LONGEST_WAIT_MS} milliseconds'"
            ):
                found.add((row[0], row[1]))
            await asyncio.sleep(0.01)

    looking = asyncio.create_task(look())
    yield found
    looking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await looking
    connection.terminate()
