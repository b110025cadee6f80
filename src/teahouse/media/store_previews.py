"""The SQL of link previews."""

from teahouse.kernel.storage import Tx


async def find_preview(tx: Tx, url_hash: str, now_ms: int) -> str | None:
    """Give what was found behind a link, unless it is too old."""
    found = await tx.fetch_value(
        "SELECT answer FROM link_previews WHERE url_hash = ? AND expires_ts > ?", url_hash, now_ms
    )
    return None if found is None else str(found)


async def put_preview(tx: Tx, url_hash: str, answer: str, expires_ts: int) -> None:
    """Keep what was found behind a link."""
    await tx.execute(
        "INSERT INTO link_previews (url_hash, answer, expires_ts) VALUES (?, ?, ?) ON CONFLICT (url_hash) "
        "DO UPDATE SET answer = excluded.answer, expires_ts = excluded.expires_ts", url_hash, answer, expires_ts,
    )  # fmt: skip


async def delete_old_previews(tx: Tx, now_ms: int) -> int:
    """Forget what is too old."""
    return await tx.execute("DELETE FROM link_previews WHERE expires_ts <= ?", now_ms)
