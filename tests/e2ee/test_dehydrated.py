"""Dehydrated devices: one locked device a user, whose messages wait for whoever unlocks it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.actors import Actor, segment
from tests.e2ee.devices import Device, encrypted_room, lists
from tests.e2ee.test_keys import claim
from tests.server_process import ServerProcess

PATH = "/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device"
LOCKED = {"algorithm": "m.dehydration.v1.olm", "device_pickle": "abc"}


async def leave_behind(actor: Actor, device_id: str) -> Device:
    """Upload a dehydrated device with one key of each kind."""
    device = Device(actor, device_id)
    body = {
        "device_id": device_id,
        "device_data": LOCKED,
        "initial_device_display_name": "Locked",
        "device_keys": device.keys,
        "one_time_keys": device.one_time_keys(1),
        "fallback_keys": {"signed_curve25519:F": device.signer.sign({"key": "spare", "fallback": True})},
    }
    assert await actor.request("PUT", PATH, body) == {"device_id": device_id}
    return device


async def read(actor: Actor, device_id: str, after: str | None = None) -> tuple[list[Any], str]:
    """Give the numbers of the next messages and the token behind them."""
    body = {} if after is None else {"next_batch": after}
    got = await actor.post(f"{PATH}/{segment(device_id)}/events", body)
    return [event["content"]["n"] for event in got["events"]], got["next_batch"]


async def test_a_dehydrated_device_is_found_by_others_and_takes_messages(alice: Actor, bob: Actor) -> None:
    await encrypted_room(alice, bob)
    await alice.refused("GET", PATH, 404, "M_NOT_FOUND")
    start = (await bob.sync())["next_batch"]
    its_id = "a/curve+key"
    device = await leave_behind(alice, its_id)
    assert lists(await bob.sync(start)) == ([alice.user_id], [])
    shown = (await bob.post("/keys/query", {"device_keys": {alice.user_id: [its_id]}}))["device_keys"]
    assert shown[alice.user_id][its_id]["keys"] == device.keys["keys"]
    async with Actor(alice.url, alice.user_id, "", its_id) as locked:
        assert [await claim(bob, locked) for _ in range(2)] == [
            "signed_curve25519:K00001",
            "signed_curve25519:F",
        ]
    for n, target in enumerate((its_id, "*", its_id)):
        body = {"messages": {alice.user_id: {target: {"n": n}}}}
        await bob.put(f"/sendToDevice/m.tea/{n}", body)
    async with await alice.log_in_again() as new:
        assert await new.get(PATH) == {"device_id": its_id, "device_data": LOCKED}
        numbers, token = await read(new, its_id)
        assert numbers == [0, 1, 2]
        assert await read(new, its_id, token) == ([], token)
    # Nothing is lost when the one that began is gone: the next begins again.
    assert (await read(alice, its_id))[0] == [0, 1, 2]
    await bob.refused("POST", f"{PATH}/{segment(its_id)}/events", 403, "M_FORBIDDEN", {})


async def test_a_new_one_takes_the_place_of_the_former_and_can_be_deleted(alice: Actor, bob: Actor) -> None:
    await leave_behind(alice, "first")
    await leave_behind(alice, "second")
    await leave_behind(alice, "second")
    listed = {device["device_id"] for device in (await alice.get("/devices"))["devices"]}
    assert listed == {alice.device_id, "second"}
    await alice.refused("POST", f"{PATH}/first/events", 403, "M_FORBIDDEN", {})
    assert await alice.request("DELETE", PATH) == {"device_id": "second"}
    await alice.refused("GET", PATH, 404, "M_NOT_FOUND")
    shown = await bob.post("/keys/query", {"device_keys": {alice.user_id: []}})
    assert shown["device_keys"] == {alice.user_id: {}}


async def test_one_without_its_own_signed_keys_is_refused(alice: Actor) -> None:
    body: dict[str, Any] = {"device_id": "locked", "device_data": LOCKED}
    await alice.refused("PUT", PATH, 400, "M_MISSING_PARAM", body)
    body["device_keys"] = Device(alice).keys
    await alice.refused("PUT", PATH, 400, "M_INVALID_PARAM", body)
    body = {**body, "device_id": alice.device_id}
    await alice.refused("PUT", PATH, 400, "M_INVALID_PARAM", body)
    await alice.refused("GET", PATH, 404, "M_NOT_FOUND")


async def test_well_known_tells_apps_what_the_operator_chose(tmp_path: Path) -> None:
    config = tmp_path / "teahouse.toml"
    config.write_text("[encryption]\nby_default = false\ndehydrated_devices = true\n")
    server = ServerProcess(tmp_path, "--config", str(config))
    await server.start()
    async with Actor(server.url, "", "", "") as stranger:
        told = await stranger.get("/.well-known/matrix/client")
    await server.remove()
    assert told["io.element.e2ee"] == {"default": False}
    assert told["org.matrix.msc3814"] is True
