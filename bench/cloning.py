"""Teahouse's own database, filled with copies of a real room or a real member.

Owns the only SQL of the benchmark, for the two datasets that would take an hour to make through the API.
Refuses to invent rows: everything is a copy of what the server itself wrote, with new ids and positions.
The server must be stopped meanwhile.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

_EVENT_ID_COLUMNS = {"redacts", "redacted_by", "relates_to", "thread_root", "replaces_state"}
_ROOMS_AT_ONCE = 100
_NOT_COPIED = {"room_aliases", "sent_transactions"}  # Keyed by what a copy must not repeat.


def clone_room(database: Path, room_id: str, copies: int, on_copied: Callable[[], None]) -> None:
    """Copy a room with its whole history `copies` times; the same people are members of all of them."""
    with _opened(database) as db:
        stride = _stream_position(db)
        for first in range(1, copies + 1, _ROOMS_AT_ONCE):
            last = min(first + _ROOMS_AT_ONCE - 1, copies)
            for table in _tables_with(db, "room_id"):
                columns = _columns(db, table)
                picked = ", ".join(_in_cloned_room(column, stride) for column in columns)
                db.execute(
                    f"INSERT INTO {table} ({', '.join(columns)}) SELECT {picked}"  # noqa: S608
                    f" FROM json_each(:numbers) AS n CROSS JOIN {table} AS t WHERE t.room_id = :room_id",
                    {"numbers": _json_numbers(first, last), "room_id": room_id},
                )
            _move_stream(db, stride * (last + 1))
            db.commit()
            on_copied()


def clone_member(database: Path, room_id: str, user_id: str, copies: int) -> None:
    """Give a room `copies` more members like `user_id`: people who never signed in here."""
    with _opened(database) as db:
        base = _stream_position(db)
        for table, whose in (
            ("events", "type = 'm.room.member' AND t.state_key"),
            ("room_state", "type = 'm.room.member' AND t.state_key"),
            ("current_state", "type = 'm.room.member' AND t.state_key"),
            ("memberships", "user_id"),
        ):
            columns = _columns(db, table)
            picked = ", ".join(_of_cloned_member(column, base) for column in columns)
            db.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {picked}"  # noqa: S608
                f" FROM json_each(:numbers) AS n CROSS JOIN {table} AS t"
                f" WHERE t.room_id = :room_id AND t.{whose} = :user_id",
                {"numbers": _json_numbers(1, copies), "room_id": room_id, "user_id": user_id},
            )
        _move_stream(db, base + copies)
        db.execute(
            "UPDATE rooms SET depth = depth + ?1, last_position = ?2, last_event_id ="
            " (SELECT event_id FROM events WHERE position = ?2) WHERE room_id = ?3",
            [copies, base + copies, room_id],
        )
        db.commit()


def count_rows(database: Path) -> tuple[int, int]:
    """Return how many rooms and events there are."""
    with _opened(database) as db:
        (found,) = db.execute("SELECT (SELECT count(*) FROM rooms), (SELECT count(*) FROM events)")
        return int(found[0]), int(found[1])


def count_all_rows(database: Path) -> int:
    """Return how many rows all tables have, those of full text indexes left out."""
    with _opened(database) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM pragma_table_list WHERE type = 'table'")]
        return sum(int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]) for table in tables)  # noqa: S608


def missing_events(database: Path, event_ids: list[str]) -> int:
    """Return how many of these events a database doesn't have."""
    with _opened(database) as db:
        listed = json.dumps(event_ids)
        query = "SELECT count(*) FROM json_each(?) AS wanted JOIN events ON event_id = wanted.value"
        return len(event_ids) - int(db.execute(query, [listed]).fetchone()[0])


def _in_cloned_room(column: str, stride: int) -> str:
    if column == "room_id" or _holds_event_id(column):
        return _new_id(column)
    if column.endswith("position"):
        return f"t.{column} + n.value * {stride}"
    if column == "pdu":
        return f"replace(t.pdu, t.room_id, {_new_id('room_id')})"
    return f"t.{column}"


def _of_cloned_member(column: str, base: int) -> str:
    if _holds_event_id(column):
        return _new_id(column)
    if column.endswith("position"):
        return f"{base} + n.value"
    if column in {"state_key", "sender", "user_id", "pdu"}:
        return f"replace(t.{column}, :user_id, {_new_id(':user_id')})"
    return f"t.{column} + n.value" if column == "depth" else f"t.{column}"


def _new_id(column: str) -> str:
    """Return SQL that puts the copy's number over the first eight characters after an id's sigil.

    In room version 12 a room's id is that of its create event, and stays so in the copy.
    """
    value = column if column.startswith(":") else f"t.{column}"
    if column == ":user_id":
        return f"'@copy' || n.value || substr({value}, instr({value}, ':'))"
    return f"substr({value}, 1, 1) || printf('%08d', n.value) || substr({value}, 10)"


def _holds_event_id(column: str) -> bool:
    return column.endswith("event_id") or column in _EVENT_ID_COLUMNS


def _tables_with(db: sqlite3.Connection, column: str) -> list[str]:
    tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return [table for table in tables if column in _columns(db, table) and table not in _NOT_COPIED]


def _columns(db: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in db.execute(f"PRAGMA table_info({table})")]


def _stream_position(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT position FROM stream_position").fetchone()[0])


def _move_stream(db: sqlite3.Connection, position: int) -> None:
    """Say that all is written up to a position, and that the server has nothing left to enter of it."""
    db.execute("UPDATE stream_position SET position = ?", [position])
    db.execute("UPDATE settled SET position = ?", [position])


def _json_numbers(first: int, last: int) -> str:
    return str(list(range(first, last + 1)))


@contextmanager
def _opened(database: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(database)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA cache_size = -262144")
        yield db
