"""Fills a stopped server's SQLite file with made-up authors, posts and follows: quickly, by SQL alone."""

import sqlite3
import time
from pathlib import Path

FIRST_ACCOUNT = 1_000_000
_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?) "


def open_fast(path: Path) -> sqlite3.Connection:
    """Open the file for filling: nothing else uses it, and it is thrown away afterwards."""
    connection = sqlite3.connect(path)
    for pragma in ("synchronous = OFF", "cache_size = -400000", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def add_authors(connection: sqlite3.Connection, count: int) -> None:
    """Make accounts of nobody's."""
    connection.execute(
        _NUMBERS + "INSERT INTO accounts SELECT ? + i, '@made' || i || ':localhost', 'made' || i, 'Made ' || i, '', "
        "'', 0, '', '[]', '{}', 0, 0, 1, 1, 0, 0, NULL FROM n", (count, FIRST_ACCOUNT),
    )  # fmt: skip
    connection.execute(
        _NUMBERS + "INSERT INTO account_counts SELECT ? + i, 0, 0, 0, 0 FROM n", (count, FIRST_ACCOUNT)
    )


def add_posts(connection: sqlite3.Connection, count: int, authors: int) -> None:
    """Let the authors write so many public posts in turn, over the last months."""
    newest = int(time.time() * 1000) - 3_600_000
    connection.execute(
        _NUMBERS + "INSERT INTO statuses (id, account_id, visibility, listed, root_id, quote_policy, reply_policy, "
        "text, html, spoiler, sensitive, language, parts, has_media, created_ts) "
        "SELECT ((? - (? - i) * 2000) << 16), ? + (i * 7919) % ?, 0, 1, ((? - (? - i) * 2000) << 16), 0, 0, "
        "'post ' || i, '<p>post ' || i || '</p>', '', 0, 'en', '{}', 0, ? - (? - i) * 2000 FROM n",
        (count, newest, count, FIRST_ACCOUNT, authors, newest, count, newest, count),
    )  # fmt: skip


def add_follows(
    connection: sqlite3.Connection, followers: tuple[int, int], target: int | None, step: int
) -> None:
    """Let accounts follow: `followers` (first, count) all follow `target`, or the one `first` follows so many."""
    first, count = followers
    if target is not None:
        connection.execute(
            _NUMBERS + "INSERT INTO follows SELECT ? + i, ?, ? + i, 1, 0, NULL, 1 FROM n",
            (count, first, target, target * 10),
        )
        connection.execute("UPDATE account_counts SET followers = ? WHERE account_id = ?", (count, target))
        return
    connection.execute(
        _NUMBERS + "INSERT INTO follows SELECT ?, ? + i * ?, ? + i, 1, 0, NULL, 1 FROM n",
        (count, first, FIRST_ACCOUNT, step, first * 3),
    )
