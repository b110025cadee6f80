"""What a deleted post leaves behind is swept up piece by piece, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from teahouse.kernel.storage import Database, Tx, open_database
from teahouse.microblog.posts.store_erase import note_gone
from teahouse.microblog.posts.traces import AT_ONCE, sweep_some
from tests.server_process import CLUSTER, _make_database

GONE, KEPT = 7, 8
LIKES = 2 * AT_ONCE + 10


async def _fill(tx: Tx) -> None:
    for status_id in (GONE, KEPT):
        likes = [(100 + number, status_id, status_id * 10_000 + number) for number in range(LIKES)]
        await tx.execute_many(
            "INSERT INTO status_marks (account_id, status_id, kind, id) VALUES (?, ?, 'favourite', ?)", likes
        )
        await tx.execute_many(
            "INSERT INTO notifications (account_id, actor_id, status_id, id, kind, group_key, filtered) "
            "VALUES (1, ?, ?, ?, 'favourite', ?, 0)", [(*like, f"favourite-{status_id}-1") for like in likes],
        )  # fmt: skip
        await tx.execute(
            "INSERT INTO notification_groups (account_id, group_key, kind, counted, newest_id) "
            "VALUES (1, ?, 'favourite', ?, 1)", f"favourite-{status_id}-1", LIKES,
        )  # fmt: skip
    await note_gone(tx, GONE)


@pytest_asyncio.fixture(loop_scope="session")
async def posts(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    """Two posts with more likes than are removed at once."""
    path = tmp_path_factory.mktemp("traces") / "t.db"
    database = await open_database(await _make_database(CLUSTER) if CLUSTER else f"sqlite:///{path}")
    await database.run_alone(_fill)
    yield database
    await database.close()


async def test_likes_and_notifications_go_in_pieces_and_those_of_others_stay(posts: Database) -> None:
    pieces = 0
    while await posts.run_alone(lambda tx: sweep_some(tx, GONE)):
        pieces += 1
    assert pieces == 3

    async def left(tx: Tx) -> list[object]:
        return [
            *await tx.fetch_all("SELECT status_id, COUNT(*) FROM status_marks GROUP BY status_id"),
            *await tx.fetch_all("SELECT status_id, COUNT(*) FROM notifications GROUP BY status_id"),
            *await tx.fetch_all("SELECT group_key, counted FROM notification_groups"),
            await tx.fetch_value("SELECT COUNT(*) FROM deleted_posts"),
        ]

    assert await posts.read(left) == [(KEPT, LIKES), (KEPT, LIKES), (f"favourite-{KEPT}-1", LIKES), 0]
