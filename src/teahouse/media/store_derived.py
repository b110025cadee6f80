"""The SQL of what is made of contents: thumbnails, posters, other formats."""

from teahouse.kernel.storage import Tx
from teahouse.media.records import Derived


async def find_derived(tx: Tx, sha256: str, kind: str) -> Derived | None:
    """Give what was made of a content in this way; None when it has not been made."""
    row = await tx.fetch_one(
        "SELECT object, size, content_type FROM media_derived WHERE sha256 = ? AND kind = ?", sha256, kind
    )
    return None if row is None else Derived(*row)


async def keep_derived(tx: Tx, sha256: str, kind: str, made: Derived, now_ms: int) -> Derived | None:
    """Note what was made; gives the one that is kept, an older one when there was one.

    None when the content itself is gone meanwhile: then what was made of it must not stay either.
    """
    await tx.execute(
        "INSERT INTO media_derived (sha256, kind, object, size, content_type, made_ts) "
        "SELECT sha256, CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS BIGINT) "
        "FROM media_files WHERE sha256 = ? ON CONFLICT (sha256, kind) DO NOTHING",
        kind, made.object, made.size, made.content_type, now_ms, sha256,
    )  # fmt: skip
    return await find_derived(tx, sha256, kind)


async def count_derived(tx: Tx, sha256: str) -> int:
    """Count what is kept of a content."""
    return int(await tx.fetch_value("SELECT COUNT(*) FROM media_derived WHERE sha256 = ?", sha256))
