"""Fields that a body should not have change nothing (G38)."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from tests.access.cast import Cast
from tests.access.every_route import Json, Route, request_of, served_routes
from tests.actors import PASSWORD, Actor, fresh_localpart, open_client, register
from tests.running_server import RunningServer

EXTRA: Json = {
    "admin": True,
    "is_admin": True,
    "server_admin": 1,
    "is_guest": True,
    "user_type": "admin",
    "deactivated": True,
    "role": "admin",
    "grants": ["admin"],
    "id": 1,
    "token_id": 1,
    "access_token": "tea_forged",
    "sender": "@forged:localhost",
    "origin_server_ts": 1,
    "event_id": "$forged",
    "membership": "ban",
    "state_key": "@forged:localhost",
    "__proto__": {"admin": True},
    "__class__": "Scope",
}
ADMIN_ONLY = "/_matrix/client/v1/admin/suspend/@x:localhost"
NAMES_USERS = {"upload_cross_signing_signatures"}
"""Their bodies have no fields of their own: each key is a user."""
ROUTES = [route for route in served_routes() if route.takes_body and route.name not in NAMES_USERS]


async def assert_ordinary(actor: Actor) -> None:
    """Assert that somebody is no administrator, and still who they were."""
    await actor.refused("GET", ADMIN_ONLY, 403, "M_FORBIDDEN")
    me = await actor.whoami()
    assert (me["user_id"], me["device_id"], me["is_guest"]) == (actor.user_id, actor.device_id, False)


@pytest.mark.parametrize("route", ROUTES, ids=str)
async def test_further_fields_give_nobody_more(cast: Cast, route: Route) -> None:
    stage = await cast.stage()
    actor = cast["room_admin"]
    request = request_of(route, cast.place("room_admin", stage, route.name))
    plain = await actor.answer(request.method, request.path, request.json, request.params)
    again = request_of(route, cast.place("room_admin", await cast.stage(), route.name))
    extra = await actor.answer(again.method, again.path, {**EXTRA, **(again.json or {})}, again.params)
    assert extra.status_code == plain.status_code, extra.text
    assert sorted(extra.json()) == sorted(plain.json())
    await assert_ordinary(actor)
    assert "@forged" not in str(await actor.full_state(stage.room_id))


async def test_a_new_account_is_an_ordinary_one_whatever_its_registration_said(server: RunningServer) -> None:
    localpart = fresh_localpart("climber")
    body = {"username": localpart, "password": PASSWORD, **EXTRA}
    async with open_client(server.url) as http:
        path = "/_matrix/client/v3/register"
        session = (await http.post(path, json=body)).json()["session"]
        made = (
            await http.post(path, json={**body, "auth": {"type": "m.login.dummy", "session": session}})
        ).json()
    async with Actor(server.url, made["user_id"], made["access_token"], made["device_id"]) as climber:
        assert climber.user_id == f"@{localpart}:{server.server_name}"
        await assert_ordinary(climber)


async def test_the_shared_secret_must_sign_the_wish_to_be_an_administrator(server: RunningServer) -> None:
    async with open_client(server.url) as http:
        path = "/_synapse/admin/v1/register"
        nonce = (await http.get(path)).json()["nonce"]
        localpart = fresh_localpart("climber")
        signed = "\0".join((nonce, localpart, PASSWORD, "notadmin")).encode()
        mac = hmac.new(server.registration_shared_secret.encode(), signed, hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": localpart, "password": PASSWORD, "mac": mac}
        for forged in ({"admin": True}, {"user_type": "admin"}, {"username": localpart + "x"}):
            answer = await http.post(path, json={**body, **forged})
            assert answer.status_code in (400, 403), (forged, answer.text)
            nonce = (await http.get(path)).json()["nonce"]
        free = await http.get("/_matrix/client/v3/register/available", params={"username": localpart})
        assert free.json() == {"available": True}


async def test_a_room_is_made_by_its_maker_whatever_the_body_says(cast: Cast) -> None:
    maker, other = cast["other"], cast["target"]
    for version in ("10", "11", "12"):
        room = await maker.create_room(
            **EXTRA,
            creator=other.user_id,
            room_id="!forged:localhost",
            room_version=version,
            creation_content={"creator": other.user_id, "room_version": "1", "sender": other.user_id},
        )
        assert room != "!forged:localhost"
        create = next(e for e in await maker.full_state(room) if e["type"] == "m.room.create")
        assert create["sender"] == maker.user_id
        # From version 11 on the field means nothing, and the sender alone made the room.
        assert create["content"].get("creator", other.user_id) == (
            maker.user_id if version == "10" else other.user_id
        )
        assert create["content"]["room_version"] == version
        await other.refused("GET", f"/rooms/{room}/state", 403, "M_FORBIDDEN")


async def test_an_invite_holds_in_its_own_room_only(cast: Cast, server: RunningServer) -> None:
    async with await register(
        server.url, server.registration_shared_secret, fresh_localpart("guest")
    ) as guest:
        host = cast["room_admin"]
        open_to_guest = await host.create_room(invite=[guest.user_id])
        closed = await host.create_room()
        signed = {"mxid": guest.user_id, "sender": host.user_id, "token": "x", "signatures": {}}
        for body in ({}, {"third_party_signed": signed}, {"room_id": open_to_guest}, {"via": ["localhost"]}):
            await guest.refused("POST", f"/join/{closed}", 403, "M_FORBIDDEN", body)
        assert await guest.join(open_to_guest) == open_to_guest
