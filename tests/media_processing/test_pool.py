"""The workers: whose turn it is, what happens when one dies, and that none is left over."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest
from PIL import Image

from teahouse.decoding import ThumbnailJob
from teahouse.errors import LimitExceeded, TooLarge
from teahouse.media.processing import BytesSource, Pool, Processing
from tests.media_processing.asking import thumbnail
from tests.media_processing.made import encoded, photo, picture_in

JOB = ThumbnailJob("png", 32, 32, crop=False)


def workers() -> set[int]:
    """Give the ids of this process's running workers."""
    listed = subprocess.run(
        ["ps", "--ppid", str(os.getpid()), "-o", "pid=,stat=,args="],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    return {
        int(line.split()[0])
        for line in listed.splitlines()
        if "teahouse.decoding" in line and not line.split()[1].startswith("Z")
    }


async def test_no_worker_runs_before_one_is_needed_nor_after_the_end() -> None:
    before = workers()
    alone = Processing(Pool(2))
    assert not workers() - before
    await asyncio.gather(
        *(thumbnail(alone, encoded(photo(64, 64, seed), "PNG"), (32, 32)) for seed in range(8))
    )
    assert 1 <= len(workers() - before) <= 2
    await alone.close()
    assert not workers() - before


@pytest.mark.parametrize("is_at_work", [False, True], ids=["resting", "at work"])
async def test_a_worker_that_dies_is_replaced_and_its_work_done_by_the_next(is_at_work: bool) -> None:
    before = workers()
    alone = Processing(Pool(1))
    await thumbnail(alone, picture_in("PNG"), (32, 32))
    (mine,) = workers() - before
    if is_at_work:
        # Stopped before its work comes, it can't have done it when it is ended.
        os.kill(mine, signal.SIGSTOP)
    else:
        os.kill(mine, signal.SIGSEGV)
    asked = [
        asyncio.create_task(thumbnail(alone, encoded(photo(64, 64, seed), "PNG"), (32, 32)))
        for seed in range(3)
    ]
    if is_at_work:
        for _ in range(20):
            await asyncio.sleep(0)
        os.kill(mine, signal.SIGABRT)
        os.kill(mine, signal.SIGCONT)
    assert [made.width for made in await asyncio.gather(*asked)] == [32, 32, 32]
    assert mine not in workers()
    assert len(workers() - before) == 1
    await alone.close()


async def test_a_worker_out_of_memory_ends_and_the_next_file_is_served() -> None:
    alone = Processing(Pool(1))
    await thumbnail(alone, picture_in("PNG"), (32, 32))
    wide = encoded(Image.new("RGB", (8000, 6000)), "WEBP", method=0)
    with pytest.raises(TooLarge):
        await thumbnail(alone, wide, (32, 32))
    assert (await thumbnail(alone, encoded(photo(64, 64), "PNG"), (32, 32))).width == 32
    await alone.close()


async def test_people_take_turns() -> None:
    pool = Pool(1)
    order: list[str] = []

    async def ask(owner: str) -> None:
        await pool.run("picture", JOB, BytesSource(picture_in("PNG")), owner)
        order.append(owner)

    many = [asyncio.create_task(ask("alice")) for _ in range(20)]
    await asyncio.sleep(0)
    await asyncio.gather(ask("bob"), *many)
    assert order.index("bob") <= 2
    await pool.close()


async def test_who_asks_for_too_much_is_told_to_come_again() -> None:
    pool = Pool(1)
    tasks = [
        asyncio.create_task(pool.run("picture", JOB, BytesSource(picture_in("PNG")), "alice"))
        for _ in range(500)
    ]
    await asyncio.sleep(0)
    refused = [task for task in tasks if task.done() and isinstance(task.exception(), LimitExceeded)]
    assert 90 <= len(refused) <= 110
    other = asyncio.create_task(pool.run("picture", JOB, BytesSource(picture_in("PNG")), "bob"))
    assert (await other).__class__.__name__ == "Thumbnail"
    await pool.close()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(not isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)


async def test_a_refused_file_costs_its_limits_once() -> None:
    alone = Processing(Pool(1))
    broken = picture_in("PNG")[:200]
    with pytest.raises(Exception, match="can't be decoded"):
        await thumbnail(alone, broken, (96, 96))
    await alone.close()
    # The pool is gone, so a second look would be told to come again.
    with pytest.raises(Exception, match="can't be decoded"):
        await thumbnail(alone, broken, (32, 32))


def test_the_server_itself_imports_no_decoder() -> None:
    script = "import sys, teahouse.app, teahouse.media.processing; print({'PIL', 'av'} & sys.modules.keys())"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "set()"


async def test_kinds_in_turn_keep_their_workers() -> None:
    before = workers()
    alone = Processing(Pool(1))
    seen = set()
    for seed in range(3):
        for format in ("PNG", "HEIF"):
            await thumbnail(alone, encoded(photo(64, 64, seed), format), (32, 32))
        seen |= workers() - before
    assert len(seen) == 2
    await alone.close()
