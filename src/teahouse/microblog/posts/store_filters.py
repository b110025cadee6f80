"""SQL of what people do not want to see."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from teahouse.kernel.storage import Tx
from teahouse.microblog.posts.filter_words import needle_of


@dataclass(frozen=True, slots=True)
class Keyword:
    """A word of a filter; `needle` is what a text is searched for."""

    id: int
    keyword: str
    whole_word: bool
    needle: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Prepare the word once for all the posts that it will be looked for in."""
        object.__setattr__(self, "needle", needle_of(self.keyword, whole_word=self.whole_word))


@dataclass(slots=True)
class FilterRow:
    """A filter with its words and the posts named by id, as (id, post)."""

    id: int
    title: str
    contexts: list[str]
    action: str
    expires_ts: int | None
    keywords: list[Keyword] = field(default_factory=list)
    statuses: list[tuple[int, int]] = field(default_factory=list)


async def filters_of(tx: Tx, account_id: int) -> list[FilterRow]:
    """Give all of an account's filters, in the order they were made."""
    rows = await tx.fetch_all(
        "SELECT id, title, contexts, action, expires_ts FROM status_filters WHERE account_id = ? ORDER BY id",
        account_id,
    )
    found = {row[0]: FilterRow(row[0], row[1], orjson.loads(row[2]), row[3], row[4]) for row in rows}
    if found:
        for filter_id, number, keyword, whole in await tx.fetch_all(
            "SELECT k.filter_id, k.id, k.keyword, k.whole_word FROM status_filters f "
            "JOIN status_filter_keywords k ON k.filter_id = f.id WHERE f.account_id = ? ORDER BY k.id", account_id,
        ):  # fmt: skip
            found[filter_id].keywords.append(Keyword(number, keyword, bool(whole)))
        for filter_id, number, status_id in await tx.fetch_all(
            "SELECT s.filter_id, s.id, s.status_id FROM status_filters f "
            "JOIN status_filter_statuses s ON s.filter_id = f.id WHERE f.account_id = ? ORDER BY s.id", account_id,
        ):  # fmt: skip
            found[filter_id].statuses.append((number, status_id))
    return list(found.values())


async def put_filter(tx: Tx, account_id: int, row: FilterRow) -> None:
    """Keep a filter's own fields, in the place of what they were."""
    await tx.execute(
        "INSERT INTO status_filters (id, account_id, title, contexts, action, expires_ts) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET title = excluded.title, contexts = excluded.contexts, "
        "action = excluded.action, expires_ts = excluded.expires_ts",
        row.id, account_id, row.title, orjson.dumps(row.contexts).decode(), row.action, row.expires_ts,
    )  # fmt: skip


async def delete_filter(tx: Tx, filter_id: int) -> None:
    """Delete a filter with all it holds."""
    await tx.execute("DELETE FROM status_filter_keywords WHERE filter_id = ?", filter_id)
    await tx.execute("DELETE FROM status_filter_statuses WHERE filter_id = ?", filter_id)
    await tx.execute("DELETE FROM status_filters WHERE id = ?", filter_id)


async def put_keywords(tx: Tx, account_id: int, filter_id: int, words: Sequence[Keyword]) -> None:
    """Keep words of a filter, in the place of those with the same ids."""
    await tx.execute_many(
        "INSERT INTO status_filter_keywords (id, filter_id, account_id, keyword, whole_word) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET keyword = excluded.keyword, whole_word = excluded.whole_word",
        [(word.id, filter_id, account_id, word.keyword, int(word.whole_word)) for word in words],
    )


async def delete_keyword(tx: Tx, account_id: int, keyword_id: int) -> None:
    """Delete a word of a filter of somebody's."""
    await tx.execute(
        "DELETE FROM status_filter_keywords WHERE id = ? AND account_id = ?", keyword_id, account_id
    )


async def put_status(tx: Tx, account_id: int, filter_id: int, row_id: int, status_id: int) -> None:
    """Name a post in a filter."""
    await tx.execute(
        "INSERT INTO status_filter_statuses (id, filter_id, account_id, status_id) VALUES (?, ?, ?, ?)",
        row_id, filter_id, account_id, status_id,
    )  # fmt: skip


async def delete_status(tx: Tx, account_id: int, row_id: int) -> None:
    """Take a post out of a filter of somebody's."""
    await tx.execute("DELETE FROM status_filter_statuses WHERE id = ? AND account_id = ?", row_id, account_id)
