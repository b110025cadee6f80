"""SQL of the words of posts, in the two dialects of full text: FTS5 on SQLite, tsvector on PostgreSQL."""

from teahouse.kernel.storage import Tx
from teahouse.kernel.words import postgres_phrases, sqlite_phrases
from teahouse.microblog.discovery.query import PostQuery
from teahouse.microblog.snowflakes import first_at

_HAS = {
    "media": "s.has_media = 1",
    "image": 's.parts LIKE \'%"type":"image"%\'',
    "video": '(s.parts LIKE \'%"type":"video"%\' OR s.parts LIKE \'%"type":"gifv"%\')',
    "audio": 's.parts LIKE \'%"type":"audio"%\'',
    "poll": "s.poll_id IS NOT NULL",
    "link": 's.parts LIKE \'%"link":"%\'',
    "embed": 's.parts LIKE \'%"link":"%\'',
}
_IS = {"reply": "s.in_reply_to IS NOT NULL", "sensitive": "s.sensitive = 1"}


async def find_posts(
    tx: Tx, dialect: str, query: PostQuery, viewer: tuple[int, int | None], page: tuple[int, int]
) -> list[int]:
    """Give ids of matching posts, newest first, that the viewer may find; `viewer` is it and the author wanted.

    Found are public posts of people who let theirs be searched, and what concerns the viewer: own posts, those that
    mention the viewer, and those that the viewer marked. Whether each may be seen is asked afterwards, as always.
    """
    source, asked = _source(dialect, query)
    conditions, params = _conditions(query, *viewer)
    limit, offset = page
    rows = await tx.fetch_all(
        f"SELECT s.id FROM {source} JOIN accounts a ON a.id = s.account_id "
        f"WHERE {conditions} ORDER BY s.id DESC LIMIT ? OFFSET ?", *asked, *params, limit, offset,
    )  # fmt: skip
    return [row[0] for row in rows]


def _source(dialect: str, query: PostQuery) -> tuple[str, list[object]]:
    if not query.phrases:
        return "statuses s", []
    if dialect == "sqlite":
        matching = "SELECT rowid AS id FROM status_words_index WHERE status_words_index MATCH ?"
        asked: object = sqlite_phrases(query.phrases)
    else:
        matching = "SELECT status_id AS id FROM status_words WHERE words @@ CAST(CAST(? AS TEXT) AS TSQUERY)"
        asked = postgres_phrases(query.phrases)
    return f"({matching}) w JOIN statuses s ON s.id = w.id", [asked]


def _conditions(query: PostQuery, viewer_id: int, author_id: int | None) -> tuple[str, list[object]]:
    own = (
        "(s.account_id = ? OR EXISTS (SELECT 1 FROM status_mentions m WHERE m.status_id = s.id AND m.account_id = ?) "
        "OR EXISTS (SELECT 1 FROM status_marks k WHERE k.status_id = s.id AND k.account_id = ?))"
    )
    words = ["s.reblog_of IS NULL"]
    words.append(own if query.only_own_library else f"((s.visibility = 0 AND a.indexable = 1) OR {own})")
    params: list[object] = [viewer_id] * 3
    if author_id is not None:
        words.append("s.account_id = ?")
        params.append(author_id)
    words += [_HAS[name] for name in sorted(query.has)] + [_IS[name] for name in sorted(query.kinds)]
    if query.language is not None:
        words.append("s.language = ?")
        params.append(query.language)
    if query.from_ms is not None:
        words.append("s.id >= ?")
        params.append(first_at(max(0, query.from_ms)))
    if query.before_ms is not None:
        words.append("s.id < ?")
        params.append(first_at(max(0, query.before_ms)))
    return " AND ".join(words), params


async def tags_like(tx: Tx, name: str, limit: int, offset: int) -> list[str]:
    """Give tags that begin with a folded name, that name itself first."""
    rows = await tx.fetch_all(
        "SELECT name FROM tags WHERE name >= ? AND name < ? ORDER BY name LIMIT ? OFFSET ?",
        name, name + "\U0010ffff", limit, offset,
    )  # fmt: skip
    return [row[0] for row in rows]
