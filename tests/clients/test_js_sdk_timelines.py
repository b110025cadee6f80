"""What matrix-js-sdk does with timelines beyond the common journeys: jumps, gaps and the list of threads."""

from __future__ import annotations

import pytest

from tests.actors import PASSWORD
from tests.clients.conftest import People
from tests.clients.js_client import JsClient
from tests.clients.real_client import share_a_room, until, until_shown

pytestmark = pytest.mark.timeout(600)  # The first test may have to install Node and the SDK.


async def js_person(people: People, name: str) -> JsClient:
    """Return a new person with matrix-js-sdk, syncing."""
    client = await people.person("js-sdk", name)
    assert isinstance(client, JsClient)
    return client


async def test_a_link_to_an_old_message_opens_the_history_around_it(people: People) -> None:
    alice = await js_person(people, "alice")
    room_id = await alice.create_room("Memory lane")
    said = [f"day {n}" for n in range(40)]
    sent = [await alice.send_text(room_id, body) for body in said]
    phone = await people.client("js-sdk")
    assert isinstance(phone, JsClient)
    await phone.log_in(alice.user_id, PASSWORD)
    await phone.start(initial_sync_limit=4)
    assert await phone.jump_to(room_id, sent[17], limit=6) == said


async def test_what_was_said_while_the_lid_was_closed_is_there_in_order(people: People) -> None:
    alice, bob = await js_person(people, "alice"), await js_person(people, "bob")
    room_id = await share_a_room(alice, bob, "Night shift")
    said = [f"hour {n}" for n in range(3)]
    for body in said:
        last = await alice.send_text(room_id, body)
    await until_shown(bob, room_id, last)
    await bob.sleep()
    for n in range(3, 40):
        said.append(f"hour {n}")
        last = await alice.send_text(room_id, said[-1])
    await bob.wake()
    await until_shown(bob, room_id, last)
    await until(lambda: bob.unread(room_id), lambda count: count == 40, "the night's unread messages")
    assert await bob.page_back(room_id, limit=7) == said


async def test_the_thread_panel_lists_threads_by_their_latest_reply(people: People) -> None:
    alice, bob = await js_person(people, "alice"), await js_person(people, "bob")
    room_id = await share_a_room(alice, bob, "Many talks")
    roots = {body: await alice.send_text(room_id, body) for body in ("cups", "pots", "trays")}
    await bob.reply_in_thread(room_id, roots["pots"], "iron")
    await alice.reply_in_thread(room_id, roots["cups"], "blue")
    await alice.reply_in_thread(room_id, roots["pots"], "or clay")
    phone = await people.client("js-sdk")
    assert isinstance(phone, JsClient)
    await phone.log_in(bob.user_id, PASSWORD)
    await phone.start(initial_sync_limit=1)
    # The SDK keeps the list as a timeline: the thread with the newest reply is at its end.
    assert await phone.list_threads(room_id) == [("cups", "blue"), ("pots", "or clay")]
    assert await phone.list_threads(room_id, mine=True) == [("pots", "or clay")]
