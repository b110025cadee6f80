"""SQL of the words of posts, in the two dialects of full text: FTS5 on SQLite, tsvector on PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass

from teahouse.kernel.storage import Tx
from teahouse.kernel.words import postgres_phrases, sqlite_phrases
from teahouse.microblog.discovery.query import PostQuery
from teahouse.microblog.entities.forms import LARGEST_ID
from teahouse.microblog.people.store_accounts import LISTED, ids
from teahouse.microblog.snowflakes import first_at

_TSQUERY = "CAST(CAST(? AS TEXT) AS TSQUERY)"

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


FIRST_LOOK, ROUNDS = 200, 5
"""A search looks at so many candidates, and at twice as many each further time: at 6,200 in all."""
NEWEST = 10_000


@dataclass(frozen=True, slots=True)
class Seeker:
    """Who searches, and whose posts are wanted (None: anybody's)."""

    viewer_id: int
    author_id: int | None


async def find_posts(
    tx: Tx, dialect: str, query: PostQuery, seeker: Seeker, page: tuple[int, int]
) -> list[int]:
    """Give ids of matching posts, newest first, that the seeker may find.

    Found are public posts of people who let theirs be searched, and what concerns the seeker: own posts, those that
    mention the seeker, and those that the seeker marked. Whether each may be seen is asked afterwards, as always.
    Candidates are read in order, newest first, from where fewest are to be expected, so a word that millions of posts
    have costs no more than a rare one; the rest of the query chooses among them.
    """
    limit, offset = page
    above = 0 if query.from_ms is None else first_at(max(0, query.from_ms))
    below = LARGEST_ID if query.before_ms is None else min(first_at(max(0, query.before_ms)), LARGEST_ID)
    found: list[int] = []
    for number in range(ROUNDS):
        most = FIRST_LOOK << number
        candidates = await _candidates(tx, dialect, query, seeker, (below, above, most))
        found += await _chosen(tx, dialect, query, seeker, candidates)
        if len(found) >= limit + offset or len(candidates) < most:
            break
        below = candidates[-1]
    return found[offset : offset + limit]


def _is_by_word(query: PostQuery, seeker: Seeker) -> bool:
    """Tell whether candidates come from the index of words, so that they need not be compared with them."""
    return bool(query.phrases) and not query.only_own_library and seeker.author_id is None


async def _candidates(
    tx: Tx, dialect: str, query: PostQuery, seeker: Seeker, part: tuple[int, int, int]
) -> list[int]:
    if _is_by_word(query, seeker):
        return await _with_words(tx, dialect, query, part)
    below, above, most = part
    own = (
        "SELECT * FROM (SELECT {0} AS id FROM {1} WHERE {0} < ? AND {0} >= ?{2} ORDER BY {0} DESC LIMIT ?) x"
    )
    bounds: tuple[int, ...] = (below, above, most)
    if query.only_own_library:
        mine = " AND account_id = ?"
        sources = (("id", "statuses"), ("status_id", "status_mentions"), ("status_id", "status_marks"))
        sql = " UNION ".join(own.format(column, table, mine) for column, table in sources)
        bounds = (below, above, seeker.viewer_id, most) * 3
    elif seeker.author_id is not None:
        sql, bounds = (
            own.format("id", "statuses", " AND account_id = ?"),
            (below, above, seeker.author_id, most),
        )
    elif "poll" in query.has:
        # So few posts have one that the newest thousands may have none.
        sql = own.format("status_id", "polls", "")
    else:
        sql = own.format("id", "statuses", "")
    return [row[0] for row in await tx.fetch_all(f"{sql} ORDER BY id DESC LIMIT ?", *bounds, most)]


async def _with_words(tx: Tx, dialect: str, query: PostQuery, part: tuple[int, int, int]) -> list[int]:
    below, above, most = part
    if dialect == "sqlite":
        rows = await tx.fetch_all(
            "SELECT rowid FROM status_words_index WHERE status_words_index MATCH ? AND rowid < ? AND rowid >= ? "
            "ORDER BY rowid DESC LIMIT ?", sqlite_phrases(query.phrases), below, above, most,
        )  # fmt: skip
        return [row[0] for row in rows]
    # The index of words has no order. A word that the newest posts do not have often is rare enough to sort by.
    asked, bounds = postgres_phrases(query.phrases), "status_id < ? AND status_id >= ?"
    rows = await tx.fetch_all(
        f"SELECT w.status_id FROM (SELECT status_id, words FROM status_words WHERE {bounds} "
        f"ORDER BY status_id DESC LIMIT {NEWEST}) w WHERE w.words @@ {_TSQUERY} ORDER BY w.status_id DESC LIMIT ?",
        below, above, asked, most,
    )  # fmt: skip
    if len(rows) < most:
        rows = await tx.fetch_all(
            f"WITH hits AS MATERIALIZED (SELECT status_id FROM status_words WHERE words @@ {_TSQUERY}) "
            f"SELECT status_id FROM hits WHERE {bounds} ORDER BY status_id DESC LIMIT ?", asked, below, above, most,
        )  # fmt: skip
    return [row[0] for row in rows]


async def _chosen(
    tx: Tx, dialect: str, query: PostQuery, seeker: Seeker, candidates: Sequence[int]
) -> list[int]:
    """Give those of the candidates that the rest of the query wants and the seeker may find."""
    conditions, params = _conditions(query, seeker)
    words = ""
    if query.phrases and not _is_by_word(query, seeker):
        words, asked = _compared(dialect, query)
        params += asked
    rows = await tx.fetch_all(
        f"SELECT s.id FROM statuses s JOIN accounts a ON a.id = s.account_id WHERE s.id IN {LISTED} "
        f"AND {conditions}{words} ORDER BY s.id DESC", ids(candidates), *params,
    )  # fmt: skip
    return [row[0] for row in rows]


def _compared(dialect: str, query: PostQuery) -> tuple[str, list[object]]:
    """Give the comparison of a post's own words with the phrases, for candidates that came without them."""
    begin = " AND EXISTS (SELECT 1 FROM status_words w WHERE w.status_id = s.id"
    if dialect == "sqlite":
        return (
            begin + " AND INSTR(' ' || w.words || ' ', ?) > 0" * len(query.phrases) + ")",
            [f" {' '.join(phrase)} " for phrase in query.phrases],
        )
    return f"{begin} AND w.words @@ {_TSQUERY})", [postgres_phrases(query.phrases)]


def _conditions(query: PostQuery, seeker: Seeker) -> tuple[str, list[object]]:
    own = (
        "(s.account_id = ? OR EXISTS (SELECT 1 FROM status_mentions m WHERE m.status_id = s.id AND m.account_id = ?) "
        "OR EXISTS (SELECT 1 FROM status_marks k WHERE k.status_id = s.id AND k.account_id = ?))"
    )
    words = ["s.reblog_of IS NULL"]
    words.append(own if query.only_own_library else f"((s.visibility = 0 AND a.indexable = 1) OR {own})")
    params: list[object] = [seeker.viewer_id] * 3
    if seeker.author_id is not None:
        words.append("s.account_id = ?")
        params.append(seeker.author_id)
    words += [_HAS[name] for name in sorted(query.has)] + [_IS[name] for name in sorted(query.kinds)]
    if query.language is not None:
        words.append("s.language = ?")
        params.append(query.language)
    return " AND ".join(words), params


async def tags_like(tx: Tx, name: str, limit: int, offset: int) -> list[str]:
    """Give tags that begin with a folded name, that name itself first."""
    rows = await tx.fetch_all(
        "SELECT name FROM tags WHERE name >= ? AND name < ? ORDER BY name LIMIT ? OFFSET ?",
        name, name + "\U0010ffff", limit, offset,
    )  # fmt: skip
    return [row[0] for row in rows]
