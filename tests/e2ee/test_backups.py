"""Key backup: versions, etags, counts, and which of two keys of a session is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.actors import Actor, register, segment
from tests.server_process import SECRET, ServerProcess

ALGORITHM = "m.megolm_backup.v1.curve25519-aes-sha2"
ROOM, OTHER = "!tea:localhost", "!cups:localhost"


def key(index: int = 5, forwards: int = 1, verified: bool = False, text: str = "x") -> dict[str, Any]:
    """Give a key as clients back it up."""
    return {
        "first_message_index": index,
        "forwarded_count": forwards,
        "is_verified": verified,
        "session_data": {"ciphertext": text},
    }


async def begin(actor: Actor) -> str:
    """Begin a backup and give its version."""
    body = {"algorithm": ALGORITHM, "auth_data": {"public_key": "abc"}}
    return str((await actor.post("/room_keys/version", body))["version"])


async def put(actor: Actor, version: str, rooms: dict[str, dict[str, Any]]) -> Any:
    """Back keys up, by room and session."""
    body = {"rooms": {room: {"sessions": sessions} for room, sessions in rooms.items()}}
    return await actor.request("PUT", "/room_keys/keys", body, params={"version": version})


async def test_a_backup_is_described_changed_and_deleted(alice: Actor) -> None:
    await alice.refused("GET", "/room_keys/version", 404, "M_NOT_FOUND")
    first, second = await begin(alice), await begin(alice)
    assert first != second
    assert await alice.get("/room_keys/version") == {
        "algorithm": ALGORITHM, "auth_data": {"public_key": "abc"}, "count": 0, "etag": "0", "version": second,
    }  # fmt: skip
    path = f"/room_keys/version/{second}"
    await alice.put(path, {"algorithm": ALGORITHM, "auth_data": {"public_key": "new"}, "version": second})
    assert (await alice.get(path))["auth_data"] == {"public_key": "new"}
    wrong = {"algorithm": ALGORITHM, "auth_data": {}, "version": first}
    await alice.refused("PUT", path, 400, "M_INVALID_PARAM", wrong)
    await alice.request("DELETE", path)
    await alice.refused("GET", path, 404, "M_NOT_FOUND")
    assert (await alice.get("/room_keys/version"))["version"] == first
    assert await begin(alice) not in (first, second)


async def test_keys_are_stored_read_and_deleted_by_room_and_session(alice: Actor, bob: Actor) -> None:
    version = await begin(alice)
    assert (await put(alice, version, {ROOM: {"a": key(), "b": key()}, OTHER: {"c": key()}}))["count"] == 3
    params = {"version": version}
    room = f"/room_keys/keys/{segment(ROOM)}"
    got = await alice.get("/room_keys/keys", **params)
    assert got == {"rooms": {ROOM: {"sessions": {"a": key(), "b": key()}}, OTHER: {"sessions": {"c": key()}}}}
    assert await alice.get(room, **params) == {"sessions": {"a": key(), "b": key()}}
    assert await alice.get(f"{room}/a", **params) == key()
    gone = await alice.request("DELETE", f"{room}/a", params=params)
    assert gone["count"] == 2
    await alice.refused("GET", f"{room}/a", 404, "M_NOT_FOUND", params=params)
    assert (await alice.request("DELETE", room, params=params))["count"] == 1
    assert await alice.get(room, **params) == {"sessions": {}}
    assert (await alice.request("DELETE", "/room_keys/keys", params=params))["count"] == 0
    await bob.refused("GET", "/room_keys/keys", 404, "M_NOT_FOUND", params=params)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (key(9, 9, True), key(0, 0, False)),
        (key(4, 9), key(5, 0)),
        (key(5, 0), key(5, 1)),
    ],
)
async def test_the_better_key_of_a_session_wins(alice: Actor, better: Any, worse: Any) -> None:
    version = await begin(alice)
    before = await put(alice, version, {ROOM: {"a": worse}})
    changed = await put(alice, version, {ROOM: {"a": better}})
    assert changed["etag"] != before["etag"]
    assert changed["count"] == 1
    assert await put(alice, version, {ROOM: {"a": worse}}) == changed
    assert await put(alice, version, {ROOM: {"a": {**better, "session_data": {"late": 1}}}}) == changed
    path = f"/room_keys/keys/{segment(ROOM)}/a"
    assert await alice.get(path, version=version) == better


async def test_only_the_current_version_takes_keys(alice: Actor) -> None:
    first, second = await begin(alice), await begin(alice)
    body = {"sessions": {"a": key()}}
    path = f"/room_keys/keys/{segment(ROOM)}"
    wrong = await alice.refused("PUT", path, 403, "M_WRONG_ROOM_KEYS_VERSION", body, {"version": first})
    assert wrong["current_version"] == second
    assert (await alice.request("PUT", path, body, params={"version": second}))["count"] == 1


async def test_the_backups_of_a_user_are_bounded_together_until_something_is_deleted(
    tmp_path: Path,
) -> None:
    (tmp_path / "teahouse.toml").write_text("[encryption]\nbackup_bytes = 8000\n")
    process = ServerProcess(tmp_path, "--config", str(tmp_path / "teahouse.toml"))
    await process.start()
    try:
        async with (
            await register(process.url, SECRET, "bea") as bea,
            await register(process.url, SECRET, "ben") as ben,
        ):
            first = await begin(bea)
            await put(bea, first, {ROOM: {"s1": key(text="x" * 2500)}})
            second = await begin(bea)
            await put(bea, second, {ROOM: {"s1": key(text="x" * 2500)}})
            body = {"rooms": {ROOM: {"sessions": {"s2": key(text="x" * 2500)}}}}
            full = ("PUT", "/room_keys/keys", 413, "M_TOO_LARGE", body, {"version": second})
            await bea.refused(*full)
            assert (await bea.get("/room_keys/version"))["count"] == 1, "nothing of it was kept"
            smaller = await put(bea, second, {ROOM: {"s1": key(index=1, text="x" * 2000)}})
            assert smaller == {"count": 1, "etag": "2"}
            await put(ben, await begin(ben), {ROOM: {"s1": key(text="x" * 2500)}})
            await bea.request("DELETE", f"/room_keys/version/{first}")
            assert (await put(bea, second, {ROOM: {"s2": key(text="x" * 2500)}}))["count"] == 2
            await bea.request("DELETE", "/room_keys/keys", params={"version": second})
            await put(bea, second, {ROOM: {"s3": key(text="x" * 5000)}})
    finally:
        await process.remove()
