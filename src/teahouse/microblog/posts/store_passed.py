"""SQL of what commands did to posts and told people, which the running server tells those connected."""

from typing import Any

import msgspec

from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact
from teahouse.microblog.activity import StatusFact

MOST_TOLD = 1000
_STATUS = msgspec.json.Decoder(StatusFact)


async def keep(tx: Tx, fact: Fact) -> None:
    """Keep a fact for the server: one about a post, or `notified`."""
    body = msgspec.json.encode(fact.body).decode()
    await tx.execute(
        "INSERT INTO passed_facts (position, kind, user_id, body) VALUES (?, ?, ?, ?)",
        fact.position, fact.kind, fact.user_id or "", body,
    )  # fmt: skip


async def after(tx: Tx, position: int) -> list[Fact]:
    """Give the oldest facts after a position, in order, but no more than MOST_TOLD."""
    rows = await tx.fetch_all(
        "SELECT position, kind, user_id, body FROM passed_facts WHERE position > ? ORDER BY position LIMIT ?",
        position, MOST_TOLD,
    )  # fmt: skip
    return [Fact(row[0], row[1], user_id=row[2], body=_body(row[1], row[3])) for row in rows]


def _body(kind: str, written: str) -> Any:
    return tuple(msgspec.json.decode(written)) if kind == "notified" else _STATUS.decode(written)


async def forget(tx: Tx, position: int) -> None:
    """Delete those up to a position."""
    await tx.execute("DELETE FROM passed_facts WHERE position <= ?", position)
