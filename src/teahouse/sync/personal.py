"""The parts of a sync that belong to the reader: account data, and receipts as they are worded for him."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson

from teahouse.sync.store import ReceiptRow

JsonObject = dict[str, Any]


def account_data_by_room(rows: Iterable[tuple[str, str, str, int]]) -> dict[str, list[JsonObject]]:
    """Group account data rows by room; the global ones stand under the empty name."""
    found: dict[str, list[JsonObject]] = {}
    for room_id, kind, content, _ in rows:
        found.setdefault(room_id, []).append({"type": kind, "content": orjson.loads(content)})
    return found


def receipts_from_rows(rows: Iterable[ReceiptRow]) -> list[JsonObject]:
    """Word stored receipts as m.receipt events, one unless somebody's fall on the same event."""
    return _worded(
        _Mark(event_id, receipt_type, user_id, thread_id, ts)
        for _, user_id, receipt_type, thread_id, event_id, ts in rows
    )


def receipts_from_facts(bodies: Iterable[tuple[str, Any]]) -> list[JsonObject]:
    """Word receipts that were just announced; a later one of the same reader and thread stands for the earlier."""
    newest = {(user_id, receipt.receipt_type, receipt.thread_id): receipt for user_id, receipt in bodies}
    return _worded(
        _Mark(receipt.event_id, receipt_type, user_id, thread_id or "", receipt.ts)
        for (user_id, receipt_type, thread_id), receipt in newest.items()
    )


class _Mark(NamedTuple):
    event_id: str
    receipt_type: str
    user_id: str
    thread_id: str
    """Empty for a receipt of the whole room."""
    ts: int


def _worded(marks: Iterable[_Mark]) -> list[JsonObject]:
    """One event holds one mark of a reader on a message; the first event prefers those of the whole room."""
    contents: list[JsonObject] = []
    for mark in sorted(marks, key=lambda mark: mark.thread_id):
        said: JsonObject = {"ts": mark.ts}
        if mark.thread_id:
            said["thread_id"] = mark.thread_id
        for content in contents:
            if mark.user_id not in content.get(mark.event_id, {}).get(mark.receipt_type, {}):
                break
        else:
            content = {}
            contents.append(content)
        content.setdefault(mark.event_id, {}).setdefault(mark.receipt_type, {})[mark.user_id] = said
    return [{"type": "m.receipt", "content": content} for content in contents]
