"""SQL of what people allowed apps."""

from collections.abc import Iterable
from dataclasses import dataclass

from teahouse.kernel.storage import Tx, json_list


@dataclass(frozen=True, slots=True)
class Consented:
    """What a person allowed an app: its rights, parted by blanks, and when it was last said."""

    client_id: str
    grants: str
    allowed_ts: int
    name: str
    website: str | None


_CONSENT = (
    "SELECT s.client_id, s.grants, s.allowed_ts, c.name, c.website FROM oauth_consents s"
    " JOIN oauth_clients c ON c.client_id = s.client_id WHERE s.user_id = ?"
)


async def find_consent(tx: Tx, user_id: str, client_id: str) -> Consented | None:
    """Give what the user allowed the app."""
    row = await tx.fetch_one(f"{_CONSENT} AND s.client_id = ?", user_id, client_id)
    return None if row is None else Consented(*row)


async def consents_of(tx: Tx, user_id: str) -> list[Consented]:
    """Give all apps that the user allowed something, the newest first."""
    rows = await tx.fetch_all(f"{_CONSENT} ORDER BY s.allowed_ts DESC, s.client_id", user_id)
    return [Consented(*row) for row in rows]


async def put_consent(tx: Tx, user_id: str, client_id: str, grants: str, now_ms: int) -> None:
    """Keep what the user allowed the app."""
    await tx.execute(
        "INSERT INTO oauth_consents (user_id, client_id, grants, allowed_ts) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (user_id, client_id) DO UPDATE SET grants = excluded.grants, allowed_ts = excluded.allowed_ts",
        user_id,
        client_id,
        grants,
        now_ms,
    )


async def delete_consents(tx: Tx, user_id: str, client_ids: Iterable[str]) -> None:
    """Forget what the user allowed these apps."""
    await tx.execute(
        "DELETE FROM oauth_consents WHERE user_id = ? AND client_id IN (SELECT value FROM json_each(?))",
        user_id,
        json_list(client_ids),
    )


async def delete_all_consents(tx: Tx, user_id: str) -> None:
    """Forget what the user allowed any app."""
    await tx.execute("DELETE FROM oauth_consents WHERE user_id = ?", user_id)


async def delete_consents_of_devices(tx: Tx, user_id: str, device_ids: Iterable[str]) -> None:
    """Forget what the user allowed the apps of these devices."""
    await tx.execute(
        "DELETE FROM oauth_consents WHERE user_id = ? AND client_id IN (SELECT client_id FROM devices"
        " WHERE user_id = ? AND device_id IN (SELECT value FROM json_each(?)))",
        user_id,
        user_id,
        json_list(device_ids),
    )


async def devices_of_clients(tx: Tx, user_id: str, client_ids: Iterable[str]) -> list[str]:
    """Give the user's sessions that these apps opened."""
    rows = await tx.fetch_all(
        "SELECT device_id FROM devices WHERE user_id = ? AND client_id IN (SELECT value FROM json_each(?))",
        user_id,
        json_list(client_ids),
    )
    return [row[0] for row in rows]


async def delete_allowed(tx: Tx, user_id: str) -> None:
    """Forget what the user allowed apps that have not fetched it yet: it would begin a session, or pass a guard."""
    await tx.execute("DELETE FROM oauth_codes WHERE user_id = ? AND device_id IS NULL", user_id)
    await tx.execute("DELETE FROM oauth_device_codes WHERE user_id = ?", user_id)
    await tx.execute("DELETE FROM oauth_approvals WHERE user_id = ?", user_id)
