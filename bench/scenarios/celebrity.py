"""The microblog of a city: five million posts, an author with a million followers, and people who follow thousands."""

from bench.blog import paths
from bench.blog.asking import Asking
from bench.blog.databases import count_rows
from bench.blog.filling import FOLLOWED, City, city, fill, steps
from bench.blog.keeping import Kept
from bench.blog.live import live
from bench.blog.viral import viral
from bench.measures import Measure, Values, at_least, at_most
from bench.metering import percentile
from bench.stage import Stage

NAME = "celebrity"
_BOUNDS = dict(zip(FOLLOWED, (10, 20, 60), strict=True))
MEASURES = [
    Measure("post_few_ms", "a post to 10 followers, median", "ms"),
    Measure("post_many_ms", "a post to 1,000,000 followers, median", "ms", at_most(50)),
    Measure("post_cpu_ms", "CPU: the same", "ms"),
    Measure("post_cpu_ratio", "CPU, many to few", "times", at_most(1.3)),
    Measure("rows_a_post", "rows of statuses for a post", "", at_most(1)),
    Measure("listeners", "followers who listen, half of them by WebSocket", "", at_least(1000)),
    Measure("live_post_ms", "a post while they listen, median", "ms", at_most(50)),
    Measure("live_ms", "until the last of them has it, median", "ms", at_most(1000)),
    Measure("live_worst_ms", "the same, worst", "ms", at_most(1000)),
    Measure("bare_p95_ms", "an answer to nothing (/health), p95", "ms"),
    *(
        measure
        for count in FOLLOWED
        for measure in (
            Measure(
                f"home_{count}_cpu_ms", f"CPU: home of 40, {count:,} followed", "ms", at_most(_BOUNDS[count])
            ),
            Measure(f"home_{count}_p95_ms", "the same until it is answered, p95", "ms"),
            Measure(
                f"quiet_{count}_cpu_ms",
                "CPU: the same, the followed are quiet",
                "ms",
                at_most(_BOUNDS[count]),
            ),
            Measure(f"old_{count}_cpu_ms", "CPU: the same, an old page", "ms", at_most(_BOUNDS[count])),
            Measure(f"cold_{count}_ms", "the first one after a start", "ms"),
        )
    ),
    Measure("viral_wrong", "2,500 likes and reposts a minute: wrong counts", "", at_most(0)),
    Measure("viral_stale_ms", "the same: how stale they ever were", "ms", at_most(1000)),
    Measure("viral_act_p95_ms", "the same: a like or a repost, p95", "ms"),
    Measure("viral_act_worst_ms", "the same: the slowest", "ms"),
    Measure("viral_lock_waits", "the same: waits for a lock of PostgreSQL over 50 ms", "", at_most(0)),
    Measure("viral_queue_ms", "the same: waiting for the writer, mean", "ms"),
    Measure("viral_queue_over", "the same: writes that waited for it over 50 ms", ""),
    Measure("viral_together", "the same: acts that share a write, mean", ""),
    *paths.MEASURES,
    Measure("resident_mib", "memory of the server, the most it ever had", "MiB", at_most(350)),
]
WITH_PEER = False
ON_POSTGRES = True
PAGES = 100
_DAY_MS = 24 * 3_600_000


async def run(stage: Stage) -> Values:
    """Fill the database while the server is stopped, or take a filled one, then measure."""
    plan = city(20_000, stage.size(5_000_000, 300_000), stage.size(1_000_000, 50_000))
    kept = Kept(stage.kept, stage.server, plan.posts)
    await stage.server.stop()
    with stage.steps("filling the database", steps(plan)) as step:
        before = await kept.take()
        if before is None:
            await fill(stage.server.database, plan, step)
            await kept.give(plan)
    await stage.server.start()
    return await measure(stage, before or plan)


async def measure(stage: Stage, plan: City) -> Values:
    """Measure on a city that is there."""
    asking = Asking(stage, plan)
    try:
        values = await _reading(stage, plan, asking)
        values |= await _posting(stage, plan, asking)
        values |= await paths.paths(stage, plan, asking)
        values |= await live(stage, plan, asking)
        values |= await viral(stage, plan, asking)
    finally:
        asking.close()
    values["resident_mib"] = stage.server.most_resident_bytes() / 2**20
    return values


async def _reading(stage: Stage, plan: City, asking: Asking) -> dict[str, float]:
    """Read homes again and again, as people do who look for what is new, and leaf through old ones."""
    count = stage.size(PAGES, 20)
    values = {"bare_p95_ms": percentile([await asking.nothing() for _ in range(count)], 0.95)}
    with stage.steps("reading homes", 3 * len(FOLLOWED)) as step:
        for number, followed in enumerate(FOLLOWED):
            lively, quiet = (plan.reader(number, quiet=quiet) for quiet in (False, True))
            home, old = "/v1/timelines/home?limit=40", (plan.newest_ms - 60 * _DAY_MS) << 16
            for who, key in ((lively, "home"), (quiet, "quiet")):
                await asking.ask(who, "GET", "/v1/accounts/verify_credentials")
                first, cold = await asking.ask(who, "GET", home)
                assert len(first) == 40
                p95, cpu, _ = await asking.cost([(who, "GET", home, None)] * (count + 15), warm=15)
                values[f"{key}_{followed}_cpu_ms"] = cpu
                if key == "home":
                    values[f"home_{followed}_p95_ms"], values[f"cold_{followed}_ms"] = p95, cold
                step()
            pages = [
                (lively, "GET", f"{home}&max_id={old - (page << 40)}", None) for page in range(count + 15)
            ]
            _, values[f"old_{followed}_cpu_ms"], _ = await asking.cost(pages, warm=15)
            step()
    return values


async def _posting(stage: Stage, plan: City, asking: Asking) -> dict[str, float]:
    """Let both post in turn, so that both meet the same machine."""
    count = stage.size(100, 20)
    spent: dict[int, list[float]] = {plan.beginner: [], plan.celebrity: []}
    cpu: dict[int, float] = dict.fromkeys(spent, 0.0)
    before = await count_rows(stage.server.database, "statuses")
    with stage.steps("posting", count) as step:
        for number in range(count):
            for who in (plan.beginner, plan.celebrity):
                async with stage.costing() as cost:
                    spent[who].append(await asking.post(who, f"post number {number} #tea"))
                cpu[who] += cost.cpu_seconds
            step()
    made = await count_rows(stage.server.database, "statuses") - before
    return {
        "post_few_ms": percentile(spent[plan.beginner], 0.5),
        "post_many_ms": percentile(spent[plan.celebrity], 0.5),
        "post_cpu_ms": cpu[plan.celebrity] * 1000 / count,
        "post_cpu_ratio": cpu[plan.celebrity] / cpu[plan.beginner],
        "rows_a_post": made / (2 * count),
    }
