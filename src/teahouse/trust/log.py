"""The public log itself: what is appended in the write that decides, and what anybody may ask of it."""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import orjson

from teahouse.clock import Clock
from teahouse.errors import NotFound
from teahouse.kernel.durable import kept_secret
from teahouse.kernel.signing import SigningKey, canonical_json, decode_base64, unpadded_base64
from teahouse.kernel.storage import Database, Tx
from teahouse.trust import entries, merkle, notes
from teahouse.trust import store_log as store
from teahouse.trust.entries import Logged
from teahouse.trust.merkle import Node
from teahouse.trust.notes import Checkpoint, Verifier
from teahouse.trust.proof_files import ProofFile
from teahouse.trust.store_log import EntryRow, RecordRow

T = TypeVar("T")
SALT_BYTES = 32
MOST_TOLD = 5000
KEY_ID = "ed25519:log"


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of the log's newest entries, and the size that the log has."""

    size: int
    entries: list[EntryRow]


def load_or_create_log_key(path: Path, server_name: str) -> SigningKey:
    """Read the log's key from `path`, or make one there; the file is on disk before this returns."""
    return kept_secret(
        path,
        lambda: unpadded_base64(secrets.token_bytes(32)),
        lambda text: SigningKey(server_name, KEY_ID, decode_base64(text)),
    )


class PublicLog:
    """Adds entries and proves what it has."""

    def __init__(self, db: Database, clock: Clock, server_name: str, key: SigningKey) -> None:
        self._db = db
        self._clock = clock
        self._key = key
        self.origin = f"{server_name}/transparency"
        self.verifier: Verifier = notes.verifier_of(self.origin, key)

    async def append(self, tx: Tx, logged: Logged) -> int:
        """Write an entry inside the write that does what it is about; gives its number.

        The record and its salt stay with the person whom it concerns. Raises BadEntry for details that the log has no
        word for.
        """
        entries.check_details(logged.kind, logged.details)
        seq = await self._beginning(tx)
        salt, record = secrets.token_bytes(SALT_BYTES), canonical_json(dict(logged.record))
        body = entries.body(logged.kind, seq, entries.commitment(salt, record), logged.about)
        await self._add(tx, seq, logged.kind, logged.about, body)
        row = RecordRow(seq, logged.subject, salt, record.decode(), body)
        await store.add_record(tx, row, logged.details, self._day())
        return seq

    async def begin(self, rules: Sequence[str]) -> None:
        """Write the first entry where there is none, and the house rules where they are not those of the last time."""

        async def job(tx: Tx) -> None:
            seq = await self._beginning(tx)
            last = await store.newest(tx, entries.RULES, seq, 1)
            known = orjson.loads(last[0].body)["rules"] if last else []
            body = entries.rules_body(seq, rules)
            if known != list(rules) and len(body.encode()) <= entries.MOST_BYTES:
                await self._add(tx, seq, entries.RULES, None, body)

        await self._db.write(job)

    def commanded(
        self, action: str, scope: str, record: Mapping[str, object]
    ) -> Callable[[Tx, str], Awaitable[None]]:
        """Give what logs an act of an operator's command about somebody, to be awaited inside the write that acts."""

        async def within(tx: Tx, user_id: str) -> None:
            details = {
                "action": action, "scope": scope, "category": entries.NONE, "rule": entries.NONE, "origin": "own",
                "automated": "no", "duration": "once" if action == "restore" else "unlimited", "days": entries.NONE,
            }  # fmt: skip
            told = {
                "account": user_id,
                "decided_at": self._now().isoformat(timespec="seconds"),
                **record,
                **details,
            }
            await self.append(tx, Logged(entries.DECISION, user_id, told, details))

        return within

    async def _beginning(self, tx: Tx) -> int:
        """Give the next entry's number; the very first entry says whose log it is."""
        seq = await store.size(tx)
        if seq:
            return seq
        body = entries.start_body(self.origin, str(self.verifier))
        await self._add(tx, 0, entries.START, None, body)
        return 1

    async def _add(self, tx: Tx, seq: int, kind: str, about: int | None, body: str) -> None:
        await store.add_entry(tx, seq, kind, about, body)
        known = await store.hashes(tx, merkle.needed_for(seq)) if seq & 1 else {}
        await store.add_hashes(tx, merkle.completed_by(seq, merkle.leaf_hash(body.encode()), known))

    def _day(self) -> str:
        return self._now().date().isoformat()

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)

    async def tell_weeks(self) -> int:
        """Write an entry for each past week, by UTC, whose entries' details are not told; gives how many."""
        today = self._now().date()
        monday = today - timedelta(days=today.weekday())
        written = 0
        while await self._db.write(lambda tx: self._tell_week(tx, monday.isoformat())):
            written += 1
        return written

    async def _tell_week(self, tx: Tx, before_day: str) -> bool:
        rows = await store.untold(tx, before_day, MOST_TOLD)
        if not rows:
            return False
        day = datetime.fromisoformat(rows[0].day).date()
        monday = day - timedelta(days=day.weekday())
        after = (monday + timedelta(days=7)).isoformat()
        # A clock that was set back may have put a later day before an earlier one: what comes first decides.
        some = next((rows[:n] for n, row in enumerate(rows) if row.day >= after), rows)
        seq = await store.size(tx)
        span = (some[0].seq, some[-1].seq)
        body = entries.week_body(seq, monday.isoformat(), span, [(row.kind, row.details) for row in some])
        await self._add(tx, seq, entries.WEEK, None, body)
        await store.tell(tx, [row.seq for row in some], seq)
        return True

    async def forget(self, user_id: str) -> None:
        """Erase the records about somebody; their commitments stay, and say nothing any more."""
        await self._db.write(lambda tx: store.erase_records(tx, user_id), frees_space=True)

    # What anybody may ask

    async def checkpoint(self) -> str:
        """Give the log's size and root, signed."""
        return notes.signed(await self._db.read(self._head), self._key)

    async def _head(self, tx: Tx) -> Checkpoint:
        size = await store.size(tx)
        known = await store.hashes(tx, merkle.nodes_of(0, size))
        return Checkpoint(self.origin, size, merkle.hash_of(0, size, known))

    async def tile(self, level: int, first: int, width: int) -> list[bytes]:
        """Give so many hashes of a tile; raises NotFound for what is not whole yet."""
        found = await self._db.read(lambda tx: store.hashes_from(tx, Node(8 * level, first), width))
        return _whole(found, width)

    async def bundle(self, first: int, width: int) -> list[str]:
        """Give the texts of so many entries; raises NotFound for what is not there yet."""
        return _whole(await self._db.read(lambda tx: store.bodies_from(tx, first, width)), width)

    async def consistency(self, old: int) -> tuple[str, list[bytes]]:
        """Give the present checkpoint, and the proof that it goes on from the first `old` entries; raises NotFound."""

        async def job(tx: Tx) -> tuple[Checkpoint, list[bytes]]:
            head = await self._head(tx)
            if not 0 <= old <= head.size:
                raise NotFound(f"The log has {head.size} entries")
            return head, await _prove(tx, merkle.consistency_ranges(old, head.size))

        head, proof = await self._db.read(job)
        return notes.signed(head, self._key), proof

    async def shown(self, kind: str | None, before: int | None, most: int) -> Shown:
        """Give the newest entries, below a number."""

        async def job(tx: Tx) -> Shown:
            size = await store.size(tx)
            return Shown(size, await store.newest(tx, kind, size if before is None else before, most))

        return await self._db.read(job)

    # For whom it concerns

    async def proof(self, seq: int, user_id: str) -> ProofFile:
        """Give the proof that a decision about somebody is in the log; raises NotFound for anybody else."""

        async def job(tx: Tx) -> tuple[RecordRow, Checkpoint, list[bytes]]:
            row = await store.record(tx, seq)
            if row is None or row.subject != user_id:
                raise NotFound("Record not found")
            head = await self._head(tx)
            return row, head, await _prove(tx, merkle.inclusion_ranges(seq, head.size))

        row, head, path = await self._db.read(job)
        return ProofFile(
            row.seq, path, notes.signed(head, self._key), row.body, row.salt, row.record, str(self.verifier)
        )


async def _prove(tx: Tx, ranges: Sequence[merkle.Range]) -> list[bytes]:
    known = await store.hashes(tx, merkle.all_nodes(ranges))
    return [merkle.hash_of(start, end, known) for start, end in ranges]


def _whole(found: list[T], width: int) -> list[T]:
    if len(found) != width:
        raise NotFound("The log has no such piece yet")
    return found
