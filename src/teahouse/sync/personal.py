"""The parts of a sync that belong to the reader: account data, and receipts as they are worded for him."""

from collections.abc import Iterable
from typing import Any

import orjson

from teahouse.sync.store import ReceiptRow

JsonObject = dict[str, Any]


def account_data_by_room(rows: Iterable[tuple[str, str, str, int]]) -> dict[str, list[JsonObject]]:
    """Group account data rows by room; the global ones stand under the empty name."""
    found: dict[str, list[JsonObject]] = {}
    for room_id, kind, content, _ in rows:
        found.setdefault(room_id, []).append({"type": kind, "content": orjson.loads(content)})
    return found


def receipts_from_rows(rows: Iterable[ReceiptRow]) -> JsonObject | None:
    """Word stored receipts as one m.receipt event, or None when there are none."""
    content: JsonObject = {}
    for _, user_id, receipt_type, thread_id, event_id, ts in rows:
        _put(content, user_id, receipt_type, thread_id or None, event_id, ts)
    return {"type": "m.receipt", "content": content} if content else None


def receipts_from_facts(bodies: Iterable[tuple[str, Any]]) -> JsonObject | None:
    """Word receipts that were just announced; a later one of the same reader and thread stands for the earlier."""
    newest = {(user_id, receipt.receipt_type, receipt.thread_id): receipt for user_id, receipt in bodies}
    content: JsonObject = {}
    for (user_id, receipt_type, thread_id), receipt in newest.items():
        _put(content, user_id, receipt_type, thread_id, receipt.event_id, receipt.ts)
    return {"type": "m.receipt", "content": content} if content else None


def _put(
    content: JsonObject, user_id: str, receipt_type: str, thread_id: str | None, event_id: str, ts: int
) -> None:
    mark: JsonObject = {"ts": ts}
    if thread_id is not None:
        mark["thread_id"] = thread_id
    content.setdefault(event_id, {}).setdefault(receipt_type, {})[user_id] = mark
