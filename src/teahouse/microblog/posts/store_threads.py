"""SQL of threads: what a post answers, what answers it, what quotes it, what it said before."""

from dataclasses import dataclass
from typing import Any

import msgspec

from teahouse.kernel.storage import Tx
from teahouse.microblog.paging import Span
from teahouse.microblog.posts.records import Parts, StatusRow, encode_parts

_PARTS = msgspec.json.Decoder(Parts)


async def ancestors(tx: Tx, status_id: int, most: int) -> list[int]:
    """Give what a post answers, and what that answers, the first of the thread first."""
    rows = await tx.fetch_all(
        "WITH RECURSIVE up(id, parent, depth) AS (SELECT id, in_reply_to, 0 FROM statuses WHERE id = ? "
        "UNION ALL SELECT s.id, s.in_reply_to, up.depth + 1 FROM statuses s JOIN up ON s.id = up.parent "
        "WHERE up.depth < ?) SELECT id FROM up WHERE depth > 0 ORDER BY depth DESC", status_id, most,
    )  # fmt: skip
    return [row[0] for row in rows]


async def descendants(tx: Tx, status_id: int, most: int) -> list[tuple[int, int]]:
    """Give (post, parent) of what answers a post, and what answers that, level by level."""
    rows: list[Any] = await tx.fetch_all(
        "WITH RECURSIVE down(id, parent) AS (SELECT status_id, parent_id FROM status_counts WHERE parent_id = ? "
        "UNION ALL SELECT c.status_id, c.parent_id FROM status_counts c JOIN down d ON c.parent_id = d.id) "
        "SELECT id, parent FROM down LIMIT ?", status_id, most,
    )  # fmt: skip
    return rows


async def hottest(tx: Tx, parent_id: int, below: tuple[int, int], most: int) -> list[tuple[int, int]]:
    """Give (heat, comment) of a post's own comments, the hottest first, below a pair of the same kind."""
    rows: list[Any] = await tx.fetch_all(
        "SELECT heat, status_id FROM status_counts WHERE parent_id = ? AND (heat, status_id) < (?, ?) "
        "ORDER BY heat DESC, status_id DESC LIMIT ?", parent_id, *below, most,
    )  # fmt: skip
    return rows


async def newest(tx: Tx, parent_id: int, span: Span) -> list[int]:
    """Give a post's own comments by time."""
    rows = await tx.fetch_all(
        f"SELECT status_id FROM status_counts WHERE parent_id = ? AND {span.where('status_id')} "
        f"{span.order('status_id')} LIMIT ?", parent_id, *span.bounds, span.limit + 1,
    )  # fmt: skip
    return [row[0] for row in rows]


async def quotes(tx: Tx, status_id: int, span: Span) -> list[int]:
    """Give the posts that quote a post and whose author it lets."""
    rows = await tx.fetch_all(
        f"SELECT id FROM statuses WHERE quote_of = ? AND {span.where('id')} AND quote_state = 'accepted' "
        f"{span.order('id')} LIMIT ?", status_id, *span.bounds, span.limit + 1,
    )  # fmt: skip
    return [row[0] for row in rows]


async def set_quote_state(tx: Tx, status_id: int, state: str) -> None:
    """Say what became of a quote."""
    await tx.execute("UPDATE statuses SET quote_state = ? WHERE id = ?", state, status_id)


async def set_policies(tx: Tx, status_id: int, quote_policy: int, reply_policy: int) -> None:
    """Say who may quote a post and comment on it."""
    await tx.execute(
        "UPDATE statuses SET quote_policy = ?, reply_policy = ? WHERE id = ?",
        quote_policy,
        reply_policy,
        status_id,
    )


@dataclass(frozen=True, slots=True)
class EditRow:
    """What a post said for a while."""

    number: int
    created_ts: int
    html: str
    spoiler: str
    sensitive: int
    parts: Parts
    poll_options: str | None


async def edits(tx: Tx, status_id: int) -> list[EditRow]:
    """Give all versions of an edited post, the first one first; nothing for one that never was."""
    rows = await tx.fetch_all(
        "SELECT number, created_ts, html, spoiler, sensitive, parts, poll_options FROM status_edits "
        "WHERE status_id = ? ORDER BY number", status_id,
    )  # fmt: skip
    return [EditRow(row[0], row[1], row[2], row[3], row[4], _PARTS.decode(row[5]), row[6]) for row in rows]


async def count_edits(tx: Tx, status_id: int) -> int:
    """Count the versions of a post; 0 when it was never edited."""
    counted: int = await tx.fetch_value("SELECT COUNT(*) FROM status_edits WHERE status_id = ?", status_id)
    return counted


async def keep_version(tx: Tx, row: StatusRow, number: int, poll_options: str | None) -> None:
    """Keep what a post says now as a version."""
    await tx.execute(
        "INSERT INTO status_edits (status_id, number, created_ts, html, spoiler, sensitive, parts, poll_options) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row.id, number, row.edited_ts or row.created_ts, row.html, row.spoiler,
        row.sensitive, encode_parts(row.parts), poll_options,
    )  # fmt: skip


async def update(tx: Tx, row: StatusRow) -> None:
    """Let a post say something else."""
    await tx.execute(
        "UPDATE statuses SET text = ?, html = ?, spoiler = ?, sensitive = ?, language = ?, parts = ?, poll_id = ?, "
        "has_media = ?, edited_ts = ? WHERE id = ?", row.text, row.html, row.spoiler, row.sensitive, row.language,
        encode_parts(row.parts), row.poll_id, int(bool(row.parts.media)), row.edited_ts, row.id,
    )  # fmt: skip
