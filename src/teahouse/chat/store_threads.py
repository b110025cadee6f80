"""The SQL of threads and relations at the moment of sending: a thread's own row and its running counts."""

from teahouse.chat.records import StoredEvent
from teahouse.chat.relates import THREAD
from teahouse.kernel.storage import Tx


async def grow_thread(tx: Tx, event: StoredEvent) -> None:
    """Count `event` in its thread, and set the thread's running counts on it."""
    row = await tx.fetch_one(
        "SELECT notify_total, highlight_total FROM threads WHERE root_event_id = ?", event.thread_root
    )
    notify, highlight = row or (0, 0)
    event.thread_notify_total = notify + event.notifies
    event.thread_highlight_total = highlight + event.highlights_room
    if event.rel_type != THREAD:
        await tx.execute(
            "UPDATE threads SET notify_total = ?, highlight_total = ? WHERE root_event_id = ?",
            event.thread_notify_total, event.thread_highlight_total, event.thread_root,
        )  # fmt: skip
        return
    await tx.execute(
        "INSERT INTO threads (root_event_id, room_id, last_event_id, last_position, event_count, notify_total, "
        "highlight_total) VALUES (?,?,?,?,1,?,?) ON CONFLICT (root_event_id) DO UPDATE SET "
        "last_event_id = excluded.last_event_id, last_position = excluded.last_position, "
        "event_count = threads.event_count + 1, notify_total = excluded.notify_total, "
        "highlight_total = excluded.highlight_total",
        event.thread_root, event.room_id, event.event_id, event.position,
        event.thread_notify_total, event.thread_highlight_total,
    )  # fmt: skip
    await tx.execute(
        "INSERT INTO thread_participants (root_event_id, user_id) VALUES (?,?) ON CONFLICT DO NOTHING",
        event.thread_root, event.sender,
    )  # fmt: skip


async def has_annotated(tx: Tx, event: StoredEvent) -> bool:
    """Say whether the sender already reacted to the same event with the same key."""
    found = await tx.fetch_value(
        "SELECT 1 FROM events WHERE relates_to = ? AND rel_type = ? AND sender = ? AND type = ? AND rel_key = ? "
        "AND redacted_by IS NULL LIMIT 1",
        event.relates_to, event.rel_type, event.sender, event.type, event.rel_key or "",
    )  # fmt: skip
    return found is not None
