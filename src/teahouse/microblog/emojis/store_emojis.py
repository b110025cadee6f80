"""SQL of the server's own emoji."""

from dataclasses import dataclass

from teahouse.kernel.storage import Tx

_COLUMNS = "shortcode, media_id, file_name, is_animated, category, in_picker, created_ts"


@dataclass(frozen=True, slots=True)
class EmojiRow:
    """One emoji."""

    shortcode: str
    media_id: str
    file_name: str
    is_animated: int
    category: str | None
    in_picker: int
    created_ts: int


async def all_emojis(tx: Tx) -> list[EmojiRow]:
    """Give all, by category and shortcode."""
    rows = await tx.fetch_all(
        f"SELECT {_COLUMNS} FROM custom_emojis ORDER BY COALESCE(category, ''), shortcode"
    )
    return [EmojiRow(*row) for row in rows]


async def find(tx: Tx, shortcode: str) -> EmojiRow | None:
    """Give one."""
    row = await tx.fetch_one(f"SELECT {_COLUMNS} FROM custom_emojis WHERE shortcode = ?", shortcode)
    return None if row is None else EmojiRow(*row)


async def put(tx: Tx, row: EmojiRow) -> None:
    """Keep one; raises nothing: whoever calls has looked that the shortcode is free."""
    await tx.execute(
        f"INSERT INTO custom_emojis ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
        row.shortcode, row.media_id, row.file_name, row.is_animated, row.category, row.in_picker, row.created_ts,
    )  # fmt: skip


async def delete(tx: Tx, shortcode: str) -> None:
    """Forget one."""
    await tx.execute("DELETE FROM custom_emojis WHERE shortcode = ?", shortcode)
