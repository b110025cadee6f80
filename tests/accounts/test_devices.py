"""Devices: one's own are shown and changed, others' do not exist."""

from __future__ import annotations

from nio import DevicesResponse  # type: ignore[import-untyped]

from tests.actors import Actor, fresh_localpart, register
from tests.running_server import RunningServer


async def test_a_device_shows_when_and_from_where_it_was_seen(alice: Actor) -> None:
    await alice.whoami()
    device = await alice.get(f"/devices/{alice.device_id}")
    assert device["device_id"] == alice.device_id
    assert device["last_seen_ip"] == "127.0.0.1"
    assert device["last_seen_ts"] > 1_600_000_000_000


async def test_devices_without_a_name_are_listed_as_matrix_nio_reads_them(alice: Actor) -> None:
    bare = await alice.log_in_again()
    listed = DevicesResponse.from_dict(await alice.get("/devices"))
    assert isinstance(listed, DevicesResponse), "it refuses the whole list for one field that lacks"
    assert {device.id: device.display_name for device in listed.devices}[bare.device_id] is None
    await bare.close()


async def test_another_persons_device_does_not_exist(alice: Actor, bob: Actor) -> None:
    path = f"/devices/{bob.device_id}"
    await alice.refused("GET", path, 404, "M_NOT_FOUND")
    await alice.refused("PUT", path, 404, "M_NOT_FOUND", {"display_name": "mine"})
    await alice.refused("DELETE", path, 404, "M_NOT_FOUND", {})
    assert (await bob.whoami())["device_id"] == bob.device_id


async def test_a_device_is_renamed_within_limits(alice: Actor) -> None:
    path = f"/devices/{alice.device_id}"
    await alice.put(path, {"display_name": "茶壶"})
    assert (await alice.get(path))["display_name"] == "茶壶"
    await alice.refused("PUT", path, 400, "M_INVALID_PARAM", {"display_name": "x" * 500})
    await alice.refused("PUT", path, 400, "M_BAD_JSON", {"display_name": 5})
    await alice.put(path, {})
    assert (await alice.get(path))["display_name"] == "茶壶"


async def test_whois_tells_oneself_and_administrators_only(
    server: RunningServer, alice: Actor, bob: Actor
) -> None:
    mine = await alice.get(f"/admin/whois/{alice.user_id}")
    assert set(mine["devices"]) == {alice.device_id}
    await bob.refused("GET", f"/admin/whois/{alice.user_id}", 403, "M_FORBIDDEN")
    secret = server.registration_shared_secret
    async with await register(server.url, secret, fresh_localpart("admin"), admin=True) as admin:
        assert (await admin.get(f"/admin/whois/{alice.user_id}"))["user_id"] == alice.user_id
        await admin.refused("GET", "/admin/whois/@nobody:localhost", 404, "M_NOT_FOUND")
        await admin.refused("GET", "/_matrix/client/v1/admin/suspend/@x:y", 404, "M_UNRECOGNIZED")
        await admin.refused("GET", "/_matrix/client/v1/admin/lock/@x:y", 400, "M_INVALID_PARAM")
    await alice.refused("GET", "/_matrix/client/v1/admin/lock/@x:y", 403, "M_FORBIDDEN")
