"""Operators make and look after users on the command line while the server runs."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.actors import PASSWORD, Actor, Json, fresh_localpart
from tests.cli.commands import command, place
from tests.server_process import ServerProcess


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """A server on which an account needs a registration token."""
    process = ServerProcess(tmp_path_factory.mktemp("house"), "--registration", "token")
    await process.start()
    yield process
    await process.remove()


async def log_in(house: ServerProcess, localpart: str, password: str = PASSWORD, expect: int = 200) -> Json:
    """Sign in by password over HTTP and give the answer."""
    body = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": localpart},
        "password": password,
    }
    async with Actor(house.url, "", "", "") as stranger:
        return dict(await stranger.request("POST", "/login", body, expect=expect))


async def may_register_with(house: ServerProcess, token: str) -> bool:
    """Try to make an account with a registration token, through all stages; tell whether it was made."""
    body: Json = {"username": fresh_localpart("dave"), "password": PASSWORD}
    async with Actor(house.url, "", "", "") as stranger:
        asked = await stranger.request("POST", "/register", body, expect=401)
        stage = {"type": "m.login.registration_token", "token": token, "session": asked["session"]}
        await stranger.request("POST", "/register", {**body, "auth": stage}, expect=401)
        dummy = {"type": "m.login.dummy", "session": asked["session"]}
        answer = await stranger.answer("POST", "/register", {**body, "auth": dummy})
        assert answer.status_code in (200, 401), answer.text
        return "user_id" in answer.json()


async def test_a_user_made_on_the_command_line_can_sign_in_at_once(house: ServerProcess) -> None:
    name = fresh_localpart("erin")
    program = str(Path(sys.executable).with_name("teahouse"))
    process = await asyncio.create_subprocess_exec(
        program, "user", "create", name, "--password-stdin", *place(house),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate(f"{PASSWORD}\n".encode())
    assert process.returncode == 0, said.decode()
    assert f"@{name}:localhost" in said.decode()
    assert (await log_in(house, name))["user_id"] == f"@{name}:localhost"
    listed = json.loads(await command(house, "user", "list", "--json"))
    assert f"@{name}:localhost" in {user["user_id"] for user in listed}


async def test_a_name_is_given_only_once(house: ServerProcess) -> None:
    name = fresh_localpart("erin")
    await command(house, "user", "create", name, "--password-stdin", typed=f"{PASSWORD}\n")
    again = await command(house, "user", "create", name, "--password-stdin", typed="other-one\n", expect=1)
    assert again.startswith("teahouse: ")
    assert again.count("\n") == 1
    await log_in(house, name)


async def test_a_reset_password_ends_the_old_one_and_its_sessions(house: ServerProcess) -> None:
    name = fresh_localpart("erin")
    await command(house, "user", "create", name, "--password-stdin", typed=f"{PASSWORD}\n")
    old = await log_in(house, name)
    await command(house, "user", "reset-password", name, "--password-stdin", typed="fresh-sencha\n")
    await log_in(house, name, expect=403)
    await log_in(house, name, "fresh-sencha")
    await session_ends(house, old)


async def test_a_deactivated_user_is_out_while_the_server_runs(house: ServerProcess) -> None:
    name = fresh_localpart("mallory")
    await command(house, "user", "create", name, "--password-stdin", typed=f"{PASSWORD}\n")
    session = await log_in(house, name)
    await command(house, "user", "deactivate", f"@{name}:localhost")
    await log_in(house, name, expect=403)
    await session_ends(house, session)


async def session_ends(house: ServerProcess, session: Json) -> None:
    """Wait until an access token that was good is refused."""
    deadline = time.monotonic() + 5
    async with Actor(house.url, session["user_id"], session["access_token"], session["device_id"]) as actor:
        while (await actor.answer("GET", "/account/whoami")).status_code != 401:
            assert time.monotonic() < deadline, "the old session still works"
            await asyncio.sleep(0.05)


async def test_an_administrator_is_made_and_unmade(house: ServerProcess) -> None:
    name = fresh_localpart("erin")
    await command(house, "user", "create", name, "--password-stdin", typed=f"{PASSWORD}\n")
    await command(house, "user", "set-admin", name)
    assert (await listed_user(house, name))["admin"]
    await command(house, "user", "set-admin", name, "--revoke")
    assert not (await listed_user(house, name))["admin"]


async def listed_user(house: ServerProcess, name: str) -> Json:
    """Give one user of the list."""
    users = json.loads(await command(house, "user", "list", "--json"))
    return next(dict(user) for user in users if user["user_id"] == f"@{name}:localhost")


async def test_an_unknown_user_is_told_in_one_line(house: ServerProcess) -> None:
    said = await command(house, "user", "deactivate", "nobody-here", expect=1)
    assert said.startswith("teahouse: ")
    assert said.count("\n") == 1


async def test_a_registration_token_works_as_often_as_it_says(house: ServerProcess) -> None:
    token = (await command(house, "registration-token", "create", "--uses", "1")).strip()
    assert await may_register_with(house, token)
    assert not await may_register_with(house, token)
    assert token in await command(house, "registration-token", "list")


async def test_a_revoked_registration_token_is_refused(house: ServerProcess) -> None:
    token = (await command(house, "registration-token", "create", "--token", "first-flush")).strip()
    assert token == "first-flush"
    await command(house, "registration-token", "revoke", token)
    assert not await may_register_with(house, token)


async def test_a_second_server_on_the_same_port_is_refused_in_one_line(
    house: ServerProcess, tmp_path: Path
) -> None:
    program = str(Path(sys.executable).with_name("teahouse"))
    process = await asyncio.create_subprocess_exec(
        program, "serve", "--port", str(house.port), "--data", str(tmp_path),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 1
    assert said.decode().startswith(f"teahouse: Can't listen on 127.0.0.1 port {house.port}")
    assert said.count(b"\n") == 1


async def test_a_free_port_is_taken_told_and_given_back(tmp_path: Path) -> None:
    program = str(Path(sys.executable).with_name("teahouse"))
    process = await asyncio.create_subprocess_exec(
        program, "serve", "--port", "0", "--data", str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    greeting = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
    url = greeting.rpartition(" at ")[2].strip()
    assert url.startswith("http://127.0.0.1:")
    async with Actor(url, "", "", "") as stranger:
        assert (await stranger.get("/_matrix/client/versions"))["versions"]
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(process.wait(), 10) == 0
    assert time.monotonic() - started < 5


async def test_a_user_made_with_a_token_is_signed_in(house: ServerProcess) -> None:
    name = fresh_localpart("bot")
    program = str(Path(sys.executable).with_name("teahouse"))
    process = await asyncio.create_subprocess_exec(
        program, "user", "create", name, "--password-stdin", "--token", *place(house),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    printed, _ = await process.communicate(PASSWORD.encode())
    async with Actor(house.url, f"@{name}:localhost", printed.decode().strip(), "") as bot:
        assert (await bot.whoami())["user_id"] == bot.user_id
        assert await bot.create_room()
