"""SQL of Web Push subscriptions and of what was pushed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from teahouse.kernel.storage import Tx, json_list
from teahouse.microblog.notifications.records import NotificationRow

_COLUMNS = "id, user_id, device_id, account_id, endpoint, p256dh, auth, token, standard, alerts, policy"


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where a session wants to be told; `auth` and `token` are sealed."""

    id: int
    user_id: str
    device_id: str
    account_id: int
    endpoint: str
    p256dh: str
    auth: str
    token: str
    standard: bool
    alerts: dict[str, bool]
    policy: str


def _subscription(row: tuple[Any, ...]) -> Subscription:
    number, user_id, device_id, account_id, endpoint, p256dh, auth, token, standard, alerts, policy = row
    return Subscription(
        number, user_id, device_id, account_id, endpoint, p256dh, auth, token, bool(standard),
        orjson.loads(alerts), policy,
    )  # fmt: skip


async def put(tx: Tx, one: Subscription) -> None:
    """Keep a session's subscription, in the place of an earlier one."""
    await delete(tx, one.user_id, [one.device_id])
    await tx.execute(
        f"INSERT INTO push_subscriptions ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        one.id, one.user_id, one.device_id, one.account_id, one.endpoint, one.p256dh, one.auth, one.token,
        int(one.standard), orjson.dumps(one.alerts).decode(), one.policy,
    )  # fmt: skip


async def of_session(tx: Tx, user_id: str, device_id: str) -> Subscription | None:
    """Give a session's subscription."""
    row = await tx.fetch_one(
        f"SELECT {_COLUMNS} FROM push_subscriptions WHERE user_id = ? AND device_id = ?",
        user_id, device_id,
    )  # fmt: skip
    return None if row is None else _subscription(row)


async def delete(tx: Tx, user_id: str, device_ids: Iterable[str]) -> None:
    """End the subscriptions of some of a user's sessions."""
    await tx.execute(
        "DELETE FROM push_subscriptions WHERE user_id = ? AND device_id IN (SELECT value FROM json_each(?))",
        user_id, json_list(device_ids),
    )  # fmt: skip


async def delete_dead(tx: Tx, number: int) -> None:
    """End a subscription that its push service does not know any more."""
    await tx.execute("DELETE FROM push_subscriptions WHERE id = ?", number)


async def cursor(tx: Tx) -> int:
    """Give the newest notification that was pushed."""
    found: int = await tx.fetch_value("SELECT notification_id FROM push_subscription_cursor")
    return found


async def move_cursor(tx: Tx, notification_id: int) -> None:
    """Remember the newest notification that was pushed."""
    await tx.execute(
        "UPDATE push_subscription_cursor SET notification_id = ? WHERE notification_id < ?",
        notification_id, notification_id,
    )  # fmt: skip


async def newest_notification(tx: Tx) -> int:
    """Give the id of the newest notification of all."""
    found: int | None = await tx.fetch_value("SELECT MAX(id) FROM notifications")
    return found or 0


async def wanted_after(
    tx: Tx, after: int, upto: int, limit: int
) -> list[tuple[NotificationRow, Subscription]]:
    """Give notifications above an id for which there is a subscription, each with it, in order."""
    rows = await tx.fetch_all(
        "SELECT n.id, n.account_id, n.kind, n.actor_id, n.status_id, n.group_key, n.filtered, "
        f"{', '.join('p.' + name for name in _COLUMNS.split(', '))} "
        "FROM notifications n JOIN push_subscriptions p ON p.account_id = n.account_id "
        "WHERE n.id > ? AND n.id <= ? AND n.filtered = 0 ORDER BY n.id, p.id LIMIT ?", after, upto, limit,
    )  # fmt: skip
    return [(NotificationRow(*row[:7]), _subscription(row[7:])) for row in rows]
