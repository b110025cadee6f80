"""SQL of the public log: its entries and hashes, which are only ever added to, and the private records behind them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import orjson

from teahouse.kernel.storage import Tx, json_list
from teahouse.trust.merkle import Node

_LISTED = "(SELECT CAST(value AS BIGINT) FROM json_each(?))"
_LEVEL = 1 << 56
_SHOWN = (
    "SELECT e.seq, e.kind, e.about, e.body, w.body, (SELECT MIN(a.seq) FROM log_entries a WHERE a.about = e.seq) "
    "FROM log_entries e LEFT JOIN log_entries w ON w.seq = e.told_seq"
)


class EntryRow(NamedTuple):
    """An entry as it is shown: with the week's entry that tells of it, and the answer to an appeal against it."""

    seq: int
    kind: str
    about: int | None
    body: str
    week: str | None
    answered_by: int | None


class RecordRow(NamedTuple):
    """What an entry commits to."""

    seq: int
    subject: str
    salt: bytes
    record: str
    body: str


class UntoldRow(NamedTuple):
    """An entry whose details no week has told yet."""

    seq: int
    kind: str
    details: Mapping[str, str]
    day: str


async def size(tx: Tx) -> int:
    """Give the number of entries."""
    last = await tx.fetch_value("SELECT MAX(seq) FROM log_entries")
    return 0 if last is None else int(last) + 1


async def add_entry(tx: Tx, seq: int, kind: str, about: int | None, body: str) -> None:
    """Add an entry."""
    await tx.execute(
        "INSERT INTO log_entries (seq, kind, about, body) VALUES (?, ?, ?, ?)", seq, kind, about, body
    )


async def add_hashes(tx: Tx, made: Sequence[tuple[Node, bytes]]) -> None:
    """Keep the hashes of subtrees that are complete now."""
    rows = [(node.level * _LEVEL + node.number, value) for node, value in made]
    await tx.execute_many("INSERT INTO log_hashes (node, hash) VALUES (?, ?)", rows)


async def hashes(tx: Tx, nodes: Iterable[Node]) -> dict[Node, bytes]:
    """Give the hashes of these subtrees, as far as they are there."""
    wanted = json_list(str(node.level * _LEVEL + node.number) for node in nodes)
    rows = await tx.fetch_all(f"SELECT node, hash FROM log_hashes WHERE node IN {_LISTED}", wanted)
    return {Node(*divmod(row[0], _LEVEL)): bytes(row[1]) for row in rows}


async def hashes_from(tx: Tx, first: Node, count: int) -> list[bytes]:
    """Give the hashes of so many subtrees of one level, from left to right."""
    start = first.level * _LEVEL + first.number
    rows = await tx.fetch_all(
        "SELECT hash FROM log_hashes WHERE node >= ? AND node < ? ORDER BY node", start, start + count
    )
    return [bytes(row[0]) for row in rows]


async def bodies_from(tx: Tx, first: int, count: int) -> list[str]:
    """Give the texts of so many entries, in order."""
    rows = await tx.fetch_all(
        "SELECT body FROM log_entries WHERE seq >= ? AND seq < ? ORDER BY seq", first, first + count
    )
    return [row[0] for row in rows]


async def newest(tx: Tx, kind: str | None, before: int, most: int) -> list[EntryRow]:
    """Give the newest entries below a number, of one kind or of all."""
    if kind is None:
        rows = await tx.fetch_all(f"{_SHOWN} WHERE e.seq < ? ORDER BY e.seq DESC LIMIT ?", before, most)
    else:
        rows = await tx.fetch_all(
            f"{_SHOWN} WHERE e.kind = ? AND e.seq < ? ORDER BY e.seq DESC LIMIT ?", kind, before, most
        )
    return [EntryRow(*row) for row in rows]


async def add_record(tx: Tx, row: RecordRow, details: Mapping[str, str], day: str) -> None:
    """Keep what an entry commits to, and what its week will tell."""
    await tx.execute(
        "INSERT INTO log_records (seq, subject, salt, record, details, day) VALUES (?, ?, ?, ?, ?, ?)",
        row.seq, row.subject, row.salt, row.record, orjson.dumps(dict(details)).decode(), day,
    )  # fmt: skip


async def record(tx: Tx, seq: int) -> RecordRow | None:
    """Give what an entry commits to; None once it is erased."""
    row = await tx.fetch_one(
        "SELECT r.seq, r.subject, r.salt, r.record, e.body FROM log_records r JOIN log_entries e ON e.seq = r.seq "
        "WHERE r.seq = ? AND r.subject IS NOT NULL",
        seq,
    )
    return None if row is None else RecordRow(row[0], row[1], bytes(row[2]), row[3], row[4])


async def erase_records(tx: Tx, subject: str) -> None:
    """Forget what the entries about somebody commit to; what the week will count names nobody."""
    await tx.execute(
        "UPDATE log_records SET subject = NULL, salt = NULL, record = NULL WHERE subject = ?", subject
    )


async def untold(tx: Tx, before_day: str, most: int) -> list[UntoldRow]:
    """Give the entries of days before this one whose details no week has told, the oldest first."""
    rows = await tx.fetch_all(
        "SELECT r.seq, e.kind, r.details, r.day FROM log_records r JOIN log_entries e ON e.seq = r.seq "
        "WHERE r.details IS NOT NULL AND r.day < ? ORDER BY r.seq LIMIT ?",
        before_day, most,
    )  # fmt: skip
    return [UntoldRow(row[0], row[1], orjson.loads(row[2]), row[3]) for row in rows]


async def tell(tx: Tx, numbers: Sequence[int], week_seq: int) -> None:
    """Note that a week's entry tells of these, and forget their details."""
    listed = json_list(map(str, numbers))
    await tx.execute(f"UPDATE log_entries SET told_seq = ? WHERE seq IN {_LISTED}", week_seq, listed)
    await tx.execute(f"UPDATE log_records SET details = NULL WHERE seq IN {_LISTED}", listed)
    await tx.execute(f"DELETE FROM log_records WHERE subject IS NULL AND seq IN {_LISTED}", listed)
