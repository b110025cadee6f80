"""A page far down a home: however it is looked for, it is what merging the authors' posts gives."""

from __future__ import annotations

from pathlib import Path

from teahouse.kernel.storage import Tx
from teahouse.microblog.entities.forms import LARGEST_ID
from teahouse.microblog.paging import Span
from teahouse.microblog.posts.records import Parts, StatusRow
from teahouse.microblog.posts.store_statuses import insert_rows
from teahouse.microblog.timelines import store_timelines as store
from teahouse.microblog.timelines.store_timelines import Entry
from teahouse.microblog.timelines.windows import WINDOW, Window
from tests.kernel.databases import fresh_database, opened

READER, PAGE = 1, 20
POSTS = range(1, 601)


def author(number: int) -> int:
    """Six people post in turns; the reader follows those with even numbers. One posts only at first."""
    return 10 if number < 40 else 2 + number * 7 % 6


def post(number: int) -> StatusRow:
    """Each eleventh post is for those whom it mentions."""
    return StatusRow(
        id=number * 1000, account_id=author(number), visibility=3 if number % 11 == 0 else 0, listed=1, reblog_of=None,
        reblog_via=None, in_reply_to=None, in_reply_to_account=None, root_id=number * 1000, quote_of=None,
        quote_root=None, quote_state=None, quote_policy=0, reply_policy=0, text="", html="", spoiler="", sensitive=0,
        language=None, parts=Parts(), poll_id=None, application=None, created_ts=0, edited_ts=None,
    )  # fmt: skip


HOME = [number * 1000 for number in POSTS if author(number) % 2 == 0 and number % 11]


async def test_a_guess_at_the_reach_changes_no_page(tmp_path: Path) -> None:
    follows = [(READER, target, target, 1, 0, 1) for target in (2, 4, 6, 10)]

    async def filled(tx: Tx) -> None:
        await tx.execute_many(
            "INSERT INTO follows (follower_id, target_id, id, reblogs, notify, in_home) VALUES (?, ?, ?, ?, ?, ?)",
            follows,
        )
        await insert_rows(tx, [post(number) for number in POSTS])

    async with fresh_database(tmp_path) as url, opened(url) as database:
        await database.write(filled)

        async def page(span: Span, reach: int) -> list[int]:
            async def job(tx: Tx) -> list[Entry]:
                owners = (READER, READER)
                return await store.of_authors(tx, database.dialect, "home", owners, span, PAGE, reach)

            return [entry.id for entry in await database.read(job)]

        for reach in (0, 1, 15_000, 200_000, 10**9):
            for at in (5_000, 60_500, 300_000, 599_000):
                below, above = (
                    [one for one in HOME if one < at][::-1],
                    [one for one in HOME if one > at],
                )
                assert await page(Span(at, 0, False, PAGE), reach) == below[:PAGE]
                assert await page(Span(LARGEST_ID, at, True, PAGE), reach) == above[:PAGE]


def test_a_window_guesses_as_generously_as_it_is_dense() -> None:
    entries = [Entry(number * 1000, 1, None, None) for number in range(WINDOW, 0, -1)]
    assert Window(entries, 1000).reach(40) == 2 * 40 * 399_000 // WINDOW
    assert Window(entries, 0).reach(40) == 0
    assert Window(entries[:10], entries[9].id).reach(40) == 0
