"""The SQL of what happens to events after they were sent: redaction and what it must change besides."""

from teahouse.chat.records import EVENT_COLUMNS, StoredEvent
from teahouse.chat.relates import REPLACE, THREAD
from teahouse.kernel.storage import Tx


async def redact_event(tx: Tx, event_id: str, pdu: str, redacted_by: str) -> None:
    """Put an event's redacted form in its place; it no longer relates to anything and has no transaction id."""
    await tx.execute(
        "UPDATE events SET pdu = ?, redacted_by = ?, rel_type = NULL, relates_to = NULL, rel_key = NULL, "
        "contains_url = 0 WHERE event_id = ?", pdu, redacted_by, event_id,
    )  # fmt: skip


async def next_of_key(tx: Tx, event: StoredEvent) -> str | None:
    """Give the state event that replaced this one, or None while it is the current one."""
    found: str | None = await tx.fetch_value(
        "SELECT event_id FROM room_state WHERE room_id = ? AND type = ? AND state_key = ? AND position > ? "
        "ORDER BY position LIMIT 1", event.room_id, event.type, event.state_key, event.position,
    )  # fmt: skip
    return found


async def set_prev_content(tx: Tx, event_id: str, content: str) -> None:
    """Change what a state event says of the content it replaced."""
    await tx.execute("UPDATE events SET prev_content = ? WHERE event_id = ?", content, event_id)


async def edits_by_sender(tx: Tx, event: StoredEvent) -> list[StoredEvent]:
    """Read the edits that an event's own sender made of it."""
    rows = await tx.fetch_all(
        f"SELECT {EVENT_COLUMNS} FROM events WHERE relates_to = ? AND rel_type = ? AND sender = ? "  # noqa: S608
        "AND redacted_by IS NULL ORDER BY position", event.event_id, REPLACE, event.sender,
    )  # fmt: skip
    return [StoredEvent(*row) for row in rows]


async def shrink_thread(tx: Tx, root_id: str, sender: str) -> None:
    """Count a thread anew after one of its events was redacted; call it after `redact_event`."""
    newest = await tx.fetch_one(
        "SELECT event_id, position FROM events WHERE thread_root = ? AND rel_type = ? "
        "ORDER BY position DESC LIMIT 1", root_id, THREAD,
    )  # fmt: skip
    # The row stays when the thread is empty: its running counts must never fall.
    await tx.execute(
        "UPDATE threads SET event_count = event_count - 1, last_event_id = COALESCE(?, last_event_id), "
        "last_position = COALESCE(?, last_position) WHERE root_event_id = ?",
        newest[0] if newest else None, newest[1] if newest else None, root_id,
    )  # fmt: skip
    await tx.execute(
        "DELETE FROM thread_participants WHERE root_event_id = ? AND user_id = ? AND NOT EXISTS "
        "(SELECT 1 FROM events WHERE thread_root = ? AND rel_type = ? AND sender = ?)",
        root_id, sender, root_id, THREAD, sender,
    )  # fmt: skip


async def remove_from_search(tx: Tx, position: int) -> None:
    """Take an event's words out of the search index, and note that their traces must be merged away."""
    if await tx.execute("DELETE FROM search_index WHERE position = ?", position):
        await tx.execute("UPDATE search_cursor SET removed = removed + 1")
