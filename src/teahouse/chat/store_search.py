"""The SQL of message search, in the two dialects of full text: FTS5 on SQLite, tsvector on PostgreSQL.

Queries are built from words that `search_words` made (letters and digits only) and from made-up ones, so nothing
that a user types is ever read as syntax.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from teahouse.chat.event_filter import RoomEventFilter
from teahouse.chat.search_words import kind_word, room_word, searchable_text
from teahouse.chat.store_history import related_by
from teahouse.kernel.storage import Tx, json_list
from teahouse.kernel.words import postgres_phrases, postgres_vector, sqlite_phrases, words_of

MOST_NAMED_ROOMS = 100
"""Up to so many rooms the index itself leaves out the others; a longer list is cheaper to compare afterwards."""
MERGED_PAGES = 100
"""How much of SQLite's index is merged in one write."""


@dataclass(frozen=True, slots=True)
class IndexRow:
    """An event's words and its place, ready to be indexed."""

    position: int
    words: tuple[str, ...]
    place: tuple[str, str]


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What to look for: every phrase, in some rooms, among some kinds of text."""

    phrases: Sequence[Sequence[str]]
    room_ids: Sequence[str]
    kinds: Sequence[str]


@dataclass(frozen=True, slots=True)
class Hit:
    """An event that matches, before it is known whether the asker may see it."""

    position: int
    event_id: str
    room_id: str
    sender: str
    rank: float


async def indexed_up_to(tx: Tx) -> int:
    """Give the position up to which everything is indexed."""
    position: int = await tx.fetch_value("SELECT position FROM search_cursor")
    return position


async def rows_to_index(tx: Tx, after: int, limit: int) -> tuple[list[IndexRow], int]:
    """Read the next events after a position as words, and how far that came; the position itself at the end."""
    rows = await tx.fetch_all(
        "SELECT position, room_id, type, state_key, pdu, redacted_by FROM events WHERE position > ? "
        "ORDER BY position LIMIT ?", after, limit,
    )  # fmt: skip
    found = []
    for position, room_id, event_type, state_key, pdu, redacted_by in rows:
        content = orjson.loads(pdu).get("content") if redacted_by is None else None
        if isinstance(content, dict):
            row = index_row(position, room_id, event_type, content, is_state=state_key is not None)
            found += [] if row is None else [row]
    return found, rows[-1][0] if rows else after


def index_row(
    position: int, room_id: str, event_type: str, content: Mapping[str, Any], *, is_state: bool
) -> IndexRow | None:
    """Give what an event is found by, or None when it holds no words."""
    text = searchable_text(event_type, content, is_state=is_state)
    words = words_of(text[1]) if text is not None else []
    if text is None or not words:
        return None
    return IndexRow(position, tuple(words), (room_word(room_id), kind_word(text[0])))


async def add_to_index(tx: Tx, dialect: str, rows: Sequence[IndexRow], upto: int) -> None:
    """Index the words of those events that were not redacted or indexed meanwhile, and move the cursor."""
    listed = json_list(str(row.position) for row in rows)
    wanted = await tx.fetch_all(
        "SELECT position FROM events WHERE position IN (SELECT CAST(value AS BIGINT) FROM json_each(?)) "
        "AND redacted_by IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM search_index i WHERE i.position = events.position)", listed,
    )  # fmt: skip
    positions = {row[0] for row in wanted}
    fresh = [row for row in rows if row.position in positions]
    if dialect == "sqlite":
        entries = [(row.position, " ".join(row.words), " ".join(row.place)) for row in fresh]
        await tx.execute_many("INSERT INTO search_index (position, words, place) VALUES (?,?,?)", entries)
        # Not by a trigger: before each of its statements the index would write out what it holds in memory.
        await tx.execute_many("INSERT INTO search_words (rowid, words, place) VALUES (?,?,?)", entries)
    elif fresh:
        await tx.execute_many(
            "INSERT INTO search_index (position, words) VALUES (?, CAST(CAST(? AS TEXT) AS TSVECTOR))",
            [(row.position, _vector(row)) for row in fresh],
        )
    await tx.execute("UPDATE search_cursor SET position = ?", upto)


def _vector(row: IndexRow) -> str:
    return " ".join([postgres_vector(row.words), *(f"'#{word}'" for word in row.place)])


async def clean_index(tx: Tx, dialect: str, *, begin: bool) -> bool:
    """Merge a part of the index, so that removed words leave its pages too; says whether there is more to do.

    Give `begin` for the first part of a cleaning; nothing is done while nothing was removed.
    """
    removed: int = await tx.fetch_value("SELECT removed FROM search_cursor")
    if dialect != "sqlite" or not removed:
        return False
    before: int = await tx.fetch_value("SELECT total_changes()")
    pages = -MERGED_PAGES if begin else MERGED_PAGES
    await tx.execute("INSERT INTO search_words (search_words, rank) VALUES ('merge', ?)", pages)
    if await tx.fetch_value("SELECT total_changes()") - before >= 2:
        return True
    await tx.execute("UPDATE search_cursor SET removed = 0")
    return False


async def find_hits(
    tx: Tx,
    dialect: str,
    query: SearchQuery,
    wanted: RoomEventFilter,
    *,
    by_rank: bool,
    before: int,
    limit: int,
) -> list[Hit]:
    """Find matching events before a position, best or newest first, narrowed by the filter's names."""
    order = "rank DESC, position DESC" if by_rank else "position DESC"
    conditions, params = _conditions(wanted)
    if len(query.room_ids) > MOST_NAMED_ROOMS:
        conditions += "AND e.room_id IN (SELECT value FROM json_each(?)) "
        params.append(json_list(query.room_ids))
    if dialect == "sqlite":
        source = (
            "SELECT e.position AS position, e.event_id, e.room_id, e.sender, e.type, "
            "-bm25(search_words, 1.0, 0.0) AS rank FROM search_words JOIN events e ON e.position = search_words.rowid "
            "WHERE search_words MATCH ?"
        )
        asked: list[object] = [_sqlite_match(query)]
    else:
        source = (
            "SELECT e.position AS position, e.event_id, e.room_id, e.sender, e.type, "
            "CAST(ts_rank_cd(s.words, CAST(CAST(? AS TEXT) AS TSQUERY)) AS DOUBLE PRECISION) AS rank "
            "FROM search_index s JOIN events e ON e.position = s.position "
            "WHERE s.words @@ CAST(CAST(? AS TEXT) AS TSQUERY)"
        )
        asked = [postgres_phrases(query.phrases), _postgres_query(query)]
    rows = await tx.fetch_all(
        f"SELECT position, event_id, room_id, sender, rank, type FROM ({source} AND e.position < ? {conditions}) "  # noqa: S608
        f"AS hits ORDER BY {order} LIMIT ?", *asked, before, *params, limit,
    )  # fmt: skip
    return [Hit(*row[:5]) for row in rows if wanted.allows_type(row[5])]


def _conditions(wanted: RoomEventFilter) -> tuple[str, list[object]]:
    sql, params = "", list[object]()
    if wanted.senders is not None:
        sql += "AND e.sender IN (SELECT value FROM json_each(?)) "
        params.append(json_list(sorted(wanted.senders)))
    if wanted.not_senders:
        sql += "AND e.sender NOT IN (SELECT value FROM json_each(?)) "
        params.append(json_list(sorted(wanted.not_senders)))
    if wanted.types is not None and not wanted.types.wild:
        sql += "AND e.type IN (SELECT value FROM json_each(?)) "
        params.append(json_list(sorted(wanted.types.exact)))
    if wanted.contains_url is not None:
        sql += "AND e.contains_url = ? "
        params.append(int(wanted.contains_url))
    related, more = related_by(wanted)
    return sql + related, [*params, *more]


def _sqlite_match(query: SearchQuery) -> str:
    words = sqlite_phrases(query.phrases)
    places = " AND ".join(f"place : ({' OR '.join(place)})" for place in _places(query))
    return f"words : ({words}) AND {places}"


def _places(query: SearchQuery) -> list[list[str]]:
    """Give the made-up words of which one of each list must be there."""
    places = [list(map(kind_word, query.kinds))]
    if len(query.room_ids) <= MOST_NAMED_ROOMS:
        places.append(list(map(room_word, query.room_ids)))
    return places


def _postgres_query(query: SearchQuery) -> str:
    listed = [" | ".join(f"'#{word}'" for word in place) for place in _places(query)]
    return " & ".join([postgres_phrases(query.phrases), *(f"({words})" for words in listed)])


async def rooms_to_search(tx: Tx, user_id: str) -> list[str]:
    """List the rooms that a user is or was in and has not forgotten."""
    rows = await tx.fetch_all(
        "SELECT room_id FROM memberships WHERE user_id = ? AND forgotten = 0 ORDER BY room_id", user_id
    )
    return [row[0] for row in rows]
