"""The SQL of uploads and of the contents behind them."""

from collections.abc import Iterable

import orjson

from teahouse.kernel.storage import Row, Tx
from teahouse.media.records import Claim, MediaItem, StoredFile

ITEM = (
    "SELECT m.media_id, m.owner, m.purpose, m.is_public, m.sha256, m.size, m.content_type, m.file_name, "
    "m.created_ts, m.expires_ts, f.object, f.content_type, f.file_name, m.used_ts FROM media m "
    "LEFT JOIN media_files f ON f.sha256 = m.sha256 "
)


def item_of(row: Row) -> MediaItem:
    """Make the record of a row that `ITEM` selected."""
    return MediaItem(row[0], row[1], row[2], bool(row[3]), *row[4:])


async def find_item(tx: Tx, media_id: str) -> MediaItem | None:
    """Give an upload, pending or whole; None for what is absent, or blocked."""
    row = await tx.fetch_one(
        ITEM + "LEFT JOIN media_blocked b ON b.sha256 = m.sha256 WHERE m.media_id = ? AND b.sha256 IS NULL",
        media_id,
    )
    return None if row is None else item_of(row)


async def sizes_of(tx: Tx, media_ids: Iterable[str]) -> dict[str, int]:
    """Give how many bytes uploads have, by their ids; those that are absent or pending are left out."""
    rows = await tx.fetch_all(
        "SELECT media_id, size FROM media WHERE media_id IN (SELECT value FROM json_each(?)) AND sha256 IS NOT NULL",
        orjson.dumps(sorted(set(media_ids))).decode(),
    )
    return {row[0]: int(row[1]) for row in rows}


async def insert_item(tx: Tx, item: MediaItem) -> None:
    """Keep a new upload."""
    await tx.execute(
        "INSERT INTO media (media_id, owner, purpose, is_public, sha256, size, content_type, file_name, created_ts, "
        "used_ts, expires_ts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        item.media_id, item.owner, item.purpose, int(item.is_public), item.sha256, item.size, item.content_type,
        item.file_name, item.created_ts, item.created_ts, item.expires_ts,
    )  # fmt: skip


async def fill_item(tx: Tx, media_id: str, content: StoredFile, claim: Claim, now_ms: int) -> bool:
    """Give a pending upload its content; False when it has one already, or is gone."""
    changed = await tx.execute(
        "UPDATE media SET sha256 = ?, size = ?, content_type = ?, file_name = ?, used_ts = ?, expires_ts = NULL "
        "WHERE media_id = ? AND sha256 IS NULL",
        content.sha256, content.size, claim.content_type, claim.file_name, now_ms, media_id,
    )  # fmt: skip
    return changed == 1


async def make_public(tx: Tx, media_id: str) -> bool:
    """Show a whole upload to everybody; False when it is gone."""
    return await tx.execute("UPDATE media SET is_public = 1 WHERE media_id = ?", media_id) == 1


async def count_pending(tx: Tx, user_id: str, now_ms: int) -> int:
    """Count the ids that a user has reserved and neither filled nor let expire."""
    return int(
        await tx.fetch_value(
            "SELECT COUNT(*) FROM media WHERE owner = ? AND sha256 IS NULL AND expires_ts > ?",
            user_id, now_ms,
        )
    )  # fmt: skip


async def keep_file(tx: Tx, file: StoredFile, now_ms: int) -> StoredFile:
    """Note a content that the store has; gives the one that is kept, an older one when the same was there."""
    await tx.execute(
        "INSERT INTO media_files (sha256, object, size, content_type, file_name, stored_ts) "
        "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (sha256) DO NOTHING",
        file.sha256, file.object, file.size, file.content_type, file.file_name, now_ms,
    )  # fmt: skip
    row = await tx.fetch_one(
        "SELECT sha256, object, size, content_type, file_name FROM media_files WHERE sha256 = ?", file.sha256
    )
    assert row is not None  # noqa: S101
    return StoredFile(*row)


async def is_blocked(tx: Tx, sha256: str) -> bool:
    """Tell whether nobody may have this content."""
    return await tx.fetch_one("SELECT 1 FROM media_blocked WHERE sha256 = ?", sha256) is not None


async def usage(tx: Tx, user_id: str) -> tuple[int, int]:
    """Give how many files and bytes a user has stored."""
    row = await tx.fetch_one("SELECT files, bytes FROM media_usage WHERE user_id = ?", user_id)
    return (0, 0) if row is None else (row[0], row[1])


async def add_usage(tx: Tx, user_id: str, files: int, size: int) -> int:
    """Change what a user has stored; gives the bytes that it is now."""
    await tx.execute(
        "INSERT INTO media_usage (user_id, files, bytes) VALUES (?, ?, ?) ON CONFLICT (user_id) DO UPDATE "
        "SET files = media_usage.files + excluded.files, bytes = media_usage.bytes + excluded.bytes",
        user_id, files, size,
    )  # fmt: skip
    return (await usage(tx, user_id))[1]
