"""What must be looked at for one sync: which rooms, and what of each, changed after the token."""

from dataclasses import dataclass, field
from typing import Any

from teahouse.kernel.storage import Database, Tx
from teahouse.sync import store
from teahouse.sync.sessions import (
    ACCOUNT_DATA,
    DEVICE_LIST,
    EVENT,
    MEMBERSHIP,
    ONE_TIME_KEYS,
    PRESENCE,
    RECEIPT,
    Change,
    Session,
)


@dataclass(slots=True)
class Changes:
    """Rooms with new events, changed memberships, new receipts (None: read them), and account data."""

    events: set[str] = field(default_factory=set)
    memberships: set[str] = field(default_factory=set)
    receipts: dict[str, list[Any] | None] = field(default_factory=dict)
    account_data: bool = False
    presence: bool = False
    account_data_rooms: set[str] = field(default_factory=set)
    device_users: set[str] = field(default_factory=set)
    """Users whose keys changed."""
    moved: set[tuple[str, str]] = field(default_factory=set)
    """Rooms with those who came or went; an empty user for all of a room's people."""
    all_devices: bool = False
    """Whether `device_users` and `moved` are not known."""
    one_time_keys: bool = False
    """Whether somebody took keys of the asking device."""

    def __bool__(self) -> bool:
        rooms = self.events or self.memberships or self.receipts
        return bool(rooms or self.account_data or self.presence or self.device_users or self.one_time_keys)


def changes_in_memory(session: Session, device_id: str, after: int, upto: int) -> Changes | None:
    """Read the session's log; None when it doesn't reach back to `after`."""
    log = session.changes_after(after)
    if log is None:
        return None
    changes = Changes()
    for change in log:
        if change.position > upto:
            break
        if change.room_id is None:
            _take_personal(changes, change, device_id)
        else:
            _take_of_room(changes, change, change.room_id)
    return changes


def _take_personal(changes: Changes, change: Change, device_id: str) -> None:
    changes.account_data |= change.kind == ACCOUNT_DATA
    changes.presence |= change.kind == PRESENCE
    changes.one_time_keys |= change.kind == ONE_TIME_KEYS and change.body in (device_id, None)
    if change.kind == DEVICE_LIST:
        changes.device_users.add(change.body)


def _take_of_room(changes: Changes, change: Change, room_id: str) -> None:
    if change.kind == EVENT:
        changes.events.add(room_id)
        if change.body is not None:
            changes.moved.add((room_id, change.body))
    elif change.kind == MEMBERSHIP:
        changes.memberships.add(room_id)
        changes.moved.add((room_id, ""))
    elif change.kind == RECEIPT:
        known = changes.receipts.setdefault(room_id, [])
        if known is not None:
            known.append(change.body)
    else:
        changes.account_data = True
        changes.account_data_rooms.add(room_id)


async def changes_in_database(db: Database, session: Session, after: int) -> Changes:
    """Ask the database what changed after a token from before this session."""

    async def job(tx: Tx) -> tuple[set[str], set[str], set[str]]:
        return (
            await store.rooms_with_membership_after(tx, session.user_id, after),
            await store.rooms_changed_after(tx, session.user_id, after),
            await store.rooms_with_receipts_after(tx, session.user_id, after),
        )

    memberships, events, receipts = await db.read(job)
    return Changes(
        events, memberships, dict.fromkeys(receipts), account_data=True, presence=True, all_devices=True
    )
