"""A session that ends in any way takes its pushers, its push subscription and what waits for its device along."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.actors import PASSWORD, Actor, segment
from tests.microblog.push_service import PushService
from tests.oauth.apps import API, DEVICE, App, matrix_app
from tests.oauth.browser import Browser
from tests.push.gateway import pusher

Json = dict[str, Any]
DEVICE_ID = "KETTLEPHONE"
SCOPE = f"{API} {DEVICE}{DEVICE_ID} push"
GATEWAY = "https://push.example.org/_matrix/push/v1/notify"
SUBSCRIPTION = "/api/v1/push/subscription"


async def revoke(app: App, got: Json, _: Browser, __: Actor) -> None:
    for name in ("refresh_token", "access_token"):
        answer = await app.http.post("/oauth/revoke", data={**app.identity, "token": got[name]})
        assert answer.status_code == 200


async def log_out(_: App, got: Json, __: Browser, alice: Actor) -> None:
    async with Actor(alice.url, alice.user_id, got["access_token"], DEVICE_ID) as phone:
        await phone.log_out()


async def show_the_code_again(app: App, got: Json, _: Browser, __: Actor) -> None:
    await app.redeem(got["code"], 400)


async def use_a_spent_refresh_token(app: App, got: Json, _: Browser, alice: Actor) -> None:
    newer = await app.refresh(got["refresh_token"])
    async with Actor(alice.url, alice.user_id, newer["access_token"], DEVICE_ID) as phone:
        await phone.whoami()
    await app.refresh(got["refresh_token"], 400)


async def delete_the_device(_: App, __: Json, ___: Browser, alice: Actor) -> None:
    path = f"/_matrix/client/v3/devices/{DEVICE_ID}"
    session = (await alice.http.request("DELETE", path, headers=bearer(alice.access_token), json={})).json()
    user = {"type": "m.id.user", "user": alice.user_id}
    auth = {
        "type": "m.login.password", "identifier": user, "password": PASSWORD, "session": session["session"],
    }  # fmt: skip
    answer = await alice.http.request("DELETE", path, headers=bearer(alice.access_token), json={"auth": auth})
    assert answer.status_code == 200


async def choose_it_on_the_page(_: App, __: Json, browser: Browser, ___: Actor) -> None:
    await browser.submit(await browser.open("/account/sessions"), "selected", device=DEVICE_ID)


async def change_the_password(_: App, __: Json, browser: Browser, alice: Actor) -> None:
    user = {"type": "m.id.user", "user": alice.user_id}
    auth = {"type": "m.login.password", "identifier": user, "password": PASSWORD}
    await alice.post("/account/password", {"new_password": PASSWORD, "auth": auth})
    await browser.sign_in(alice.user_id)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize(
    "end",
    [
        revoke,
        log_out,
        show_the_code_again,
        use_a_spent_refresh_token,
        delete_the_device,
        choose_it_on_the_page,
        change_the_password,
    ],
)
async def test_a_session_that_ends_leaves_nothing_that_is_told_to_it(
    alices_browser: Browser,
    alice: Actor,
    bob: Actor,
    end: Callable[[App, Json, Browser, Actor], Awaitable[None]],
) -> None:
    app = await matrix_app(alices_browser.http)
    code = (await app.allowed_by(alices_browser, SCOPE)).told["code"]
    got = {**await app.redeem(code), "code": code}
    subscription = PushService().wish("mention")
    subscription["subscription"]["endpoint"] = "https://push.example.org/somebody"
    async with Actor(alice.url, alice.user_id, got["access_token"], DEVICE_ID) as phone:
        await phone.post("/pushers/set", pusher(GATEWAY, "of the phone"))
        kept = await app.http.post(SUBSCRIPTION, json=subscription, headers=bearer(got["access_token"]))
        assert kept.status_code == 200, kept.text
    await alice.post("/pushers/set", pusher(GATEWAY, "of the other"))
    message = {"messages": {alice.user_id: {DEVICE_ID: {"body": "a key"}}}}
    await bob.put(f"/sendToDevice/m.tea/{segment(bob.next_txn_id())}", message)

    await end(app, got, alices_browser, alice)

    assert [one["pushkey"] for one in (await alice.get("/pushers"))["pushers"]] == ["of the other"]
    assert DEVICE_ID not in {one["device_id"] for one in (await alice.get("/devices"))["devices"]}
    again = await app.session(alices_browser, SCOPE)
    async with Actor(alice.url, alice.user_id, again["access_token"], DEVICE_ID) as phone:
        assert "to_device" not in await phone.sync()
        assert [one["pushkey"] for one in (await phone.get("/pushers"))["pushers"]] == ["of the other"]
    gone = await app.http.get(SUBSCRIPTION, headers=bearer(again["access_token"]))
    assert gone.status_code == 404, "the new session has no subscription of the old one's"


async def everywhere(_: Browser, alice: Actor) -> None:
    await alice.post("/logout/all")


async def by_a_new_password(browser: Browser, alice: Actor) -> None:
    await change_the_password(None, {}, browser, alice)  # type: ignore[arg-type]


@pytest.mark.parametrize("end", [everywhere, by_a_new_password])
async def test_what_an_app_was_allowed_and_has_not_fetched_ends_with_all_sessions(
    alices_browser: Browser, alice: Actor, end: Callable[[Browser, Actor], Awaitable[None]]
) -> None:
    app = await matrix_app(alices_browser.http)
    code = (await app.allowed_by(alices_browser, SCOPE)).told["code"]
    begun = (await app.http.post("/oauth/device_authorization", data={**app.identity, "scope": API})).json()
    page = await alices_browser.submit(await alices_browser.open(begun["verification_uri_complete"]))
    await alices_browser.submit(page, "allow")

    await end(alices_browser, alice)

    assert (await app.redeem(code, 400))["error"] == "invalid_grant"
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    refused = await app.token(400, grant_type=grant, device_code=begun["device_code"])
    assert refused["error"] in ("invalid_request", "invalid_grant")
