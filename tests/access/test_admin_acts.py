"""What only administrators may do is refused to everybody else in the same words, and is written down (G39)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest_asyncio

from tests.actors import Actor, Json, fresh_localpart, register, segment
from tests.server_process import SECRET, ServerProcess

REGISTER = "/_synapse/admin/v1/register"


@pytest_asyncio.fixture(loop_scope="session")
async def own_server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """A server whose log this test may read."""
    server = ServerProcess(tmp_path / "server")
    await server.start()
    yield server
    await server.remove()


async def make_by_secret(
    http: httpx.AsyncClient, secret: str, *, signed_as: str, admin: bool
) -> httpx.Response:
    """Ask for a user over the operator's endpoint, with a mac that signs the role `signed_as`."""
    nonce = (await http.get(REGISTER)).json()["nonce"]
    name, password = fresh_localpart("operator"), "oolong-and-rain"
    message = b"\0".join(part.encode() for part in (nonce, name, password, signed_as))
    mac = hmac.new(secret.encode(), message, hashlib.sha1).hexdigest()
    body: Json = {"nonce": nonce, "username": name, "password": password, "admin": admin, "mac": mac}
    return await http.post(REGISTER, json=body)


async def test_what_administrators_do_is_refused_to_others_and_written_down(
    own_server: ServerProcess,
) -> None:
    async with (
        httpx.AsyncClient(base_url=own_server.url) as http,
        await register(own_server.url, SECRET, fresh_localpart("alice")) as alice,
        await register(own_server.url, SECRET, fresh_localpart("bob")) as bob,
    ):
        for wrong in (
            await make_by_secret(http, "not the secret", signed_as="admin", admin=True),
            await make_by_secret(http, SECRET, signed_as="notadmin", admin=True),
        ):
            assert (wrong.status_code, wrong.json()["errcode"]) == (403, "M_FORBIDDEN")
        made = (await make_by_secret(http, SECRET, signed_as="admin", admin=True)).json()
        admin = Actor(
            own_server.url, made["user_id"], made["access_token"], made["device_id"], "oolong-and-rain"
        )
        known = await bob.answer("GET", f"/admin/whois/{segment(alice.user_id)}")
        unknown = await bob.answer("GET", f"/admin/whois/{segment('@nobody:localhost')}")
        assert known.status_code == 403
        assert known.content == unknown.content
        assert alice.device_id in (await admin.get(f"/admin/whois/{segment(alice.user_id)}"))["devices"]
        await admin.close()
    log = own_server.log.read_text()
    [looked_up] = [line for line in log.splitlines() if "looked a user up" in line]
    assert admin.user_id in looked_up
    assert alice.user_id in looked_up
    assert [line for line in log.splitlines() if "with the shared secret" in line and admin.user_id in line]
    assert SECRET not in log
    assert "oolong" not in log
