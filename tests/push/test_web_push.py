"""Web push pushers (MSC4174): activated by a token, then told ids and counts, encrypted for the app alone."""

from __future__ import annotations

from typing import Any

import pytest
from tests.actors import Actor, eventually
from tests.microblog.push_service import PushService, signed_by
from tests.push.conftest import NewUser
from tests.push.test_delivery import room_of
from tests.server_process import ServerProcess

Json = dict[str, Any]
ACK = "/pushers/ack"
CAPABILITY = "org.matrix.msc4174.webpush"


def web_pusher(service: PushService, **changed: Any) -> Json:
    """Give the body that sets a pusher to the service."""
    data = {"url": service.endpoint, "auth": service.keys["auth"], **changed.pop("data", {})}
    return {
        "kind": "webpush",
        "app_id": "test.tea.web",
        "pushkey": service.keys["p256dh"],
        "app_display_name": "Tea",
        "device_display_name": "Browser",
        "lang": "en",
        "data": data,
        **changed,
    }


async def set_waiting(actor: Actor, service: PushService, **changed: Any) -> Json:
    """Set a pusher that has to be activated; gives the token that arrives for it."""
    before = len(service.told)
    await actor.request("POST", "/pushers/set", web_pusher(service, **changed), expect=201)
    (token,) = (await service.wait_for(before + 1))[before:]
    assert token.keys() == {"app_id", "ack_token"}
    return token


async def set_active(actor: Actor, service: PushService, **changed: Any) -> None:
    """Set a pusher and activate it by the token that arrives."""
    await actor.post(ACK, await set_waiting(actor, service, **changed))


async def state_of(actor: Actor) -> list[bool]:
    """Tell of each pusher of the actor whether it is activated."""
    return [one["data"]["activated"] for one in (await actor.get("/pushers"))["pushers"]]


async def test_nothing_is_told_before_the_token_came_back(new_user: NewUser) -> None:
    alice, bob = await new_user("alice"), await new_user("bob")
    room = await room_of(alice, bob)
    async with PushService() as service:
        token = await set_waiting(bob, service)
        assert await state_of(bob) == [False]
        await alice.send_text(room, "too early")
        await bob.post(ACK, token)
        assert await state_of(bob) == [True]
        event_id = await alice.send_text(room, "a secret blend")
        told = (await service.wait_for(2))[1]
        assert told == {
            "app_id": "test.tea.web",
            "event_id": event_id,
            "room_id": room,
            "prio": "high",
            "unread": 2,
        }
        headers = service.headers[1]
        assert (headers["content-encoding"], headers["urgency"]) == ("aes128gcm", "high")
        vapid = (await bob.get("/capabilities"))["capabilities"][CAPABILITY]["vapid"]
        assert signed_by(headers["authorization"], vapid)["aud"] == service.endpoint.partition("/push")[0]


async def test_that_nothing_is_left_unread_is_told_once_and_on_wish_never(new_user: NewUser) -> None:
    alice, bob = await new_user("alice"), await new_user("bob")
    room = await room_of(alice, bob)
    async with PushService() as loud, PushService() as quiet:
        await set_active(bob, loud)
        await set_active(bob, quiet, data={"events_only": True})
        first = await alice.send_text(room, "one")
        await loud.wait_for(2)
        await quiet.wait_for(2)
        await bob.post(f"/rooms/{room}/receipt/m.read/{first}", {})
        assert (await loud.wait_for(3))[2] == {"app_id": "test.tea.web", "unread": 0}
        second = await alice.send_text(room, "two")
        assert (await quiet.wait_for(3))[2]["event_id"] == second


async def test_a_busy_service_is_tried_again_and_a_dead_subscription_ends(new_user: NewUser) -> None:
    alice, bob = await new_user("alice"), await new_user("bob")
    room = await room_of(alice, bob)
    async with PushService() as service:
        await set_active(bob, service)
        service.status = 503
        event_id = await alice.send_text(room, "patience")
        await eventually(lambda: service.refused >= 1, "a refusal", 30)
        service.status = 201
        assert (await service.wait_for(2))[1]["event_id"] == event_id
        service.status = 410
        await alice.send_text(room, "too late")
        await eventually(lambda: service.refused >= 2, "a refusal for good", 30)
        while await state_of(bob):
            pass


async def test_a_pusher_stays_active_until_its_target_changes(new_user: NewUser) -> None:
    bob = await new_user("bob")
    async with PushService() as service:
        await set_active(bob, service)
        await bob.post("/pushers/set", web_pusher(service, lang="zh"))
        assert await state_of(bob) == [True]
        moved = f"{service.endpoint}/moved"
        token = await set_waiting(bob, service, data={"url": moved})
        assert await state_of(bob) == [False]
        (shown,) = (await bob.get("/pushers"))["pushers"]
        assert shown["data"] == {"url": moved, "auth": service.keys["auth"], "activated": False}
        await bob.refused("POST", ACK, 400, "M_UNKNOWN_ACTIVATION_TOKEN", service.told[0])
        await bob.post(ACK, token)
        assert await state_of(bob) == [True]


async def test_a_token_activates_only_its_owners_pusher(new_user: NewUser) -> None:
    alice, bob = await new_user("alice"), await new_user("bob")
    async with PushService() as service:
        token = await set_waiting(bob, service)
        await alice.refused("POST", ACK, 404, "M_NOT_FOUND", token)
        await bob.refused("POST", ACK, 404, "M_NOT_FOUND", {**token, "app_id": "another"})
        assert await state_of(bob) == [False]


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"pushkey": "AAAA"}, "M_INVALID_PARAM"),
        ({"data": {"auth": "AAAA"}}, "M_INVALID_PARAM"),
        ({"data": {"auth": 3}}, "M_INVALID_PARAM"),
        ({"data": {"auth": "é"}}, "M_INVALID_PARAM"),
        ({"data": {"url": "http://push.example.org/x"}}, "M_INVALID_PARAM"),
        ({"data": {"url": "https://[::1/x"}}, "M_INVALID_PARAM"),
        ({"data": {"url": "https://me@push.example.org/x"}}, "M_INVALID_PARAM"),
        ({"data": {"url": ["https://push.example.org/x"]}}, "M_INVALID_PARAM"),
    ],
)
async def test_a_malformed_subscription_is_refused(alice: Actor, changed: Json, errcode: str) -> None:
    service = PushService()
    good = {"url": "https://push.example.org/x", **changed.pop("data", {})}
    await alice.refused("POST", "/pushers/set", 400, errcode, web_pusher(service, data=good, **changed))


async def test_a_copy_of_the_database_opens_no_subscription(
    push_server: ServerProcess, new_user: NewUser
) -> None:
    bob = await new_user("bob")
    async with PushService() as service:
        token = await set_waiting(bob, service)
        if push_server.database is None:
            kept = b"".join(path.read_bytes() for path in push_server.data.glob("teahouse.db*"))
            assert service.endpoint.encode() in kept
            assert service.keys["auth"].encode() not in kept
            assert token["ack_token"].encode() not in kept
