"""PostgreSQL's bad days: it goes away or falls silent in any phase of a write or a read (G3, G11)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from teahouse.errors import TeahouseError, Unavailable
from teahouse.kernel.storage import Database, Tx, open_database
from teahouse.kernel.stream import Fact
from tests.kernel.databases import fresh_database, names, opened, put
from tests.kernel.tcp_proxy import wire_to
from tests.server_process import CLUSTER

pytestmark = pytest.mark.skipif(CLUSTER is None, reason="it is about PostgreSQL")

ANSWER_S = 5.0


def at(statement: bytes, verdict: str) -> Callable[[bytes], str | None]:
    """Make a watch that gives `verdict` when the statement passes."""
    return lambda data: verdict if statement in data else None


async def put_once(tx: Tx, name: str) -> str:
    """Do what a client's retry with the same transaction id does."""
    if await tx.fetch_value("SELECT name FROM server_settings WHERE name = ?", name) is None:
        await put(tx, name)
        tx.announce(Fact(tx.next_position(), "test"))
        return "made"
    return "was there"


async def test_a_commit_whose_answer_is_lost_is_no_success_and_a_retry_finds_it(database_url: str) -> None:
    async with wire_to(database_url) as (url, wire), opened(url) as database:
        position = database.doorbell.position
        wire.watch = at(b"COMMIT\0", "cut after")
        with pytest.raises(Unavailable):
            await database.write(lambda tx: put_once(tx, "in doubt"))
        assert await database.write(lambda tx: put_once(tx, "in doubt")) == "was there"
        assert database.doorbell.position == position + 1, "listeners hear of it all the same"
        assert await database.write(lambda tx: put_once(tx, "next")) == "made"
        assert database.doorbell.position == position + 2


@pytest.mark.parametrize("statement", [b"FOR UPDATE", b"SAVEPOINT job", b"COMMIT\0"])
async def test_a_connection_lost_before_the_commit_keeps_nothing(database_url: str, statement: bytes) -> None:
    async with wire_to(database_url) as (url, wire), opened(url) as database:
        # The first write, since later ones send only the names of prepared statements.
        position = database.doorbell.position
        wire.watch = at(statement, "cut")
        with pytest.raises(Unavailable):
            await database.write(lambda tx: put_once(tx, "lost"))
        assert await names(database) == []
        assert await database.write(lambda tx: put_once(tx, "after")) == "made"
        assert database.doorbell.position == position + 1


async def test_a_silent_server_is_answered_for_in_time_and_used_again(tmp_path: Path) -> None:
    phases = (b"", b"FOR UPDATE", b"SAVEPOINT job", b"COMMIT\0")
    await asyncio.gather(*(fall_silent_at(statement, tmp_path) for statement in phases))


async def fall_silent_at(statement: bytes, folder: Path) -> None:
    """Freeze the wire when the statement passes, watch writes and reads, thaw it, watch them again."""
    async with fresh_database(folder) as plain, wire_to(plain) as (url, wire), opened(url) as database:
        await names(database)
        wire.watch = at(statement, "freeze")
        first = asyncio.create_task(timed_write(database, "first"))
        await asyncio.sleep(0.5)
        second = asyncio.create_task(timed_write(database, "second"))
        started = time.monotonic()
        with pytest.raises(Unavailable):
            await names(database)
        assert time.monotonic() - started < ANSWER_S
        for task in (first, second):
            outcome, seconds = await task
            assert outcome == "unavailable"
            assert seconds < ANSWER_S
        wire.thaw()
        back = time.monotonic()
        while (await timed_write(database, "first"))[0] == "unavailable":
            assert time.monotonic() - back < ANSWER_S
        assert "first" in await names(database)


async def timed_write(database: Database, name: str) -> tuple[str, float]:
    """Give the outcome of a write and how long its answer took."""
    started = time.monotonic()
    try:
        return await database.write(lambda tx: put_once(tx, name)), time.monotonic() - started
    except Unavailable:
        return "unavailable", time.monotonic() - started


async def test_a_failed_statement_that_a_job_swallows_is_no_success(database: Database) -> None:
    async def swallow(tx: Tx) -> str:
        await put(tx, "half done")
        try:
            await tx.execute("NOT A STATEMENT")
        except Exception:
            return "done"
        return "unreachable"

    with pytest.raises(Exception, match=r".") as refusal:
        await database.write(swallow)
    assert not isinstance(refusal.value, TeahouseError)
    assert await names(database) == []
    await database.write(lambda tx: put(tx, "goes on"))
    assert await names(database) == ["goes on"]


async def test_a_full_disk_of_the_database_is_told_as_such_and_passes(database: Database) -> None:
    async def meet_a_full_disk(tx: Tx) -> None:
        await put(tx, "half done")
        await tx.execute("DO $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END $$")

    with pytest.raises(Unavailable) as refusal:
        await database.write(meet_a_full_disk)
    assert refusal.value.status == 507
    assert await names(database) == []
    await database.write(lambda tx: put(tx, "room again"))
    assert await names(database) == ["room again"]


async def test_connections_that_the_server_ended_are_replaced(database: Database, database_url: str) -> None:
    await asyncio.gather(*(names(database) for _ in range(8)))

    async def end_all(tx: Tx) -> None:
        await tx.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid()"
        )

    async with opened(database_url) as other:
        await other.run_alone(end_all)
    assert await asyncio.gather(*(names(database) for _ in range(8))) == [[]] * 8
    await database.write(lambda tx: put(tx, "back"))
    assert await names(database) == ["back"], "without a single refusal: nothing was under way"


async def test_a_server_that_is_not_there_is_a_plain_sentence() -> None:
    with pytest.raises(Unavailable, match="Can't reach PostgreSQL"):
        await open_database("postgresql://nobody:nothing@127.0.0.1:1/none")


async def test_commits_wait_for_the_disk_whatever_the_cluster_says(database: Database) -> None:
    async def job(tx: Tx) -> str:
        value: str = await tx.fetch_value("SHOW synchronous_commit")
        return value

    assert await database.write(job) == "on"


async def test_a_reader_who_leaves_harms_nobody(database: Database) -> None:
    async def slow(tx: Tx) -> None:
        await tx.fetch_value("SELECT pg_sleep(2)")

    readers = [asyncio.create_task(database.read(slow)) for _ in range(12)]
    await asyncio.sleep(0.2)
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    started = time.monotonic()
    assert await asyncio.gather(*(names(database) for _ in range(12))) == [[]] * 12
    assert time.monotonic() - started < ANSWER_S
