"""Making accounts over the API, names given only once (G49), and what stands in the way ("Account registration")."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.actors import PASSWORD, Actor, Json, fresh_localpart
from tests.running_server import RunningServer
from tests.server_process import ServerProcess

DUMMY = {"type": "m.login.dummy"}


async def test_the_first_request_says_which_stages_are_left(stranger: Actor) -> None:
    body = {"username": fresh_localpart("dora"), "password": PASSWORD}
    challenge = await stranger.request("POST", "/register", body, expect=401)
    assert challenge["flows"] == [{"stages": ["m.login.dummy"]}]
    assert challenge["completed"] == []
    made = await stranger.post("/register", {**body, "auth": {**DUMMY, "session": challenge["session"]}})
    assert made["user_id"] == f"@{body['username']}:localhost"
    async with Actor(stranger.url, made["user_id"], made["access_token"], made["device_id"]) as dora:
        assert (await dora.whoami())["device_id"] == made["device_id"]


async def test_the_probe_of_element_can_be_followed_by_the_real_request(stranger: Actor) -> None:
    challenge = await stranger.request("POST", "/register", {}, expect=401)
    body: Json = {"username": fresh_localpart("dora"), "password": PASSWORD}
    made = await stranger.post("/register", {**body, "auth": {**DUMMY, "session": challenge["session"]}})
    assert made["access_token"]


async def test_a_name_is_lower_cased_and_a_session_can_be_left_out(stranger: Actor) -> None:
    name = fresh_localpart("Dora")
    body = {"username": name, "password": PASSWORD, "inhibit_login": True, "auth": DUMMY}
    made = await stranger.post("/register", body)
    assert made["user_id"] == f"@{name.lower()}:localhost"
    assert "access_token" not in made
    await stranger.refused("GET", "/register/available", 400, "M_USER_IN_USE", params={"username": name})


async def test_without_a_name_one_is_made_up(stranger: Actor) -> None:
    made = await stranger.post("/register", {"password": PASSWORD, "auth": DUMMY, "device_id": "TEAPOT"})
    assert made["user_id"].startswith("@")
    assert made["device_id"] == "TEAPOT"


@pytest.mark.parametrize("name", ["", "a b", "a:b", "茶", "a" * 260, "a#b", "@a:localhost", "\u212aate"])
async def test_a_name_outside_the_grammar_is_refused(stranger: Actor, name: str) -> None:
    body = {"username": name, "password": PASSWORD, "auth": DUMMY}
    await stranger.refused("POST", "/register", 400, "M_INVALID_USERNAME", body)
    await stranger.refused("GET", "/register/available", 400, "M_INVALID_USERNAME", params={"username": name})


@pytest.mark.parametrize(
    ("password", "errcode"),
    [("short", "M_WEAK_PASSWORD"), ("12345678", "M_WEAK_PASSWORD"), ("x" * 200, "M_INVALID_PARAM")],
)
async def test_a_bad_password_is_refused_and_leaves_the_name_free(
    stranger: Actor, password: str, errcode: str
) -> None:
    name = fresh_localpart("dora")
    body = {"username": name, "password": password, "auth": DUMMY}
    await stranger.refused("POST", "/register", 400, errcode, body)
    assert (await stranger.get("/register/available", username=name)) == {"available": True}


async def test_there_are_no_guests(stranger: Actor) -> None:
    await stranger.refused("POST", "/register", 403, "M_GUEST_ACCESS_FORBIDDEN", {}, params={"kind": "guest"})
    await stranger.refused("POST", "/register", 400, "M_INVALID_PARAM", {}, params={"kind": "robot"})


async def test_of_many_who_want_a_name_at_once_one_gets_it(stranger: Actor) -> None:
    body = {"username": fresh_localpart("race"), "password": PASSWORD, "auth": DUMMY}
    answers = await asyncio.gather(*(stranger.answer("POST", "/register", body) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 7
    assert {a.json()["errcode"] for a in answers if a.status_code == 400} == {"M_USER_IN_USE"}


async def test_a_session_is_bound_to_its_body_and_used_up(stranger: Actor) -> None:
    body = {"username": fresh_localpart("dora"), "password": PASSWORD}
    session = (await stranger.request("POST", "/register", body, expect=401))["session"]
    auth = {**DUMMY, "session": session}
    changed = {**body, "username": fresh_localpart("mallory"), "auth": auth}
    await stranger.refused("POST", "/register", 403, "M_FORBIDDEN", changed)
    await stranger.refused(
        "POST", "/register", 403, "M_FORBIDDEN", {**body, "password": "another password", "auth": auth}
    )
    await stranger.post("/register", {**body, "auth": auth})
    fresh = {"username": fresh_localpart("dora"), "password": PASSWORD, "auth": auth}
    again = await stranger.request("POST", "/register", fresh, expect=401)
    assert again["session"] != session


def token_command(server: ServerProcess, *words: str) -> str:
    """Run `teahouse registration-token` beside the running server and give what it prints."""
    command = [str(Path(sys.executable).with_name("teahouse")), "registration-token", *words]
    command += ["--data", str(server.data), "--server-name", server.server_name]
    if server.database:
        command += ["--database", server.database]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.strip()


async def test_a_token_lets_as_many_people_in_as_it_allows(token_server: ServerProcess) -> None:
    token = await asyncio.to_thread(token_command, token_server, "create", "--uses", "1")
    validity = "/_matrix/client/v1/register/m.login.registration_token/validity"
    async with Actor(token_server.url, "", "", "") as stranger:
        assert (await stranger.get(validity, token=token)) == {"valid": True}
        assert (await stranger.get(validity, token="nonsense")) == {"valid": False}
        body: Json = {"username": fresh_localpart("dora"), "password": PASSWORD}
        challenge = await stranger.request("POST", "/register", body, expect=401)
        assert challenge["flows"] == [{"stages": ["m.login.registration_token", "m.login.dummy"]}]
        session = {"session": challenge["session"]}
        wrong = {**body, "auth": {"type": "m.login.registration_token", "token": "nonsense", **session}}
        answer = await stranger.request("POST", "/register", wrong, expect=401)
        assert (answer["errcode"], answer["completed"]) == ("M_FORBIDDEN", [])
        right = {**body, "auth": {"type": "m.login.registration_token", "token": token, **session}}
        answer = await stranger.request("POST", "/register", right, expect=401)
        assert answer["completed"] == ["m.login.registration_token"]
        assert (await stranger.get(validity, token=token)) == {"valid": False}, "the held use is pending"
        await stranger.post("/register", {**body, "auth": {**DUMMY, **session}})
        other: Json = {"username": fresh_localpart("late"), "password": PASSWORD}
        late = {**other, "auth": {"type": "m.login.registration_token", "token": token}}
        answer = await stranger.request("POST", "/register", late, expect=401)
        assert answer["errcode"] == "M_FORBIDDEN"


async def test_a_dummy_stage_alone_opens_no_server_that_wants_tokens(token_server: ServerProcess) -> None:
    body = {"username": fresh_localpart("dora"), "password": PASSWORD, "auth": DUMMY}
    async with Actor(token_server.url, "", "", "") as stranger:
        answer = await stranger.request("POST", "/register", body, expect=401)
        assert answer["completed"] == ["m.login.dummy"]


async def test_registration_is_limited_for_each_address(limited_server: ServerProcess) -> None:
    async with Actor(limited_server.url, "", "", "") as stranger:
        statuses = []
        for _ in range(14):
            answer = await stranger.answer("POST", "/register", {"username": fresh_localpart("dora")})
            statuses.append(answer.status_code)
        assert statuses[:5] == [401] * 5
        assert statuses[-1] == 429
        assert answer.json()["errcode"] == "M_LIMIT_EXCEEDED"
        assert int(answer.headers["Retry-After"]) >= 1


def shared_secret_body(secret: str, nonce: str, **fields: Any) -> Json:
    """Sign a registration by shared secret."""
    body = {"nonce": nonce, "username": fresh_localpart("op"), "password": "pass", "admin": False, **fields}
    signed = (nonce, body["username"], body["password"], "admin" if body["admin"] else "notadmin")
    mac = hmac.new(secret.encode(), "\0".join(signed).encode(), hashlib.sha1).hexdigest()
    return {"mac": mac, **body}


async def test_whoever_knows_the_shared_secret_makes_users(server: RunningServer, stranger: Actor) -> None:
    path = "/_synapse/admin/v1/register"
    nonce = (await stranger.get(path))["nonce"]
    body = shared_secret_body(server.registration_shared_secret, nonce, displayname="Oper", admin=True)
    made = await stranger.post(path, body)
    assert made["home_server"] == server.server_name
    profile = await stranger.get(f"/profile/{made['user_id']}")
    assert profile == {"displayname": "Oper"}
    await stranger.refused("POST", path, 400, "M_UNKNOWN", body)
    for wrong in ("guess", ""):
        nonce = (await stranger.get(path))["nonce"]
        await stranger.refused("POST", path, 403, "M_FORBIDDEN", shared_secret_body(wrong, nonce))
