"""Signing in through an outside OpenID Connect provider: a real one, as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio

from teahouse.kernel.http import free_port
from tests.actors import Actor, fresh_localpart, register
from tests.oauth.apps import API, matrix_app, who
from tests.oauth.browser import Browser, Page
from tests.server_process import ServerProcess

PEOPLE = {
    "subject-lin": {"preferred_username": "lin", "name": "Lin 林"},
    "subject-mo": {"preferred_username": "mo", "name": "Mo"},
    "subject-other-mo": {"preferred_username": "mo", "name": "Another Mo"},
    "subject-odd": {"preferred_username": "Odd Name!", "name": ""},
    "subject-wei": {"preferred_username": "wei@corp.example", "name": "Wei"},
}


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running OpenID provider that knows a few people; gives its issuer."""
    port = free_port("127.0.0.1")
    people = [
        argument
        for subject, claims in PEOPLE.items()
        for argument in ("--user-claims", json.dumps({"sub": subject, **claims}))
    ]
    program = str(Path(sys.executable).with_name("oidc-provider-mock"))
    log = (tmp_path_factory.mktemp("provider") / "log").open("wb")
    process = subprocess.Popen(
        [program, "--port", str(port), "--require-nonce", "true", *people], stdout=log, stderr=log
    )
    issuer = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while True:
        try:
            httpx.get(f"{issuer}/.well-known/openid-configuration").raise_for_status()
            break
        except httpx.HTTPError:
            assert process.poll() is None, "the provider ended"
            assert time.monotonic() < deadline, "the provider did not start"
    yield issuer
    process.terminate()
    process.wait(20)
    log.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(provider: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """A server where nobody can sign up but whom the provider knows."""
    folder = tmp_path_factory.mktemp("house")
    file = folder / "teahouse.toml"
    file.write_text(
        f'[upstream]\nissuer = "{provider}"\nclient_id = "tea"\nclient_secret = "leaves"\nname = "Club"\n'
    )
    process = ServerProcess(folder, "--config", str(file), "--registration", "closed")
    await process.start()
    yield process
    await process.remove()


async def at_provider(page: Page, subject: str, **changes: str) -> str:
    """Say at the provider who one is; give the address to which it sends the browser back."""
    async with httpx.AsyncClient() as http:
        address = httpx.URL(page.elsewhere).copy_merge_params(changes)
        shown = await http.get(address)
        assert shown.status_code == 200, shown.text
        answer = await http.post(address, data={"sub": subject})
        return answer.headers["location"]


async def come_in(browser: Browser, subject: str, next_page: str = "/account") -> Page:
    """Go by the button on the sign-in page to the provider and back."""
    shown = await browser.open("/account/sign-in", next=next_page)
    assert "Continue with Club" in shown.text
    page = await browser.open("/account/upstream", next=next_page)
    return await browser.open(await at_provider(page, subject))


async def test_whom_the_provider_knows_gets_an_account_and_the_same_one_again(house: ServerProcess) -> None:
    for _ in range(2):
        async with Browser(house.url) as browser:
            page = await come_in(browser, "subject-lin")
            assert (page.path, page.status) == ("/account", 200)
            assert "@lin:localhost" in page.text
            assert "Lin 林" in page.text


async def test_an_app_is_let_in_by_way_of_the_provider(house: ServerProcess) -> None:
    async with Browser(house.url) as browser:
        app = await matrix_app(browser.http)
        shown = await browser.open("/oauth/authorize", **app.asking(API, state="s"))
        next_page = parse_qs(urlsplit(str(shown.answer.request.url)).query)["next"][0]
        page = await come_in(browser, "subject-wei", next_page)
        assert page.path == "/oauth/authorize"
        got = await app.redeem((await browser.submit(page, "allow")).told["code"])
        assert (await who(app.http, got["access_token"])).json()["user_id"] == "@wei:localhost"


async def test_a_name_that_is_taken_is_never_taken_over(house: ServerProcess) -> None:
    mo = await register(house.url, house.registration_shared_secret, "mo")
    await mo.close()
    async with Browser(house.url) as browser:
        page = await come_in(browser, "subject-mo")
        assert "Choose your user name" in page.text
        page = await browser.submit(page, username="mo")
        assert "This name is taken" in page.text
        chosen = fresh_localpart("mo")
        page = await browser.submit(page, username=chosen)
        assert page.path == "/account"
        assert f"@{chosen}:localhost" in page.text


async def test_a_name_that_is_none_here_is_chosen_anew(house: ServerProcess) -> None:
    async with Browser(house.url) as browser, Browser(house.url) as thief:
        page = await come_in(browser, "subject-odd")
        ticket = dict(page.forms[0].fields)["ticket"]
        theirs = dict((await thief.open("/account/sign-in")).forms[0].fields)["form_token"]
        stolen = await thief.post(
            "/account/upstream/name", [("form_token", theirs), ("ticket", ticket), ("username", "thief")]
        )
        assert stolen.status == 403
        page = await browser.submit(page, username=fresh_localpart("odd"))
        assert page.path == "/account"


async def test_an_answer_counts_once_and_in_the_browser_that_asked(house: ServerProcess) -> None:
    async with Browser(house.url) as browser, Browser(house.url) as victim:
        back = await at_provider(await browser.open("/account/upstream"), "subject-lin")
        assert (await victim.open(back)).status == 403, "nobody is signed in by a link of somebody else"
        back = await at_provider(await browser.open("/account/upstream"), "subject-lin")
        assert (await browser.open(back)).path == "/account"
        assert (await browser.open(back)).status == 403


async def test_an_id_token_of_another_sign_in_proves_nothing(house: ServerProcess) -> None:
    async with Browser(house.url) as browser:
        page = await browser.open("/account/upstream")
        back = await at_provider(page, "subject-lin", nonce="another-nonce")
        assert (await browser.open(back)).status == 403
        assert (
            await browser.open("/account/upstream/callback", error="access_denied", state="x")
        ).status == 403


async def test_without_a_password_the_account_can_be_closed_after_a_fresh_sign_in(
    house: ServerProcess,
) -> None:
    async with Browser(house.url) as browser:
        page = await come_in(browser, "subject-other-mo")
        page = await browser.submit(page, username=fresh_localpart("leaving"))
        assert "Club" in (await browser.open("/account/password")).text
        page = await browser.submit(await browser.open("/account/close"))
        assert "Your account is closed" in page.text
    async with Browser(house.url) as browser:
        assert (await come_in(browser, "subject-other-mo")).status == 403


async def test_a_provider_that_is_away_is_told_as_such(tmp_path: Path) -> None:
    file = tmp_path / "teahouse.toml"
    file.write_text(f'[upstream]\nissuer = "http://127.0.0.1:{free_port("127.0.0.1")}"\nonly = true\n')
    process = ServerProcess(tmp_path, "--config", str(file))
    await process.start()
    async with Browser(process.url) as browser, Actor(process.url, "", "", "") as stranger:
        page = await browser.open("/account/sign-in")
        assert "user_password" not in page.ids
        assert (await browser.open("/account/upstream")).status == 403
        await stranger.refused("GET", "/login", 404, "M_UNRECOGNIZED")
    await process.remove()
