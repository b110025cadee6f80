"""The microblog at its edges: an author with a million followers posts, and people who follow many read their homes."""

import time
from typing import Any

import orjson

from bench.client import Client
from bench.crowded_blog import add_authors, add_follows, add_posts, open_fast
from bench.measures import Measure, Values, at_most
from bench.metering import percentile
from bench.stage import Stage
from bench.wire import encode_request

NAME = "celebrity"
MEASURES = [
    Measure("post_few_ms", "a post to 10 followers, median", "ms"),
    Measure("post_many_ms", "a post to 1,000,000 followers, median", "ms", at_most(50)),
    Measure("post_ratio", "many to few", "times", at_most(1.3)),
    Measure("rows_a_post", "rows of statuses for a post", "", at_most(1)),
    Measure("home_300_p95_ms", "home of 40, 300 followed, p95", "ms", at_most(10)),
    Measure("home_1000_p95_ms", "home of 40, 1,000 followed, p95", "ms", at_most(20)),
    Measure("home_5000_p95_ms", "home of 40, 5,000 followed, p95", "ms", at_most(60)),
    Measure("home_300_cpu_ms", "CPU of one such page, 300 followed", "ms"),
    Measure("home_1000_cpu_ms", "CPU of one such page, 1,000 followed", "ms"),
    Measure("home_5000_cpu_ms", "CPU of one such page, 5,000 followed", "ms"),
    Measure("home_old_p95_ms", "the same, an old page, p95", "ms", at_most(60)),
    Measure("resident_mib", "memory of the server", "MiB", at_most(350)),
]
WITH_PEER = False
FOLLOWED = (300, 1000, 5000)
PAGES = 100


async def run(stage: Stage) -> Values:
    """Fill the database while the server is stopped, then post and read."""
    people = await stage.people("blogger", 2 + len(FOLLOWED))
    ids = [await _account(client) for client in people]
    authors, posts = stage.size(5000, 5000), stage.size(2_000_000, 100_000)
    crowd = stage.size(1_000_000, 50_000)
    await stage.server.stop()
    with stage.steps("filling the database", 4) as step:
        connection = open_fast(stage.server.database_file)
        with connection:
            add_authors(connection, authors)
            step()
            add_posts(connection, posts, authors)
            step()
            add_follows(connection, (10**12, crowd), ids[1], 1)
            add_follows(connection, (10**13, 10), ids[0], 1)
            step()
            for account_id, count in zip(ids[2:], FOLLOWED, strict=True):
                add_follows(connection, (account_id, count), None, authors // count)
            step()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
    for client in people:
        client.close()
    await stage.server.start()
    people = [client.on_own_connection() for client in people]
    values = await _posting(stage, people[0], people[1])
    for client, count in zip(people[2:], FOLLOWED, strict=True):
        await _reading(stage, client, "", 5)
        async with stage.costing() as cost:
            values[f"home_{count}_p95_ms"] = await _reading(stage, client, "", PAGES)
        values[f"home_{count}_cpu_ms"] = cost.cpu_ms(PAGES)
    values["home_old_p95_ms"] = await _reading(stage, people[-1], f"&max_id={_old_id()}", PAGES)
    values["resident_mib"] = stage.server.resident_bytes() / 2**20
    return values


async def _account(client: Client) -> int:
    return int((await client.call("GET", "/api/v1/accounts/verify_credentials"))["id"])


def _old_id() -> int:
    return (int(time.time() * 1000) - 40 * 24 * 3_600_000) << 16


async def _posting(stage: Stage, few: Client, many: Client) -> dict[str, float]:
    """Let both post in turn, so that both meet the same machine."""
    spent: dict[Client, list[float]] = {few: [], many: []}
    count = stage.size(100, 20)
    connection = open_fast(stage.server.database_file)
    before = _rows(connection)
    with stage.steps("posting", count) as step:
        for number in range(count):
            for client in (few, many):
                begun = time.perf_counter()
                await client.call("POST", "/api/v1/statuses", {"status": f"post number {number} #tea"})
                spent[client].append((time.perf_counter() - begun) * 1000)
            step()
    made = _rows(connection) - before
    connection.close()
    few_ms, many_ms = percentile(spent[few], 0.5), percentile(spent[many], 0.5)
    return {
        "post_few_ms": few_ms,
        "post_many_ms": many_ms,
        "post_ratio": many_ms / few_ms,
        "rows_a_post": made / (2 * count),
    }


def _rows(connection: Any) -> int:
    return int(connection.execute("SELECT COUNT(*) FROM statuses").fetchone()[0])


async def _reading(stage: Stage, client: Client, more: str, count: int) -> float:
    """Read a home page again and again; give the time that 95 of 100 stay under."""
    spent = []
    for _ in range(count):
        begun = time.perf_counter()
        path = f"/api/v1/timelines/home?limit=40{more}"
        answer = await client.connection.ask(encode_request("GET", path, client.address, client.token, None))
        spent.append((time.perf_counter() - begun) * 1000)
        assert answer.status == 200
        assert len(orjson.loads(answer.body)) == 40
    return percentile(spent, 0.95)
