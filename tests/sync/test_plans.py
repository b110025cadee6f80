"""How the databases find a user's rooms, and people: by index, never by looking at all of the server."""

from __future__ import annotations

from typing import Any

import pytest

from teahouse.accounts import store_people
from teahouse.kernel.storage import Tx
from teahouse.sync import store
from teahouse.sync.sliding import store_sliding
from tests.microblog.test_plans import Explaining, explaining

__all__ = ["explaining"]
ME = "@reader:localhost"


async def typed_rooms(tx: Tx) -> Any:
    """The part of `room_types` that PostgreSQL begins with when somebody is in very many rooms."""
    return await tx.fetch_all("SELECT room_id FROM rooms WHERE room_type IS NOT NULL")


@pytest.mark.parametrize(
    "job",
    [
        typed_rooms,
        lambda tx: store_sliding.room_types(tx, ME),
        lambda tx: store_sliding.memberships_in(tx, ME, ["!a", "!b"]),
        lambda tx: store.rooms_changed_after(tx, ME, 5),
        lambda tx: store.rooms_with_membership_after(tx, ME, 5),
        lambda tx: store_people.account_data_since(tx, ME, 5),
        lambda tx: store_people.search_users(tx, ME, ["al", "te"], 10),
        lambda tx: store_people.account_data_of_rooms(tx, ME, ["!a", "!b"]),
    ],
)
async def test_no_table_is_looked_at_whole(explaining: Any, job: Any) -> None:
    tx = Explaining(explaining)
    await job(tx)
    for line in tx.plan.splitlines():
        assert "Seq Scan on" not in line, tx.plan
        assert not line.startswith("SCAN ") or "USING" in line or "json_each" in line, tx.plan
