"""What an operator can set about signing in: passwords by way of apps off, and test suites' passwords on."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from teahouse.config import ConfigError, load
from tests.actors import PASSWORD, Actor, fresh_localpart, open_client, register
from tests.oauth.apps import API, mastodon_app, matrix_app, which_app, who
from tests.oauth.browser import Browser
from tests.server_process import ServerProcess


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def strict(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """A server where apps may not ask for passwords themselves, but test suites may."""
    folder = tmp_path_factory.mktemp("strict")
    file = folder / "teahouse.toml"
    file.write_text("[sign_in]\npassword_login = false\n")
    process = ServerProcess(folder, "--config", str(file), "--test-password-grant")
    await process.start()
    yield process
    await process.remove()


async def test_without_password_login_apps_are_sent_to_oauth(strict: ServerProcess) -> None:
    async with Actor(strict.url, "", "", "") as stranger:
        await stranger.refused("GET", "/login", 404, "M_UNRECOGNIZED")
        body = {"type": "m.login.password", "user": "alice", "password": PASSWORD}
        await stranger.refused("POST", "/login", 404, "M_UNRECOGNIZED", body)
        await stranger.refused("POST", "/register", 404, "M_UNRECOGNIZED", {})
    async with Browser(strict.url) as browser:
        await browser.sign_up(fresh_localpart("alice"))
        app = await matrix_app(browser.http)
        got = await app.session(browser, API)
        assert (await who(browser.http, got["access_token"])).status_code == 200


async def test_a_test_suite_gets_tokens_for_passwords(strict: ServerProcess) -> None:
    async with open_client(strict.url) as http:
        localpart = fresh_localpart("suite")
        actor = await register(strict.url, strict.registration_shared_secret, localpart)
        await actor.close()
        app = await mastodon_app(http, "read write follow")
        got = await app.token(
            grant_type="password", username=localpart, password=PASSWORD, scope="read write"
        )
        assert got["scope"] == "read write"
        assert (await which_app(http, got["access_token"])).json()["name"] == "Toots"
        wrong = await app.token(400, grant_type="password", username=localpart, password="wrong")
        assert wrong["error"] in ("invalid_grant", "invalid_request")
        told = (await http.get("/.well-known/oauth-authorization-server")).json()
        assert "password" in told["grant_types_supported"]


def test_a_server_that_others_can_reach_takes_no_test_passwords() -> None:
    with pytest.raises(ConfigError, match="test_password_grant"):
        load(
            overrides={
                "listen.host": "0.0.0.0",  # noqa: S104 (the address that is to be refused)
                "server_name": "example.org",
                "sign_in.test_password_grant": True,
            }
        )
