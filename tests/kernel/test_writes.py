"""What a write promises, on both databases: all or nothing, in order, told only once it is kept (G1, G3, G5)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from teahouse.errors import Conflict, Unavailable
from teahouse.kernel.storage import Database, Tx, writes
from teahouse.kernel.stream import Fact
from tests.actors import eventually
from tests.kernel.databases import names, opened, put, stored_position


async def test_positions_are_handed_out_in_order_and_a_failed_job_leaves_no_hole(database: Database) -> None:
    heard: list[int] = []
    database.doorbell.listen(lambda facts: heard.extend(fact.position for fact in facts))
    first = database.doorbell.position

    async def write(number: int) -> int | None:
        async def job(tx: Tx) -> int:
            position = tx.next_position()
            tx.announce(Fact(position, "test"))
            await put(tx, f"job {number:03}", str(position))
            if number % 3 == 0:
                raise Conflict("this one fails")
            return position

        try:
            return await database.write(job)
        except Conflict:
            return None

    given = [position for position in await asyncio.gather(*map(write, range(300))) if position is not None]
    assert given == list(range(first + 1, first + 201)), "one position each, in the order of asking"
    assert heard == given, "facts of exactly what was committed, in order"
    assert len(await names(database)) == 200
    assert await stored_position(database) == database.doorbell.position == given[-1]


async def test_what_is_committed_is_counted_with_how_long_it_waited(database: Database) -> None:
    async def fails(tx: Tx) -> None:
        raise Conflict("this one fails")

    async def job(tx: Tx) -> None:
        await put(tx, "kept")

    before = dict(database.writes.waits.buckets())
    with pytest.raises(Conflict):
        await database.write(fails)
    assert dict(database.writes.waits.buckets()) == before
    waited = database.writes.waits.seconds
    await database.write(job)
    after = dict(database.writes.waits.buckets())
    assert after["+Inf"] == before["+Inf"] + 1
    assert database.writes.waits.seconds > waited


async def test_whoever_hears_of_a_commit_finds_it_in_the_database(database: Database) -> None:
    found: list[asyncio.Task[list[str]]] = []

    def hear(facts: Sequence[Fact]) -> None:
        found.append(asyncio.create_task(names(database)))

    async def job(tx: Tx) -> None:
        await put(tx, "news")
        tx.announce(Fact(tx.next_position(), "test"))

    database.doorbell.listen(hear)
    await database.write(job)
    assert [await task for task in found] == [["news"]]


async def test_writers_who_go_on_as_soon_as_they_are_answered_share_their_commits(database: Database) -> None:
    commits: list[int] = []
    database.doorbell.listen(lambda facts: commits.append(len(facts)))

    async def job(tx: Tx) -> None:
        tx.announce(Fact(tx.next_position(), "test"))

    async def writer(number: int) -> None:
        for _ in range(20):
            await database.write(job)
            for _ in range(3 * number):  # As requests come in, one after the other.
                await asyncio.sleep(0)

    await asyncio.gather(*map(writer, range(1, 9)))
    assert sum(commits) == 160
    assert len(commits) < 30, "eight at a time, but for those whom a busy machine kept"


async def test_what_waits_for_the_end_of_a_batch_is_written_once_whichever_jobs_fail(
    database: Database,
) -> None:
    written: list[list[str]] = []
    kept: list[str] = []

    async def write(name: str) -> None:
        async def job(tx: Tx) -> None:
            async def last() -> None:
                written.append(list(kept))
                await put(tx, "-".join(kept))

            tx.before_commit("test", last)
            kept.append(name)
            tx.on_rollback(lambda: kept.remove(name))
            if name == "b":
                raise Conflict("this one fails")

        await database.write(job)

    outcomes = await asyncio.gather(*map(write, "abc"), return_exceptions=True)
    assert [isinstance(outcome, Conflict) for outcome in outcomes] == [False, True, False]
    assert written == [["a", "c"]]
    assert await names(database) == ["a-c"]


async def test_a_statement_that_fails_fails_its_own_writer_only(database: Database) -> None:
    async def too_large(tx: Tx) -> None:
        await put(tx, "half done")
        await tx.execute("UPDATE stream_position SET position = ? WHERE position < 0", 10**30)

    async def taken(tx: Tx) -> None:
        await put(tx, "taken")
        await put(tx, "taken")

    async def not_sql(tx: Tx) -> None:
        await put(tx, "also half done")
        await tx.execute("NOT A STATEMENT")

    bad = [database.write(job) for job in (too_large, taken, not_sql)]
    good = [database.write(lambda tx, n=n: put(tx, f"good {n}")) for n in range(3)]  # type: ignore[misc]
    outcomes = await asyncio.gather(*(job for pair in zip(bad, good, strict=True) for job in pair),
                                    return_exceptions=True)  # fmt: skip
    assert [isinstance(outcome, Exception) for outcome in outcomes] == [True, False] * 3
    assert not any(isinstance(outcome, Unavailable) for outcome in outcomes)
    assert await names(database) == ["good 0", "good 1", "good 2"]


async def test_a_job_that_checks_first_and_refuses_leaves_no_trace(database: Database) -> None:
    first = database.doorbell.position

    async def refused(tx: Tx) -> None:
        tx.next_position()
        raise Conflict("refused before anything was written")

    async def kept(tx: Tx) -> int:
        await put(tx, "kept")
        return tx.next_position()

    outcomes = await asyncio.gather(
        database.write(refused, checks_first=True),
        database.write(kept, checks_first=True),
        return_exceptions=True,
    )
    assert isinstance(outcomes[0], Conflict)
    assert outcomes[1] == first + 1, "the position of the refused one is not lost"
    assert await names(database) == ["kept"]


async def test_a_job_that_breaks_its_promise_to_check_first_fails_alone_and_leaves_nothing(
    database: Database,
) -> None:
    async def half_done(tx: Tx) -> None:
        await put(tx, "half done")
        raise Conflict("too late")

    async def bad_statement(tx: Tx) -> None:
        await tx.execute("NOT A STATEMENT")

    promised = [database.write(lambda tx, n=n: put(tx, f"good {n}"), checks_first=True) for n in range(3)]  # type: ignore[misc]
    broken = [database.write(job, checks_first=True) for job in (half_done, bad_statement)]
    ordinary = database.write(lambda tx: put(tx, "ordinary"))
    outcomes = await asyncio.gather(*promised, *broken, ordinary, return_exceptions=True)
    assert [isinstance(outcome, Exception) for outcome in outcomes] == [False] * 3 + [True] * 2 + [False]
    assert isinstance(outcomes[3], Conflict), "its own error, as if it had promised nothing"
    assert not isinstance(outcomes[4], Unavailable)
    assert await names(database) == ["good 0", "good 1", "good 2", "ordinary"]


async def test_a_caller_who_leaves_before_his_turn_withdraws_his_write(database: Database) -> None:
    first = asyncio.create_task(database.write(lambda tx: put(tx, "first")))
    gone = asyncio.create_task(database.write(lambda tx: put(tx, "gone")))
    await asyncio.sleep(0)
    gone.cancel()
    await first
    await database.write(lambda tx: put(tx, "last"))
    assert "first" in await names(database)
    assert gone.cancelled()
    assert await names(database) in (["first", "last"], ["first", "gone", "last"])


async def test_memory_that_stumbles_over_a_commit_does_not_deny_it(database: Database) -> None:
    resets: list[str] = []
    database.on_reset(lambda: resets.append("reset"))

    async def job(tx: Tx) -> str:
        tx.after_commit([].pop)
        await put(tx, "kept")
        return "kept"

    assert await database.write(job) == "kept"
    assert await names(database) == ["kept"]
    assert resets, "memory that may be wrong must be forgotten"


async def test_a_cache_that_can_not_be_emptied_keeps_no_other_from_it(database: Database) -> None:
    resets: list[str] = []
    database.on_reset([].pop)
    database.on_reset(lambda: resets.append("reset"))
    database.reset_caches()
    assert resets == ["reset"]


async def test_what_another_process_wrote_is_noticed_and_never_overwritten(
    database: Database, database_url: str
) -> None:
    facts: list[Fact] = []
    resets: list[str] = []
    database.doorbell.listen(facts.extend)
    database.on_reset(lambda: resets.append("reset"))

    async def job(tx: Tx) -> int:
        return tx.next_position()

    async with opened(database_url) as other:
        theirs = await other.write(job)
        await eventually(lambda: database.doorbell.position >= theirs, "the other process's write")
        assert [fact.kind for fact in facts] == ["foreign"]
        assert resets
        theirs = await other.write(job)
        assert await database.write(job) == theirs + 1, "also without having heard of it before"
        assert await other.write(job) == theirs + 2


async def test_closing_finishes_what_waits_and_refuses_what_comes_later(
    database: Database, database_url: str
) -> None:
    waiting = [asyncio.create_task(database.write(lambda tx, n=n: put(tx, f"{n:03}"))) for n in range(300)]  # type: ignore[misc]
    await asyncio.sleep(0)
    await database.close()
    await asyncio.gather(*waiting)
    with pytest.raises(Unavailable):
        await database.write(lambda tx: put(tx, "late"))
    async with opened(database_url) as again:
        assert len(await names(again)) == 300


async def test_more_writes_than_the_server_can_take_are_refused_at_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writes, "MOST_WAITING", 10)
    outcomes = await asyncio.gather(
        *(database.write(lambda tx, n=n: put(tx, f"{n:03}")) for n in range(50)),  # type: ignore[misc]
        return_exceptions=True,
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, Unavailable)]
    assert refused
    assert all(error.retry_after_ms > 0 for error in refused)
    assert len(await names(database)) == 50 - len(refused)


async def test_a_write_that_waited_too_long_is_answered_and_not_done(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = writes.WriteQueue()
    monkeypatch.setattr(writes, "PATIENCE_S", -1.0)
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    queue.put(writes.WriteJob(lambda tx: put(tx, "late"), future))
    queue.give_up_late(running_too=False)
    with pytest.raises(Unavailable):
        await future
    queue.close()
    assert await queue.take() == [], "the writer must not meet it"


async def test_a_job_may_wait_for_nothing_but_its_transaction(database: Database) -> None:
    if database.dialect != "sqlite":
        pytest.skip("on PostgreSQL jobs really wait")

    async def job(tx: Tx) -> None:
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="may await only"):
        await database.write(job)
    await database.write(lambda tx: put(tx, "goes on"))
    assert await names(database) == ["goes on"]
