"""Signing in: every way to name oneself, the same words for every failure, and limits on guessing."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.actors import PASSWORD, Actor, Json, fresh_localpart, register
from tests.running_server import RunningServer
from tests.server_process import ServerProcess


def attempt(user: str, password: str = PASSWORD) -> Json:
    """Make the body of a login."""
    return {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": user},
        "password": password,
    }


async def test_an_upper_case_name_is_the_same_person(stranger: Actor, alice: Actor) -> None:
    localpart = alice.user_id.partition(":")[0][1:]
    for name in (localpart.upper(), f"@{localpart.upper()}:localhost"):
        assert (await stranger.post("/login", attempt(name)))["user_id"] == alice.user_id


async def test_every_failure_has_the_same_words(stranger: Actor, alice: Actor, bob: Actor) -> None:
    proof = {**attempt(bob.user_id), "type": "m.login.password"}
    await bob.post("/account/deactivate", {"auth": proof})
    named: list[Json] = [
        attempt(alice.user_id, "not the password"),
        attempt(fresh_localpart("nobody")),
        attempt(bob.user_id),
        attempt("@alice:elsewhere.example"),
        attempt("no such grammar!"),
        {"type": "m.login.password", "user": fresh_localpart("nobody"), "password": PASSWORD},
    ]
    thirdparty = {"type": "m.id.thirdparty", "medium": "email", "address": "a@example.org"}
    phone = {"type": "m.id.phone", "country": "GB", "phone": "0123"}
    for identifier in (thirdparty, phone):
        named.append({"type": "m.login.password", "identifier": identifier, "password": PASSWORD})
    words = {(await stranger.refused("POST", "/login", 403, "M_FORBIDDEN", body))["error"] for body in named}
    assert len(words) == 1


@pytest.mark.parametrize(
    ("body", "status", "errcode"),
    [
        ({}, 400, "M_MISSING_PARAM"),
        ({"type": "m.login.password"}, 400, "M_MISSING_PARAM"),
        ({"type": "m.login.password", "password": "x"}, 400, "M_MISSING_PARAM"),
        ({"type": "m.login.password", "password": 5, "user": "a"}, 400, "M_BAD_JSON"),
        ({"type": "m.login.password", "password": "x", "identifier": "a"}, 400, "M_BAD_JSON"),
        ({"type": "m.login.password", "password": "x", "identifier": {"type": 1}}, 400, "M_UNKNOWN"),
        (
            {"type": "m.login.password", "password": "x", "identifier": {"type": "m.id.user"}},
            400,
            "M_MISSING_PARAM",
        ),
        ({"type": "m.login.token", "token": "x"}, 400, "M_UNKNOWN"),
        ({"type": "m.login.password", "password": "x", "user": {"a": 1}}, 400, "M_BAD_JSON"),
    ],
)
async def test_a_malformed_login_is_refused(
    stranger: Actor, body: dict[str, Any], status: int, errcode: str
) -> None:
    await stranger.refused("POST", "/login", status, errcode, body)


async def test_a_device_id_must_have_a_sensible_length(stranger: Actor, alice: Actor) -> None:
    for device_id in ("", "x" * 300):
        body = {**attempt(alice.user_id), "device_id": device_id}
        await stranger.refused("POST", "/login", 400, "M_INVALID_PARAM", body)


async def test_a_device_keeps_its_name_when_it_signs_in_again(alice: Actor, stranger: Actor) -> None:
    for name in ("Phone", "Other"):
        body = {**attempt(alice.user_id), "device_id": "PHONE", "initial_device_display_name": name}
        await stranger.post("/login", body)
    assert (await alice.get("/devices/PHONE"))["display_name"] == "Phone"


async def test_known_and_unknown_names_take_the_same_time(stranger: Actor, alice: Actor) -> None:
    """G47, by the quickest of each: what a busy machine adds to the others says nothing."""
    times: dict[str, list[float]] = {alice.user_id: [], "@nobody-at-all:localhost": []}
    for _ in range(40):
        for name, taken in times.items():
            started = time.perf_counter()
            await stranger.refused("POST", "/login", 403, "M_FORBIDDEN", attempt(name, "wrong guess"))
            taken.append(time.perf_counter() - started)
    known, unknown = map(min, times.values())
    assert 0.75 < known / unknown < 1.33


async def test_guessing_an_account_gets_slower(limited_server: ServerProcess) -> None:
    secret = limited_server.registration_shared_secret
    async with await register(limited_server.url, secret, fresh_localpart("alice")) as alice:
        for _ in range(5):
            await alice.refused("POST", "/login", 403, "M_FORBIDDEN", attempt(alice.user_id, "wrong guess"))
        for password in ("wrong guess", PASSWORD):
            answer = await alice.answer("POST", "/login", attempt(alice.user_id, password))
            assert answer.status_code == 429
            assert answer.json()["retry_after_ms"] > 5000
        assert (await alice.whoami())["user_id"] == alice.user_id


async def test_the_only_way_in_is_the_password(stranger: Actor, server: RunningServer) -> None:
    assert (await stranger.get("/login")) == {"flows": [{"type": "m.login.password"}]}
    well_known = await stranger.get("/.well-known/matrix/client")
    assert well_known == {
        "m.homeserver": {"base_url": server.url},
        "io.element.e2ee": {"default": True},
    }
