"""SQL of uploads for posts."""

from collections.abc import Iterable
from typing import Any

import msgspec

from teahouse.kernel.storage import Tx
from teahouse.microblog.people.store_accounts import LISTED, ids


class Info(msgspec.Struct):
    """What is known of a file's inside."""

    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None
    blurhash: str | None = None


class AttachmentRow(msgspec.Struct):
    """An upload for a post; `focus` is where the eye should rest, from -1 to 1 in both directions."""

    id: int
    account_id: int
    media_id: str
    status_id: int | None
    type: str
    file_name: str
    info: Info
    focus: tuple[float, float] | None
    description: str | None
    state: str
    created_ts: int


_COLUMNS = "id, account_id, media_id, status_id, type, file_name, info, focus, description, state, created_ts"
_INFO = msgspec.json.Decoder(Info)


def _row(row: tuple[Any, ...]) -> AttachmentRow:
    focus = None if row[7] is None else tuple(float(number) for number in row[7].split(","))
    values = list(row)
    values[6], values[7] = _INFO.decode(row[6]), focus
    return AttachmentRow(*values)


async def by_ids(tx: Tx, account_id: int, attachment_ids: Iterable[int]) -> dict[int, AttachmentRow]:
    """Give by id those of the uploads that are this account's."""
    rows = await tx.fetch_all(
        f"SELECT {_COLUMNS} FROM attachments WHERE account_id = ? AND id IN {LISTED} AND created_ts > 0",
        account_id,
        ids(attachment_ids),
    )
    return {row[0]: _row(row) for row in rows}


async def put(tx: Tx, row: AttachmentRow) -> None:
    """Keep an upload, in the place of what was known of it."""
    focus = None if row.focus is None else f"{row.focus[0]},{row.focus[1]}"
    await tx.execute(
        f"INSERT INTO attachments ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
        "status_id = excluded.status_id, type = excluded.type, info = excluded.info, focus = excluded.focus, "
        "description = excluded.description, state = excluded.state",
        row.id, row.account_id, row.media_id, row.status_id, row.type, row.file_name,
        msgspec.json.encode(row.info).decode(), focus, row.description, row.state, row.created_ts,
    )  # fmt: skip


async def settle(tx: Tx, row: AttachmentRow) -> None:
    """Keep what was found in an upload; what its author says of it meanwhile stays."""
    await tx.execute(
        "UPDATE attachments SET type = ?, info = ?, state = ? WHERE id = ?",
        row.type, msgspec.json.encode(row.info).decode(), row.state, row.id,
    )  # fmt: skip


async def unfinished(tx: Tx) -> list[tuple[AttachmentRow, str]]:
    """Give uploads that are still worked on, each with its user."""
    rows = await tx.fetch_all(
        f"SELECT {', '.join('t.' + name for name in _COLUMNS.split(', '))}, a.user_id FROM attachments t "
        "JOIN accounts a ON a.id = t.account_id WHERE t.status_id IS NULL AND t.state = 'processing' LIMIT 100"
    )
    return [(_row(row[:-1]), row[-1]) for row in rows]


async def attach(tx: Tx, attachment_ids: Iterable[int], status_id: int | None) -> None:
    """Say which post uploads belong to, or to none."""
    await tx.execute(
        f"UPDATE attachments SET status_id = ? WHERE id IN {LISTED}", status_id, ids(attachment_ids)
    )


async def let_wait(tx: Tx, attachment_ids: Iterable[int], since_ms: int) -> None:
    """Let uploads of a post wait for another one from this moment on; from 0 on, they wait for none but their end."""
    await tx.execute(
        f"UPDATE attachments SET status_id = NULL, created_ts = ? WHERE id IN {LISTED}",
        since_ms, ids(attachment_ids),
    )  # fmt: skip


async def waiting_since(
    tx: Tx, before_ms: int, after: tuple[int, int, int], most: int
) -> list[AttachmentRow]:
    """Give uploads that have waited for a post since before a moment, in the order of the index of all that wait.

    `after` is account, time and id of the last one that is known; (0, 0, 0) begins.
    """
    rows = await tx.fetch_all(
        f"SELECT {_COLUMNS} FROM attachments WHERE status_id IS NULL AND created_ts < ? "
        "AND (account_id, created_ts, id) > (?, ?, ?) ORDER BY account_id, created_ts, id LIMIT ?",
        before_ms, *after, most,
    )  # fmt: skip
    return [_row(row) for row in rows]


async def of_status(tx: Tx, status_id: int) -> list[AttachmentRow]:
    """Give the uploads of a post."""
    rows = await tx.fetch_all(f"SELECT {_COLUMNS} FROM attachments WHERE status_id = ?", status_id)
    return [_row(row) for row in rows]


async def delete(tx: Tx, attachment_ids: Iterable[int]) -> None:
    """Forget uploads."""
    await tx.execute(f"DELETE FROM attachments WHERE id IN {LISTED}", ids(attachment_ids))
