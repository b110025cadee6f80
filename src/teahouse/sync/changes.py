"""What must be looked at for one sync: which rooms, and what of each, changed after the token."""

from dataclasses import dataclass, field
from typing import Any

from teahouse.kernel.storage import Database, Tx
from teahouse.sync import store
from teahouse.sync.sessions import ACCOUNT_DATA, EVENT, MEMBERSHIP, PRESENCE, RECEIPT, Session


@dataclass(slots=True)
class Changes:
    """Rooms with new events, changed memberships, new receipts (None: read them), and account data."""

    events: set[str] = field(default_factory=set)
    memberships: set[str] = field(default_factory=set)
    receipts: dict[str, list[Any] | None] = field(default_factory=dict)
    account_data: bool = False
    presence: bool = False
    account_data_rooms: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.events or self.memberships or self.receipts or self.account_data or self.presence)


def changes_in_memory(session: Session, after: int, upto: int) -> Changes | None:
    """Read the session's log; None when it doesn't reach back to `after`."""
    log = session.changes_after(after)
    if log is None:
        return None
    changes = Changes()
    for change in log:
        if change.position > upto or change.room_id is None:
            changes.account_data |= change.kind == ACCOUNT_DATA and change.position <= upto
            changes.presence |= change.kind == PRESENCE and change.position <= upto
        elif change.kind == EVENT:
            changes.events.add(change.room_id)
        elif change.kind == MEMBERSHIP:
            changes.memberships.add(change.room_id)
        elif change.kind == RECEIPT:
            known = changes.receipts.setdefault(change.room_id, [])
            if known is not None:
                known.append(change.body)
        else:
            changes.account_data = True
            changes.account_data_rooms.add(change.room_id)
    return changes


async def changes_in_database(db: Database, session: Session, after: int) -> Changes:
    """Ask the database what changed after a token from before this session."""

    async def job(tx: Tx) -> tuple[set[str], set[str]]:
        return (
            await store.rooms_changed_after(tx, session.user_id, after),
            await store.rooms_with_receipts_after(tx, session.user_id, after),
        )

    events, receipts = await db.read(job)
    memberships = {room_id for room_id, member in session.rooms.items() if member.position > after}
    return Changes(events, memberships, dict.fromkeys(receipts), account_data=True, presence=True)
