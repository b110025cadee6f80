"""How the databases read timelines: by index, in order, never the whole table."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from teahouse.kernel.storage import Row, Tx, open_database
from teahouse.kernel.storage.postgres_connection import to_postgres
from teahouse.microblog.entities.forms import LARGEST_ID
from teahouse.microblog.notifications import store_groups, store_notifications
from teahouse.microblog.notifications.store_notifications import Wanted
from teahouse.microblog.paging import Span
from teahouse.microblog.people import store_accounts, store_relationships, store_ties
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.posts import store_cards, store_marks, store_statuses, store_threads
from teahouse.microblog.timelines import store_tagged
from teahouse.microblog.timelines import store_timelines as store
from teahouse.microblog.timelines.store_tagged import TagWish
from tests.server_process import CLUSTER, _make_database

SOME_POSTS = (
    "INSERT INTO statuses (id, account_id, visibility, listed, root_id, quote_policy, reply_policy, text, html, "
    "spoiler, sensitive, parts, has_media, created_ts) "
    "SELECT n, n % 500, 0, 1, n, 0, 0, 'tea', 'tea', '', 0, '{}', 0, n "
    "FROM generate_series(1, 5000) n"
)
SPAN = Span(LARGEST_ID, 0, False, 20)


class Explaining(Tx):
    """Remembers how the database would run each query, and finds nothing."""

    def __init__(self, explain: Any) -> None:
        super().__init__()
        self.explain = explain
        self.plan = ""

    async def fetch_all(self, sql: str, *params: Any) -> list[Row]:
        self.plan += "\n".join(await self.explain(sql, params)) + "\n"
        return []

    async def execute(self, sql: str, *params: Any) -> int:
        raise AssertionError("a reader does not write")

    async def execute_many(self, sql: str, rows: Any) -> None:
        raise AssertionError("a reader does not write")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def explaining(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A database with next to nothing in it; PostgreSQL is told not to scan because of that, and knows some posts."""
    path = tmp_path_factory.mktemp("plans") / "t.db"
    url = await _make_database(CLUSTER) if CLUSTER else f"sqlite:///{path}"
    database = await open_database(url)
    await database.close()
    if CLUSTER:
        connection = await asyncpg.connect(url)
        await connection.execute("SET enable_seqscan = off")
        await connection.execute("SET enable_bitmapscan = off")
        await connection.execute(SOME_POSTS)
        await connection.execute("ANALYZE statuses")

        async def explain(sql: str, params: Any) -> list[str]:
            return [row[0] for row in await connection.fetch("EXPLAIN " + to_postgres(sql), *params)]

        yield explain
        await connection.close()
        return
    opened = sqlite3.connect(path)

    async def explain_sqlite(sql: str, params: Any) -> list[str]:
        return [row[3] for row in opened.execute("EXPLAIN QUERY PLAN " + sql, params)]

    yield explain_sqlite
    opened.close()


Query = Callable[[Tx], Awaitable[Any]]
QUERIES: dict[str, tuple[Query, str]] = {
    "home": (lambda tx: store.of_authors(tx, dialect(), "home", (1, 1), SPAN, 40), "statuses_of_author"),
    "old home": (
        lambda tx: store.of_authors(tx, dialect(), "home", (1, 1), Span(9000, 0, False, 20), 40, 1000),
        "statuses_of_author",
    ),
    "list": (lambda tx: store.of_authors(tx, dialect(), "list", (1, 0), SPAN, 40), "statuses_of_author"),
    "public": (lambda tx: store.listed(tx, SPAN, 40, only_media=False), "statuses_listed"),
    "public media": (lambda tx: store.listed(tx, SPAN, 40, only_media=True), "statuses_listed_media"),
    "tag": (lambda tx: store_tagged.of_tags(tx, TagWish(["a"]), SPAN, 40), "status_tags"),
    "tag media": (
        lambda tx: store_tagged.of_tags(tx, TagWish(["a"], only_media=True), SPAN, 40),
        "status_tags_media",
    ),
    "profile": (lambda tx: store.of_account(tx, 1, store.AccountWish(), SPAN, 40), "statuses_of_author"),
    "bookmarks": (lambda tx: store_marks.marked_by(tx, 1, "bookmark", SPAN), "status_marks_of_account"),
    "favourited by": (lambda tx: store_marks.who_marked(tx, 1, "favourite", SPAN), "status_marks_of_status"),
    "hot comments": (lambda tx: store_threads.hottest(tx, 1, (9, 9), 20), "comments_by_heat"),
    "people by name": (
        lambda tx: store_accounts.search(tx, ["a", "b"], 1, following=False, limit=20),
        "account_words",
    ),
    "mentions": (
        lambda tx: store_notifications.page(tx, 1, Wanted(["mention", "quote"]), SPAN),
        "notifications_of_kind",
    ),
    "groups": (
        lambda tx: store_groups.page(tx, 1, ["favourite", "follow"], SPAN),
        "notification_groups_page",
    ),
    "samples of groups": (lambda tx: store_groups.newest_of(tx, 1, ["a", "b"], 8), "notifications_groups"),
    "link": (lambda tx: store.of_link(tx, "a", SPAN, 40), "status_links"),
    "cards": (lambda tx: store_cards.cards_of(tx, ["https://a.example"]), "link_cards"),
    "who of a crowd likes a post": (
        lambda tx: store_marks.marks_among(tx, 1, "favourite", [1, 2]),
        "autoindex_status_marks" if CLUSTER is None else "status_marks_pkey",
    ),
    "of whose like was told": (
        lambda tx: store_notifications.told_among(tx, 1, ("favourite", 1), [1, 2], 1),
        "notifications_of_actor",
    ),
    "who of a crowd follows": (
        lambda tx: store_ties.follow_ids(tx, [1, 2], 3),
        "follows",
    ),
    "ties": (lambda tx: store_ties.ties_of(tx, Viewer(1, "@a:b"), [2, 3], 1), "blocks_of_target"),
    "posts by id": (lambda tx: store_statuses.by_ids(tx, [1, 2]), "statuses"),
}


def dialect() -> str:
    """The database under test."""
    return "postgres" if os.environ.get("TEAHOUSE_TEST_DATABASE_URL") else "sqlite"


@pytest.mark.parametrize("name", QUERIES)
async def test_each_page_is_read_by_its_index(explaining: Any, name: str) -> None:
    query, index = QUERIES[name]
    tx = Explaining(explaining)
    await query(tx)
    assert index in tx.plan, tx.plan
    for bad in ("SCAN s\n", "SCAN t\n", "SCAN a\n", "SCAN account_words", "SCAN statuses", "SCAN notif"):
        assert bad not in tx.plan, tx.plan
    for bad in ("Seq Scan on account", "Seq Scan on statuses", "Seq Scan on status_"):
        assert bad not in tx.plan, tx.plan


async def test_shared_followers_are_sought_from_those_followed(explaining: Any) -> None:
    """An account may have very many followers; whoever asks follows few."""
    tx = Explaining(explaining)
    await store_relationships.familiar(tx, 1, 2, 5)
    assert "follows_of_target" not in tx.plan, tx.plan
