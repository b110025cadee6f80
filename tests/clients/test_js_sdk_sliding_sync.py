"""matrix-js-sdk on sliding sync: what its model shows is what was said, also in encrypted rooms."""

from __future__ import annotations

import pytest

from tests.actors import PASSWORD, Actor
from tests.clients.conftest import Drivers, People
from tests.clients.js_client import JsClient
from tests.clients.js_crypto import CryptoJsClient
from tests.clients.real_client import share_a_room, until, until_shown

pytestmark = pytest.mark.timeout(600)  # The first test may have to install Node and the SDK.


async def on_sliding_sync(people: People, name: str, display_name: str) -> JsClient:
    """Return a new person whose app syncs by sliding sync."""
    phone = await people.client("js-sdk")
    assert isinstance(phone, JsClient)
    somebody = await people.person("nio", name, display_name)
    await phone.log_in(somebody.user_id, PASSWORD)
    await phone.start(initial_sync_limit=20, sliding=True)
    return phone


async def test_an_app_on_sliding_sync_lives_through_a_conversation(people: People) -> None:
    alice = await people.person("js-sdk", "alice", "Alice")
    bob = await on_sliding_sync(people, "bob", "Bob")
    room_id = await share_a_room(alice, bob, "Night shift")
    await until(lambda: bob.room_name(room_id), lambda name: name == "Night shift", "the room's name")
    first = await alice.send_text(room_id, "Is anybody there?")
    shown = await until_shown(bob, room_id, first, "Is anybody there?")
    assert shown.sender == "Alice"
    await until(lambda: bob.unread(room_id), lambda count: count == 1, "one unread message")
    await bob.mark_read(room_id, first)
    await until(lambda: bob.unread(room_id), lambda count: count == 0, "nothing unread")
    await until(lambda: alice.has_read(room_id, bob.user_id, first), bool, "bob's receipt")
    answer = await bob.send_text(room_id, "Yes")
    await until_shown(alice, room_id, answer, "Yes")
    await alice.edit_text(room_id, first, "Is somebody there?")
    await until(lambda: bob.shown(room_id, first), lambda seen: bool(seen and seen.edited), "the edit")
    await alice.react(room_id, answer, "🍵")
    await until(
        lambda: bob.shown(room_id, answer), lambda seen: bool(seen and seen.reactions), "the reaction"
    )
    await bob.redact(room_id, answer)
    await until(
        lambda: alice.shown(room_id, answer), lambda seen: bool(seen and seen.redacted), "the redaction"
    )


async def test_a_new_app_on_sliding_sync_shows_the_newest_and_pages_back_to_the_rest(people: People) -> None:
    alice = await people.person("js-sdk", "alice")
    assert isinstance(alice, JsClient)
    room_id = await alice.create_room("Memory lane")
    said = [f"day {n}" for n in range(30)]
    for body in said:
        last = await alice.send_text(room_id, body)
    phone = await people.client("js-sdk")
    assert isinstance(phone, JsClient)
    await phone.log_in(alice.user_id, PASSWORD)
    await phone.start(initial_sync_limit=5, sliding=True)
    await until_shown(phone, room_id, last)
    assert await phone.page_back(room_id, limit=7) == said


async def test_who_is_removed_sees_that_in_the_app(people: People) -> None:
    alice = await people.person("js-sdk", "alice")
    assert isinstance(alice, JsClient)
    bob = await on_sliding_sync(people, "bob", "Bob")
    room_id = await share_a_room(alice, bob, "Short visit")
    async with Actor(people.server.url, alice.user_id, alice.access_token, alice.device_id) as owner:
        await owner.kick(room_id, bob.user_id)
    await until(lambda: bob.membership(room_id), lambda found: found == "leave", "the removal")


async def test_encrypted_messages_are_read_on_sliding_sync(drivers: Drivers) -> None:
    driver = await drivers.node()
    alice = await CryptoJsClient.sign_up(driver, "alice", sliding=True)
    bob = await CryptoJsClient.sign_up(driver, "bob", sliding=True)
    room_id = await alice.create_encrypted_room("Secret tea")
    await alice.invite(room_id, bob.user_id)
    await bob.join(room_id)
    await alice.is_joined_by(room_id, bob.user_id)
    await alice.knows_device(bob.user_id, bob.device_id)
    event_id = await alice.send_text(room_id, "Darjeeling at five")
    assert await bob.reads(room_id, event_id) == "Darjeeling at five"
    answer_id = await bob.send_text(room_id, "I bring the cake")
    assert await alice.reads(room_id, answer_id) == "I bring the cake"
    await alice.close()
    await bob.close()
