"""SQL of the words by which posts are found: kept with each post, in the form of either database's full text."""

from teahouse.kernel.storage import Tx
from teahouse.kernel.words import postgres_vector, words_of
from teahouse.microblog.posts.records import StatusRow


async def put_words(tx: Tx, dialect: str, row: StatusRow, *, is_new: bool = False) -> None:
    """Keep the words of a post in the place of those it had: of its text, its warning, and what its media show."""
    shown = [str(one.get("description") or "") for one in row.parts.media]
    words = words_of("\n".join([row.spoiler, row.text, *shown]))
    if not is_new:
        await tx.execute("DELETE FROM status_words WHERE status_id = ?", row.id)
    if not words:
        return
    if dialect == "sqlite":
        await tx.execute("INSERT INTO status_words (status_id, words) VALUES (?, ?)", row.id, " ".join(words))
    else:
        await tx.execute(
            "INSERT INTO status_words (status_id, words) VALUES (?, CAST(CAST(? AS TEXT) AS TSVECTOR))",
            row.id, postgres_vector(words),
        )  # fmt: skip
