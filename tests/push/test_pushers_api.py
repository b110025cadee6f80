"""Setting and ending pushers over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from tests.actors import Actor
from tests.push.gateway import pusher

PUBLIC = "https://push.example.org/_matrix/push/v1/notify"


async def keys_of(actor: Actor) -> list[str]:
    """Give the actor's pushkeys."""
    return [found["pushkey"] for found in (await actor.get("/pushers"))["pushers"]]


async def test_a_pusher_is_set_replaced_and_deleted(alice: Actor) -> None:
    wish = pusher(PUBLIC, profile_tag="x", data={"format": "event_id_only", "extra": [1]})
    await alice.post("/pushers/set", wish)
    await alice.post("/pushers/set", {**wish, "lang": "zh"})
    assert (await alice.get("/pushers"))["pushers"] == [{**wish, "lang": "zh"}]
    await alice.post("/pushers/set", {"kind": None, "app_id": wish["app_id"], "pushkey": wish["pushkey"]})
    assert await keys_of(alice) == []


async def test_one_device_key_serves_one_user_unless_appended(alice: Actor, bob: Actor) -> None:
    await alice.post("/pushers/set", pusher(PUBLIC, "shared"))
    await bob.post("/pushers/set", pusher(PUBLIC, "shared", append=True))
    assert await keys_of(alice) == await keys_of(bob) == ["shared"]
    await bob.post("/pushers/set", pusher(PUBLIC, "shared"))
    assert (await keys_of(alice), await keys_of(bob)) == ([], ["shared"])


async def test_a_pusher_ends_with_its_device(alice: Actor) -> None:
    await alice.post("/pushers/set", pusher(PUBLIC, "first"))
    second = await alice.log_in_again()
    await second.post("/pushers/set", pusher(PUBLIC, "second"))
    assert sorted(await keys_of(alice)) == ["first", "second"]
    await second.log_out()
    assert await keys_of(alice) == ["first"]
    await second.close()


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"kind": "email"}, "M_INVALID_PARAM"),
        ({"kind": 3}, "M_INVALID_PARAM"),
        ({"app_id": "x" * 65}, "M_INVALID_PARAM"),
        ({"app_id": None}, "M_MISSING_PARAM"),
        ({"pushkey": "茶" * 171}, "M_INVALID_PARAM"),
        ({"pushkey": 3}, "M_INVALID_PARAM"),
        ({"lang": None}, "M_MISSING_PARAM"),
        ({"append": "yes"}, "M_INVALID_PARAM"),
        ({"data": {"url": None}}, "M_INVALID_PARAM"),
        ({"data": {"url": "ftp://push.example.org/_matrix/push/v1/notify"}}, "M_INVALID_PARAM"),
        ({"data": {"url": "https://push.example.org/elsewhere"}}, "M_INVALID_PARAM"),
        ({"data": {"url": "https://user@push.example.org/_matrix/push/v1/notify"}}, "M_INVALID_PARAM"),
        ({"data": {"url": "https://[::1/_matrix/push/v1/notify"}}, "M_INVALID_PARAM"),
        ({"data": {"url": "https://push.example.org:99999/_matrix/push/v1/notify"}}, "M_INVALID_PARAM"),
        (
            {"data": {"url": "https://push.example.org/_matrix/push/v1/notify", "format": 3}},
            "M_INVALID_PARAM",
        ),
    ],
)
async def test_a_malformed_pusher_is_refused(alice: Actor, changed: dict[str, Any], errcode: str) -> None:
    await alice.refused("POST", "/pushers/set", 400, errcode, pusher(PUBLIC, **changed))
    assert await keys_of(alice) == []


async def test_a_pusher_without_a_kind_or_data_is_incomplete(alice: Actor) -> None:
    for name in ("kind", "data", "pushkey", "app_display_name", "device_display_name"):
        wish = {key: value for key, value in pusher(PUBLIC).items() if key != name}
        await alice.refused("POST", "/pushers/set", 400, "M_MISSING_PARAM", wish)
    await alice.refused("POST", "/pushers/set", 413, "M_TOO_LARGE", pusher(PUBLIC, data={"x": "y" * 5000}))


async def test_g26_a_user_keeps_at_most_fifty_pushers(alice: Actor) -> None:
    for number in range(50):
        await alice.post("/pushers/set", pusher(PUBLIC, f"key{number}"))
    await alice.refused("POST", "/pushers/set", 400, "M_INVALID_PARAM", pusher(PUBLIC, "one more"))
    await alice.post("/pushers/set", pusher(PUBLIC, "key7", lang="zh"))
    assert len(await keys_of(alice)) == 50


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "[::1]", "[::ffff:10.0.0.1]", "[fd00::1]"],
)
async def test_g60_a_gateway_on_a_private_address_is_refused(alice: Actor, host: str) -> None:
    url = f"http://{host}/_matrix/push/v1/notify"
    await alice.refused("POST", "/pushers/set", 400, "M_INVALID_PARAM", pusher(url))
    assert await keys_of(alice) == []


async def test_g60_a_gateway_on_another_port_is_refused(alice: Actor) -> None:
    url = "http://push.example.org:5432/_matrix/push/v1/notify"
    await alice.refused("POST", "/pushers/set", 400, "M_INVALID_PARAM", pusher(url))
