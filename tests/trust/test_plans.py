"""How the databases read the log: by index, whatever its size."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from teahouse.kernel.storage import Tx
from teahouse.trust import store_log as store
from teahouse.trust.merkle import Node
from tests.microblog.test_plans import Explaining, explaining

__all__ = ["explaining"]
QUERIES: dict[str, Callable[[Tx], Awaitable[Any]]] = {
    "size": store.size,
    "a tile": lambda tx: store.hashes_from(tx, Node(0, 256), 256),
    "a proof": lambda tx: store.hashes(tx, [Node(3, 1), Node(0, 7)]),
    "a bundle": lambda tx: store.bodies_from(tx, 256, 256),
    "the newest": lambda tx: store.newest(tx, None, 5000, 40),
    "the newest of a kind": lambda tx: store.newest(tx, "appeal", 5000, 40),
    "a record": lambda tx: store.record(tx, 7),
    "what is untold": lambda tx: store.untold(tx, "2030-01-01", 100),
}


@pytest.mark.parametrize("name", QUERIES)
async def test_no_question_reads_the_whole_log(explaining: Any, name: str) -> None:
    tx = Explaining(explaining)
    await QUERIES[name](tx)
    scans = [
        line for line in tx.plan.splitlines() if "SCAN log_" in line or "SCAN e" in line or "Seq Scan" in line
    ]
    assert tx.plan
    assert not [line for line in scans if "USING" not in line], tx.plan
