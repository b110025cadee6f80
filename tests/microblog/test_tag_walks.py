"""Timelines of tags that must be compared with each other are walked piece by piece, and miss nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

import pytest
import pytest_asyncio

from teahouse.kernel.storage import Database, Tx, open_database
from teahouse.microblog.entities.forms import LARGEST_ID
from teahouse.microblog.paging import Span
from teahouse.microblog.timelines.store_tagged import TagWish, of_tags
from teahouse.microblog.timelines.store_timelines import Entry
from tests.server_process import CLUSTER, _make_database

TAGS = {"a": 2, "b": 3, "c": 5}
POSTS = 90


async def _fill(tx: Tx) -> None:
    await tx.execute_many(
        "INSERT INTO statuses (id, account_id, visibility, listed, root_id, quote_policy, reply_policy, text, html, "
        "spoiler, sensitive, parts, has_media, created_ts) VALUES (?, 1, 0, 1, ?, 0, 0, '', '', '', 0, '{}', 0, 0)",
        [(number, number) for number in range(1, POSTS + 1)],
    )
    await tx.execute_many(
        "INSERT INTO status_tags (tag, status_id, account_id, visibility) VALUES (?, ?, 1, 0)",
        [(tag, number) for tag, every in TAGS.items() for number in range(every, POSTS + 1, every)],
    )


async def _piece(wish: TagWish, span: Span, tx: Tx) -> tuple[list[Entry], int | None]:
    return await of_tags(tx, wish, span, 4, walk=7)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def posts(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    """Posts of which each second has tag a, each third b, each fifth c."""
    path = tmp_path_factory.mktemp("tags") / "t.db"
    database = await open_database(await _make_database(CLUSTER) if CLUSTER else f"sqlite:///{path}")
    await database.run_alone(_fill)
    yield database
    await database.close()


@pytest.mark.parametrize("upwards", [False, True])
@pytest.mark.parametrize(
    ("wish", "wanted"),
    [
        (TagWish(["a"], ["b"]), lambda n: n % 6 == 0),
        (TagWish(["a"], ["b", "c"]), lambda n: n % 30 == 0),
        (TagWish(["a", "b"], [], ["c"]), lambda n: (n % 2 == 0 or n % 3 == 0) and n % 5),
        (TagWish(["a", "c"], ["b"], ["c"]), lambda n: n % 6 == 0 and n % 5),
        (TagWish(["a"], ["a"], ["a"]), lambda _: False),
    ],
)
async def test_a_walk_in_pieces_finds_what_is_wanted(
    posts: Database, wish: TagWish, wanted: object, upwards: bool
) -> None:
    span, seen, pieces = Span(LARGEST_ID, 0, upwards, 20), [], 0
    while True:
        found, stopped = await posts.read(partial(_piece, wish, span))
        seen += [entry.id for entry in found]
        if stopped is None and len(found) < 4:
            break
        at = stopped if stopped is not None else found[-1].id
        span = replace(span, above=at) if upwards else replace(span, below=at)
        pieces += 1
        assert pieces < POSTS
    every = [number for number in range(1, POSTS + 1) if wanted(number)]  # type: ignore[operator]
    assert seen == (every if upwards else every[::-1])
