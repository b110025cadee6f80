"""SQL of conversations: threads of direct posts, one row for each person in them."""

from dataclasses import dataclass

import orjson

from teahouse.kernel.storage import Tx
from teahouse.microblog.paging import Span


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A conversation as one of its people sees it."""

    account_id: int
    root_id: int
    id: int
    last_status_id: int
    unread: int
    others: list[int]


_COLUMNS = "account_id, root_id, id, last_status_id, unread, others"


def _row(row: tuple[int, int, int, int, int, str]) -> ConversationRow:
    return ConversationRow(*row[:5], orjson.loads(row[5]))


async def find(tx: Tx, account_id: int, conversation_id: int) -> ConversationRow | None:
    """Give a conversation of somebody's."""
    row = await tx.fetch_one(
        f"SELECT {_COLUMNS} FROM conversations WHERE id = ? AND account_id = ?", conversation_id, account_id
    )  # fmt: skip
    return None if row is None else _row(row)


async def of_thread(tx: Tx, root_id: int, account_id: int) -> ConversationRow | None:
    """Give a thread as somebody sees it."""
    row = await tx.fetch_one(
        f"SELECT {_COLUMNS} FROM conversations WHERE account_id = ? AND root_id = ?", account_id, root_id
    )  # fmt: skip
    return None if row is None else _row(row)


async def put(tx: Tx, row: ConversationRow) -> None:
    """Keep a conversation, in the place of what it was."""
    await tx.execute(
        f"INSERT INTO conversations ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (account_id, root_id) DO UPDATE SET last_status_id = excluded.last_status_id, "
        "unread = excluded.unread, others = excluded.others",
        row.account_id, row.root_id, row.id, row.last_status_id, row.unread, orjson.dumps(row.others).decode(),
    )  # fmt: skip


async def page(tx: Tx, account_id: int, span: Span) -> list[ConversationRow]:
    """Give a page of somebody's conversations by their newest post."""
    rows = await tx.fetch_all(
        f"SELECT {_COLUMNS} FROM conversations WHERE account_id = ? AND {span.where('last_status_id')} "
        f"{span.order('last_status_id')} LIMIT ?", account_id, *span.bounds, span.limit + 1,
    )  # fmt: skip
    return [_row(row) for row in rows]


async def set_unread(tx: Tx, account_id: int, conversation_id: int, unread: int) -> None:
    """Mark a conversation read, or unread."""
    await tx.execute(
        "UPDATE conversations SET unread = ? WHERE id = ? AND account_id = ?",
        unread,
        conversation_id,
        account_id,
    )


async def delete(tx: Tx, account_id: int, conversation_id: int) -> None:
    """Put a conversation away; a new post in it brings it back."""
    await tx.execute("DELETE FROM conversations WHERE id = ? AND account_id = ?", conversation_id, account_id)


async def newest_direct(tx: Tx, root_id: int, account_id: int) -> int | None:
    """Give the newest post of a direct thread that somebody wrote or is mentioned in."""
    found: int | None = await tx.fetch_value(
        "SELECT MAX(s.id) FROM statuses s WHERE (s.root_id = ? OR s.id = ?) AND s.visibility = 3 AND (s.account_id = ? "
        "OR EXISTS (SELECT 1 FROM status_mentions m WHERE m.status_id = s.id AND m.account_id = ?))",
        root_id, root_id, account_id, account_id,
    )  # fmt: skip
    return found


async def with_last(tx: Tx, status_id: int) -> list[ConversationRow]:
    """Give the conversations whose newest post this is."""
    rows = await tx.fetch_all(
        f"SELECT {_COLUMNS} FROM conversations WHERE root_id = (SELECT root_id FROM statuses WHERE id = ?) "
        "AND last_status_id = ?", status_id, status_id,
    )  # fmt: skip
    return [_row(row) for row in rows]
