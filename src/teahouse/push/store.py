"""SQL of push rules, pushers and the dispatcher's place in the stream."""

from collections.abc import Iterable, Sequence
from typing import Any

from teahouse.kernel.storage import Tx
from teahouse.push.records import Pusher

_PUSHER_COLUMNS = (
    "user_id, app_id, pushkey, device_id, app_display_name, device_display_name, profile_tag, lang, data, "
    "pushkey_ts, delivered, behind, kind, auth, activated, ack_hash, ack_until"
)
_MARKS = ",".join("?" * 17)


def _pusher(row: Sequence[Any]) -> Pusher:
    values: tuple[Any, ...] = (*row[:14], bool(row[14]), *row[15:])
    return Pusher(*values)


async def find_changes(tx: Tx, user_id: str) -> tuple[str | None, int]:
    """Give a user's stored changes of the rules and the position of the newest; (None, 0) when there are none."""
    row = await tx.fetch_one("SELECT changes, position FROM push_rules WHERE user_id = ?", user_id)
    return (None, 0) if row is None else (row[0], row[1])


async def put_changes(tx: Tx, user_id: str, changes: str, position: int) -> None:
    """Store a user's changes of the rules."""
    await tx.execute(
        "INSERT INTO push_rules (user_id, changes, position) VALUES (?, ?, ?) "
        "ON CONFLICT (user_id) DO UPDATE SET changes = excluded.changes, position = excluded.position",
        user_id, changes, position,
    )  # fmt: skip


async def pushers_of(tx: Tx, user_id: str) -> list[Pusher]:
    """Give a user's pushers, oldest first."""
    rows = await tx.fetch_all(
        f"SELECT {_PUSHER_COLUMNS} FROM pushers WHERE user_id = ? ORDER BY pushkey_ts, app_id, pushkey",  # noqa: S608
        user_id,
    )
    return [_pusher(row) for row in rows]


async def all_pushers(tx: Tx) -> list[Pusher]:
    """Give every pusher of the server."""
    return [_pusher(row) for row in await tx.fetch_all(f"SELECT {_PUSHER_COLUMNS} FROM pushers")]  # noqa: S608


async def find_pusher(tx: Tx, key: tuple[str, str, str]) -> Pusher | None:
    """Give the pusher of an app id, a pushkey and a user, or None."""
    row = await tx.fetch_one(
        f"SELECT {_PUSHER_COLUMNS} FROM pushers WHERE app_id = ? AND pushkey = ? AND user_id = ?",  # noqa: S608
        *key,
    )
    return None if row is None else _pusher(row)


async def put_pusher(tx: Tx, pusher: Pusher) -> None:
    """Add a pusher or replace the one with the same app id, pushkey and user, which keeps its place."""
    p = pusher
    await tx.execute(
        f"INSERT INTO pushers ({_PUSHER_COLUMNS}) VALUES ({_MARKS}) "  # noqa: S608
        "ON CONFLICT (app_id, pushkey, user_id) DO UPDATE SET device_id = excluded.device_id, "
        "app_display_name = excluded.app_display_name, device_display_name = excluded.device_display_name, "
        "profile_tag = excluded.profile_tag, lang = excluded.lang, data = excluded.data, "
        "pushkey_ts = excluded.pushkey_ts, kind = excluded.kind, auth = excluded.auth, "
        "activated = excluded.activated, ack_hash = excluded.ack_hash, ack_until = excluded.ack_until",
        p.user_id, p.app_id, p.pushkey, p.device_id, p.app_display_name, p.device_display_name,
        p.profile_tag, p.lang, p.data, p.pushkey_ts, p.delivered, p.behind,
        p.kind, p.auth, int(p.activated), p.ack_hash, p.ack_until,
    )  # fmt: skip


async def delete_pusher(tx: Tx, key: tuple[str, str, str]) -> None:
    """Delete the pusher of an app id, a pushkey and a user, if there is one."""
    await tx.execute("DELETE FROM pushers WHERE app_id = ? AND pushkey = ? AND user_id = ?", *key)


async def activate_pusher(tx: Tx, key: tuple[str, str, str], position: int) -> None:
    """Let a pusher be told what comes after a position."""
    await tx.execute(
        "UPDATE pushers SET activated = 1, ack_hash = NULL, ack_until = 0, delivered = ?, behind = 0 "
        "WHERE app_id = ? AND pushkey = ? AND user_id = ?",
        position, *key,
    )  # fmt: skip


async def take_over(tx: Tx, app_id: str, pushkey: str, user_id: str) -> list[str]:
    """Delete everybody else's pushers with this app id and pushkey; gives whose they were."""
    rows = await tx.fetch_all(
        "SELECT user_id FROM pushers WHERE app_id = ? AND pushkey = ? AND user_id <> ?",
        app_id, pushkey, user_id,
    )  # fmt: skip
    for (other,) in rows:
        await delete_pusher(tx, (app_id, pushkey, other))
    return [row[0] for row in rows]


async def mark_delivered(tx: Tx, places: Iterable[tuple[int, int, str, str, str]]) -> None:
    """Keep how far pushers came: rows of (delivered, behind, app_id, pushkey, user_id)."""
    rows: Sequence[tuple[int, int, str, str, str]] = list(places)
    await tx.execute_many(
        "UPDATE pushers SET delivered = ?, behind = ? WHERE app_id = ? AND pushkey = ? AND user_id = ?", rows
    )


async def dispatched_position(tx: Tx) -> int:
    """Give the position up to which all events were handed to the pushers."""
    position: int = await tx.fetch_value("SELECT position FROM push_dispatch")
    return position


async def set_dispatched(tx: Tx, position: int) -> None:
    """Keep the position up to which all events were handed to the pushers."""
    await tx.execute("UPDATE push_dispatch SET position = ?", position)
