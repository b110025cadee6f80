"""What Element X requires of a server, each point by the request that it makes.

`docs/reference/element-x.md` lists the same points with the names of these tests; the last one compares them.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio

from tests.actors import Actor, segment
from tests.e2ee.devices import Device, Identity, encrypted_room, messages
from tests.oauth.apps import mastodon_app, matrix_app, matrix_metadata, who
from tests.oauth.browser import Browser
from tests.running_server import RunningServer
from tests.sync.phone import Phone, encryption, room_list

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "element-x.md"
OLD = "urn:matrix:org.matrix.msc2967.client:"
METADATA = "/_matrix/client/unstable/org.matrix.msc2965/auth_metadata"


@pytest_asyncio.fixture(loop_scope="session")
async def stranger(server: RunningServer) -> AsyncIterator[Actor]:
    """Somebody who is not signed in."""
    async with Actor(server.url, "", "", "") as actor:
        yield actor


async def test_sliding_sync_is_announced_before_login(stranger: Actor) -> None:
    versions = await stranger.get("/_matrix/client/versions")
    assert versions["unstable_features"]["org.matrix.simplified_msc3575"] is True
    assert {f"v1.{minor}" for minor in range(1, 12)} <= set(versions["versions"])


async def test_the_well_known_document_parses_and_elements_own_may_be_absent(stranger: Actor) -> None:
    found = await stranger.get("/.well-known/matrix/client")
    assert found["m.homeserver"]["base_url"].startswith("http")
    absent = await stranger.answer("GET", "/.well-known/element/element.json")
    assert absent.status_code == 404


async def test_the_oauth_metadata_has_what_the_sdk_demands(stranger: Actor) -> None:
    found = await stranger.get(METADATA)
    for name in ("issuer", "authorization_endpoint", "token_endpoint", "revocation_endpoint"):
        assert found[name].startswith("http")
    assert found["registration_endpoint"].startswith("http")
    assert "code" in found["response_types_supported"]
    assert {"query", "fragment"} <= set(found["response_modes_supported"])
    assert {"authorization_code", "refresh_token"} <= set(found["grant_types_supported"])
    assert "S256" in found["code_challenge_methods_supported"]
    assert "create" in found["prompt_values_supported"]
    actions = set(found["account_management_actions_supported"])
    assert {"org.matrix.devices_list", "org.matrix.device_view", "org.matrix.device_delete"} <= actions
    assert {"org.matrix.sessions_list", "org.matrix.session_view", "org.matrix.session_end"} <= actions
    assert {"org.matrix.profile", "org.matrix.cross_signing_reset"} <= actions


async def test_it_registers_with_its_own_scheme_and_signs_in_with_the_older_scopes(
    server: RunningServer, alice: Actor
) -> None:
    async with Browser(server.url) as browser:
        await browser.sign_in(alice.user_id)
        scheme = "example.app:/callback"
        app = await matrix_app(browser.http, application_type="native", redirect_uris=[scheme])
        page = await app.allowed_by(browser, f"{OLD}api:* {OLD}device:KETTLE1234", response_mode="query")
        assert page.elsewhere.startswith(scheme + "?")
        session = await app.redeem(page.told["code"])
        assert (await who(browser.http, session["access_token"])).json()["device_id"] == "KETTLE1234"
        fresh = await app.refresh(session["refresh_token"])
        assert (await who(browser.http, fresh["access_token"])).status_code == 200


async def test_password_login_is_offered_and_sso_is_not(stranger: Actor, alice: Actor) -> None:
    flows = {flow["type"] for flow in (await stranger.get("/login"))["flows"]}
    assert "m.login.password" in flows
    assert not flows & {"m.login.sso", "m.login.token"}


async def test_both_connections_of_a_device_are_answered_in_its_wire_format(alice: Actor, bob: Actor) -> None:
    room_id = await alice.create_room(invite=[bob.user_id], name="Tea")
    rooms, keys = Phone(alice, room_list()), Phone(alice, encryption())
    first = await rooms.sync()
    assert first["lists"]["all_rooms"]["count"] == 1
    told = first["rooms"][room_id]
    assert told["initial"] is True
    assert isinstance(told["bump_stamp"], int)
    assert {"name", "is_dm", "joined_count", "invited_count", "required_state", "timeline"} <= set(told)
    assert {"notification_count", "highlight_count", "num_live", "limited"} <= set(told)
    extensions = (await keys.sync())["extensions"]
    assert isinstance(extensions["to_device"]["next_batch"], str)
    assert "device_one_time_keys_count" in extensions["e2ee"]
    invited = (await Phone(bob, room_list()).sync())["rooms"][room_id]
    assert any(event["type"] == "m.room.member" for event in invited["invite_state"])


async def test_lists_grow_and_rooms_are_subscribed_to(alice: Actor) -> None:
    room_ids = [await alice.create_room(name=f"Tea {n}") for n in range(3)]
    phone = Phone(alice, room_list(last=0))
    assert len((await phone.sync())["rooms"]) == 1
    phone.show(99)
    assert set((await phone.sync())["rooms"]) == set(room_ids[:2])
    for n in range(5):
        await alice.send_text(room_ids[0], f"cup {n}")
    phone.subscribe(room_ids[0])
    assert len((await phone.sync())["rooms"][room_ids[0]]["timeline"]) >= 5


async def test_an_unknown_position_begins_anew(alice: Actor) -> None:
    await Phone(alice).refused(400, "M_UNKNOWN_POS", pos="99/nothing")


async def test_transaction_ids_come_back_and_unknown_extensions_are_passed_over(alice: Actor) -> None:
    room_id = await alice.create_room()
    phone = Phone(alice)
    phone.body["txn_id"] = "wish-1"
    phone.body["extensions"]["io.element.msc4308.thread_subscriptions"] = {"enabled": True}
    first = await phone.sync()
    assert first["txn_id"] == "wish-1"
    assert "io.element.msc4308.thread_subscriptions" not in first["extensions"]
    sent = await alice.put(
        f"/rooms/{segment(room_id)}/send/m.room.message/my-txn", {"msgtype": "m.text", "body": "tea"}
    )
    event = (await phone.sync())["rooms"][room_id]["timeline"][-1]
    assert event["event_id"] == sent["event_id"]
    assert event["unsigned"]["transaction_id"] == "my-txn"


async def test_encryption_is_set_up_without_a_word_after_login(alice: Actor) -> None:
    await Device(alice).publish(one_time_keys=5)
    await alice.post("/keys/device_signing/upload", Identity(alice.user_id).body)
    auth: Any = {"algorithm": "m.megolm_backup.v1.curve25519-aes-sha2", "auth_data": {"public_key": "abc"}}
    version = (await alice.post("/room_keys/version", auth))["version"]
    assert (await alice.get("/room_keys/version"))["version"] == version
    found = await alice.post("/keys/query", {"device_keys": {alice.user_id: []}})
    assert alice.user_id in found["master_keys"]


async def test_a_second_identity_is_allowed_on_a_page_only(server: RunningServer, alice: Actor) -> None:
    async with Browser(server.url) as browser:
        await browser.sign_in(alice.user_id)
        app = await matrix_app(browser.http)
        token = (await app.session(browser, f"{OLD}api:*"))["access_token"]
        path, headers = "/_matrix/client/v3/keys/device_signing/upload", {"Authorization": f"Bearer {token}"}
        first = await browser.http.post(path, json=Identity(alice.user_id).body, headers=headers)
        assert first.status_code == 200
        refused = await browser.http.post(path, json=Identity(alice.user_id).body, headers=headers)
        assert refused.status_code == 401
        assert ["m.oauth"] in [flow["stages"] for flow in refused.json()["flows"]]


async def test_a_pusher_is_kept_and_a_wake_up_finds_its_event(alice: Actor) -> None:
    room_id = await alice.create_room()
    data = {"url": "https://matrix.org/_matrix/push/v1/notify", "format": "event_id_only"}
    pusher = {
        "app_id": "io.element.ios", "pushkey": "key", "kind": "http", "app_display_name": "X",
        "device_display_name": "Phone", "lang": "en", "data": data,
    }  # fmt: skip
    await alice.post("/pushers/set", pusher)
    assert [one["app_id"] for one in (await alice.get("/pushers"))["pushers"]] == ["io.element.ios"]
    event_id = await alice.send_text(room_id, "tea")
    found = await alice.get(f"/rooms/{segment(room_id)}/context/{segment(event_id)}", limit=0)
    assert found["event"]["event_id"] == event_id
    assert found["events_before"] == []


async def test_sessions_of_the_microblog_are_no_devices_here(
    server: RunningServer, alice: Actor, bob: Actor
) -> None:
    await encrypted_room(alice, bob)
    async with Browser(server.url) as browser:
        await browser.sign_in(bob.user_id)
        app = await mastodon_app(browser.http)
        await app.session(browser, "read write")
    devices = [one["device_id"] for one in (await bob.get("/devices"))["devices"]]
    assert devices == [bob.device_id]
    await alice.put(
        f"/sendToDevice/m.tea/{alice.next_txn_id()}", {"messages": {bob.user_id: {"*": {"n": 1}}}}
    )
    assert messages(await bob.sync()) == [1]
    await Device(bob).publish()
    found = await alice.post("/keys/query", {"device_keys": {bob.user_id: []}})
    assert list(found["device_keys"][bob.user_id]) == [bob.device_id]


async def test_a_code_on_another_device_signs_in(stranger: Actor) -> None:
    versions = await stranger.get("/_matrix/client/versions")
    assert versions["unstable_features"]["org.matrix.msc4108"] is True
    begun: httpx.Response = await stranger.http.post(
        "/_matrix/client/unstable/org.matrix.msc4108/rendezvous",
        content="",
        headers={"Content-Type": "text/plain"},
    )
    assert begun.status_code == 201
    read = await stranger.http.get(begun.json()["url"], headers={"If-None-Match": begun.headers["etag"]})
    assert read.status_code == 304
    found = await stranger.get(METADATA)
    asked = await stranger.http.post(
        found["registration_endpoint"],
        json=matrix_metadata(grant_types=["refresh_token", "urn:ietf:params:oauth:grant-type:device_code"]),
    )
    grant = await stranger.http.post(
        found["device_authorization_endpoint"],
        data={"client_id": asked.json()["client_id"], "scope": f"{OLD}api:* {OLD}device:SCANNED1234"},
    )
    assert {"device_code", "user_code", "verification_uri_complete"} <= set(grant.json())


def test_the_page_lists_these_tests_and_no_others() -> None:
    listed = re.findall(r"`(test_\w+)`", PAGE.read_text())
    here = [
        name
        for name in globals()
        if name.startswith("test_") and name != "test_the_page_lists_these_tests_and_no_others"
    ]
    assert sorted(listed) == sorted(here)
