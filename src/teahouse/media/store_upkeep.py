"""The SQL of upkeep: what a user has uploaded, what nothing refers to, what is removed and blocked, the totals."""

from collections.abc import Iterable, Sequence

from teahouse.kernel.storage import Tx, json_list
from teahouse.media.records import Blocked, Concerned, MediaItem, StoredFile, StoredObject, Totals
from teahouse.media.store_media import ITEM, item_of

_OF_LISTED = "IN (SELECT value FROM json_each(?))"


async def uploads_of(tx: Tx, user_id: str, before: tuple[int, str] | None, limit: int) -> list[MediaItem]:
    """Give a user's whole uploads, newest first, those before a place in that order."""
    created_ts, media_id = before or (2**62, "")
    rows = await tx.fetch_all(
        ITEM + "WHERE m.owner = ? AND m.sha256 IS NOT NULL AND (m.created_ts < ? OR "
        "(m.created_ts = ? AND m.media_id < ?)) ORDER BY m.created_ts DESC, m.media_id DESC LIMIT ?",
        user_id, created_ts, created_ts, media_id, limit,
    )  # fmt: skip
    return [item_of(row) for row in rows]


async def ids_of_owner(tx: Tx, user_id: str, limit: int) -> list[str]:
    """Give ids of a user's uploads, pending ones too."""
    rows = await tx.fetch_all("SELECT media_id FROM media WHERE owner = ? LIMIT ?", user_id, limit)
    return [row[0] for row in rows]


async def ids_of_content(tx: Tx, sha256: str) -> list[str]:
    """Give the ids of all uploads of a content."""
    rows = await tx.fetch_all("SELECT media_id FROM media WHERE sha256 = ? ORDER BY media_id", sha256)
    return [row[0] for row in rows]


async def owners_of(tx: Tx, media_ids: Iterable[str]) -> list[Concerned]:
    """Give whoever uploaded these, each once, with one of the files."""
    rows = await tx.fetch_all(
        f"SELECT owner, MIN(media_id), MIN(file_name) FROM media WHERE media_id {_OF_LISTED} "  # noqa: S608
        "GROUP BY owner ORDER BY owner", json_list(media_ids),
    )  # fmt: skip
    return [Concerned(row[0], row[1], row[2]) for row in rows]


async def expired(tx: Tx, now_ms: int, limit: int) -> list[str]:
    """Give ids whose time is over: reservations that nobody filled, pictures of old previews."""
    rows = await tx.fetch_all(
        "SELECT media_id FROM media WHERE expires_ts IS NOT NULL AND expires_ts <= ? LIMIT ?", now_ms, limit
    )
    return [row[0] for row in rows]


async def unused_since(tx: Tx, before_ms: int, limit: int) -> list[str]:
    """Give ids of chat uploads that nobody has fetched since a moment."""
    rows = await tx.fetch_all(
        "SELECT media_id FROM media WHERE used_ts < ? AND purpose = 'chat' AND sha256 IS NOT NULL LIMIT ?",
        before_ms, limit,
    )  # fmt: skip
    return [row[0] for row in rows]


async def owners_after(tx: Tx, user_id: str, limit: int) -> list[str]:
    """Give the next users, by name, who have something stored."""
    rows = await tx.fetch_all(
        "SELECT user_id FROM media_usage WHERE user_id > ? AND files > 0 ORDER BY user_id LIMIT ?",
        user_id, limit,
    )  # fmt: skip
    return [row[0] for row in rows]


async def delete_items(tx: Tx, media_ids: Iterable[str]) -> list[str]:
    """Forget uploads, and the contents that no other upload names; gives the objects that nothing names any more."""
    listed = json_list(media_ids)
    counted = await tx.fetch_all(
        f"SELECT owner, COUNT(sha256), COALESCE(SUM(size), 0) FROM media WHERE media_id {_OF_LISTED} "  # noqa: S608
        "GROUP BY owner", listed,
    )  # fmt: skip
    contents = await tx.fetch_all(
        f"SELECT DISTINCT sha256 FROM media WHERE media_id {_OF_LISTED} AND sha256 IS NOT NULL",  # noqa: S608
        listed,
    )
    await tx.execute(f"DELETE FROM media WHERE media_id {_OF_LISTED}", listed)  # noqa: S608
    await tx.execute_many(
        "UPDATE media_usage SET files = files - ?, bytes = bytes - ? WHERE user_id = ?",
        [(row[1], row[2], row[0]) for row in counted],
    )
    return await delete_unnamed(tx, [row[0] for row in contents])


async def unnamed_contents(tx: Tx, after: str, limit: int) -> tuple[list[str], str | None]:
    """Look at the next contents by hash: give those that no upload names, and the last one looked at."""
    rows = await tx.fetch_all(
        "SELECT f.sha256, EXISTS (SELECT 1 FROM media m WHERE m.sha256 = f.sha256) FROM media_files f "
        "WHERE f.sha256 > ? ORDER BY f.sha256 LIMIT ?", after, limit,
    )  # fmt: skip
    return [row[0] for row in rows if not row[1]], rows[-1][0] if rows else None


async def delete_unnamed(tx: Tx, contents: Sequence[str]) -> list[str]:
    """Forget those of the contents that no upload names; gives their objects, and those made of them."""
    listed = json_list(contents)
    rows = await tx.fetch_all(
        f"SELECT sha256, object FROM media_files f WHERE f.sha256 {_OF_LISTED} "  # noqa: S608
        "AND NOT EXISTS (SELECT 1 FROM media m WHERE m.sha256 = f.sha256)", listed,
    )  # fmt: skip
    unnamed = json_list(row[0] for row in rows)
    derived = await tx.fetch_all(
        f"SELECT object FROM media_derived WHERE sha256 {_OF_LISTED}",  # noqa: S608
        unnamed,
    )
    for table in ("media_derived", "media_files"):
        await tx.execute(f"DELETE FROM {table} WHERE sha256 {_OF_LISTED}", unnamed)  # noqa: S608
    return [row[1] for row in rows] + [row[0] for row in derived]


async def named_among(tx: Tx, objects: Iterable[str]) -> set[str]:
    """Give those of the objects that some row names."""
    listed = json_list(objects)
    rows = await tx.fetch_all(
        f"SELECT object FROM media_files WHERE object {_OF_LISTED} "  # noqa: S608
        f"UNION SELECT object FROM media_derived WHERE object {_OF_LISTED}", listed, listed,
    )  # fmt: skip
    return {row[0] for row in rows}


async def contents_after(tx: Tx, sha256: str, limit: int) -> list[StoredFile]:
    """Give the next contents by hash."""
    rows = await tx.fetch_all(
        "SELECT sha256, object, size, content_type, file_name FROM media_files WHERE sha256 > ? "
        "ORDER BY sha256 LIMIT ?", sha256, limit,
    )  # fmt: skip
    return [StoredFile(*row) for row in rows]


async def derived_after(tx: Tx, object_name: str, limit: int) -> list[tuple[str, str, str, int]]:
    """Give the next things made of contents, by object: object, content, kind, size."""
    rows = await tx.fetch_all(
        "SELECT object, sha256, kind, size FROM media_derived WHERE object > ? ORDER BY object LIMIT ?",
        object_name, limit,
    )  # fmt: skip
    return [(row[0], row[1], row[2], row[3]) for row in rows]


async def objects_after(tx: Tx, name: str, limit: int) -> list[StoredObject]:
    """Give the next objects that rows name, by name."""
    rows = await tx.fetch_all(
        "SELECT object, size, sha256, content_type, file_name FROM media_files WHERE object > ? UNION ALL "
        "SELECT object, size, NULL, content_type, NULL FROM media_derived WHERE object > ? "
        "ORDER BY object LIMIT ?", name, name, limit,
    )  # fmt: skip
    return [StoredObject(*row) for row in rows]


async def block(tx: Tx, entry: Blocked) -> None:
    """Let nobody have a content, nor upload it again."""
    await tx.execute(
        "INSERT INTO media_blocked (sha256, blocked_by, reason, blocked_ts) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (sha256) DO UPDATE SET blocked_by = excluded.blocked_by, reason = excluded.reason, "
        "blocked_ts = excluded.blocked_ts", entry.sha256, entry.blocked_by, entry.reason, entry.blocked_ts,
    )  # fmt: skip


async def unblock(tx: Tx, sha256: str) -> bool:
    """Allow a content again; False when it was not blocked."""
    return await tx.execute("DELETE FROM media_blocked WHERE sha256 = ?", sha256) == 1


async def content_of(tx: Tx, media_id: str) -> tuple[str | None, str] | None:
    """Give the content and the owner of an upload, blocked or not; None when there is no such upload."""
    row = await tx.fetch_one("SELECT sha256, owner FROM media WHERE media_id = ?", media_id)
    return None if row is None else (row[0], row[1])


async def totals(tx: Tx) -> Totals:
    """Add everything up."""
    uploads = await tx.fetch_one("SELECT COUNT(sha256), COALESCE(SUM(size), 0), COUNT(*) FROM media")
    contents = await tx.fetch_one("SELECT COUNT(*), COALESCE(SUM(size), 0) FROM media_files")
    derived = await tx.fetch_one("SELECT COUNT(*), COALESCE(SUM(size), 0) FROM media_derived")
    blocked = await tx.fetch_value("SELECT COUNT(*) FROM media_blocked")
    assert uploads is not None  # noqa: S101
    assert contents is not None  # noqa: S101
    assert derived is not None  # noqa: S101
    return Totals(
        uploads=uploads[0], upload_bytes=int(uploads[1]), pending=uploads[2] - uploads[0],
        contents=contents[0], content_bytes=int(contents[1]),
        derived=derived[0], derived_bytes=int(derived[1]), blocked=blocked,
    )  # fmt: skip


async def largest_users(tx: Tx, limit: int) -> list[tuple[str, int, int]]:
    """Give those who have the most stored: user, files, bytes."""
    rows = await tx.fetch_all(
        "SELECT user_id, files, bytes FROM media_usage WHERE files > 0 ORDER BY bytes DESC, user_id LIMIT ?",
        limit,
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def mark_used(tx: Tx, media_ids: Iterable[str], now_ms: int) -> None:
    """Note that uploads were fetched."""
    await tx.execute(
        f"UPDATE media SET used_ts = ? WHERE media_id {_OF_LISTED}",  # noqa: S608
        now_ms, json_list(media_ids),
    )  # fmt: skip
