"""One person's whole day with each real client library: from registration to logging out."""

from __future__ import annotations

import time

import pytest

from tests.actors import PASSWORD, Actor, fresh_localpart, unread
from tests.clients.conftest import Library, NewPerson, People
from tests.clients.real_client import share_a_room, until, until_shown
from tests.running_server import RunningServer

PROMPTLY_S = 1.0
pytestmark = pytest.mark.timeout(600)  # The first test may have to install Node and the SDK.


async def test_a_registered_person_logs_in_and_is_who_they_say(people: People, library: Library) -> None:
    client = await people.client(library)
    localpart = fresh_localpart("alice")
    registered = await client.register(localpart, PASSWORD)
    await client.log_in(localpart, PASSWORD)
    assert client.user_id == registered
    assert registered.startswith(f"@{localpart}:")
    async with Actor(people.server.url, client.user_id, client.access_token, client.device_id) as actor:
        assert await actor.whoami() == {
            "user_id": registered,
            "device_id": client.device_id,
            "is_guest": False,
        }


async def test_an_invited_person_sees_the_rooms_name_before_and_after_joining(person: NewPerson) -> None:
    alice, bob = await person("alice"), await person("bob")
    room_id = await alice.create_room("The rain pavilion")
    await alice.invite(room_id, bob.user_id)
    await until(lambda: bob.membership(room_id), lambda m: m == "invite", "the invite")
    await until(lambda: bob.room_name(room_id), lambda n: n == "The rain pavilion", "the invited room's name")
    await bob.join(room_id)
    await until(lambda: bob.membership(room_id), lambda m: m == "join", "the joined room")
    assert await bob.room_name(room_id) == "The rain pavilion"


async def test_a_message_is_on_the_other_screen_within_a_second(person: NewPerson) -> None:
    alice, bob = await person("alice", "Alice"), await person("bob")
    room_id = await share_a_room(alice, bob, "Quick words")
    await until_shown(bob, room_id, await alice.send_text(room_id, "are you there?"))
    took = []
    for _ in range(5):  # The quickest counts: what a busy machine adds is not the server's.
        started = time.monotonic()
        event_id = await alice.send_text(room_id, "the kettle is on")
        shown = await until_shown(bob, room_id, event_id, "the kettle is on")
        took.append(time.monotonic() - started)
    assert min(took) < PROMPTLY_S, f"the messages took {took}"
    assert (shown.sender, shown.edited, shown.thread_root) == ("Alice", False, None)


async def test_an_edit_replaces_what_the_other_reads(person: NewPerson) -> None:
    alice, bob = await person("alice"), await person("bob")
    room_id = await share_a_room(alice, bob, "Second thoughts")
    event_id = await alice.send_text(room_id, "green tee")
    await until_shown(bob, room_id, event_id, "green tee")
    await alice.edit_text(room_id, event_id, "green tea")
    assert (await until_shown(bob, room_id, event_id, "green tea")).edited


async def test_reactions_are_counted_and_one_can_be_taken_back(person: NewPerson) -> None:
    alice, bob = await person("alice"), await person("bob")
    room_id = await share_a_room(alice, bob, "Applause")
    event_id = await alice.send_text(room_id, "I passed!")
    await until_shown(bob, room_id, event_id)
    await alice.react(room_id, event_id, "🎉")
    cheer = await bob.react(room_id, event_id, "🎉")
    for client in (alice, bob):
        await until(
            lambda who=client: who.shown(room_id, event_id),  # type: ignore[misc]
            lambda seen: seen is not None and seen.reactions == {"🎉": 2},
            "two reactions",
        )
    await bob.redact(room_id, cheer)
    await until(
        lambda: alice.shown(room_id, event_id),
        lambda seen: seen is not None and seen.reactions == {"🎉": 1},
        "one reaction to be left",
    )


async def test_a_redacted_message_vanishes_from_both_screens_and_from_history(person: NewPerson) -> None:
    alice, bob = await person("alice"), await person("bob")
    room_id = await share_a_room(alice, bob, "Slips")
    kept = await alice.send_text(room_id, "this may stay")
    event_id = await alice.send_text(room_id, "my password is tea")
    await until_shown(bob, room_id, event_id, "my password is tea")
    await alice.redact(room_id, event_id)
    for client in (alice, bob):
        seen = await until(
            lambda who=client: who.shown(room_id, event_id),  # type: ignore[misc]
            lambda seen: seen is not None and seen.redacted,
            "the redaction",
        )
        assert seen is not None
        assert seen.body is None
    assert (await until_shown(bob, room_id, kept)).body == "this may stay"


async def test_replies_in_a_thread_are_gathered_under_their_root(
    person: NewPerson, server: RunningServer
) -> None:
    alice, bob = await person("alice"), await person("bob")
    room_id = await share_a_room(alice, bob, "Two talks at once")
    root = await alice.send_text(room_id, "who brings the cups?")
    await until_shown(bob, room_id, root)
    first = await bob.reply_in_thread(room_id, root, "I do")
    await until_shown(alice, room_id, first, "I do")
    second = await alice.reply_in_thread(room_id, root, "then I bring the pot")
    assert (await until_shown(bob, room_id, second)).thread_root == root
    for client in (alice, bob):
        await until(
            lambda who=client: who.thread_replies(room_id, root),  # type: ignore[misc]
            lambda seen: seen == (2, "then I bring the pot"),
            "both replies in the thread",
        )
    async with Actor(server.url, bob.user_id, bob.access_token, bob.device_id) as tablet:
        summary = (await tablet.event(room_id, root))["unsigned"]["m.relations"]["m.thread"]
    assert (summary["count"], summary["latest_event"]["event_id"]) == (2, second)
    assert summary["current_user_participated"]


async def test_paging_back_shows_every_message_once_and_in_order(
    person: NewPerson, people: People, library: Library
) -> None:
    alice = await person("alice")
    room_id = await alice.create_room("A long evening")
    said = [f"story {n}" for n in range(45)]
    for body in said:
        await alice.send_text(room_id, body)
    phone = await people.client(library)
    await phone.log_in(alice.user_id, PASSWORD)
    await phone.start(initial_sync_limit=5)
    assert await phone.page_back(room_id, limit=10) == said


async def test_a_late_device_knows_the_rooms_name_and_people_from_the_state(
    person: NewPerson, people: People, library: Library
) -> None:
    alice = await person("alice", "Alice of the Long Room")
    room_id = await alice.create_room("The long room")
    for n in range(12):
        last = await alice.send_text(room_id, f"line {n}")
    phone = await people.client(library)
    await phone.log_in(alice.user_id, PASSWORD)
    await phone.start(initial_sync_limit=3)
    assert await phone.room_name(room_id) == "The long room"
    assert (await until_shown(phone, room_id, last)).sender == "Alice of the Long Room"


async def test_reading_makes_the_unread_count_fall_on_every_device(
    person: NewPerson, server: RunningServer
) -> None:
    alice, bob = await person("alice"), await person("bob")
    room_id = await share_a_room(alice, bob, "Counting")
    sent = [await alice.send_text(room_id, f"news {n}") for n in range(3)]
    await until(lambda: bob.unread(room_id), lambda count: count == 3, "three unread messages")
    async with Actor(server.url, bob.user_id, bob.access_token, bob.device_id) as tablet:
        before = await tablet.sync()
        assert unread(before, room_id) == (3, 0)
        await bob.mark_read(room_id, sent[-1])
        await until(lambda: bob.unread(room_id), lambda count: count == 0, "nothing unread")
        assert unread(await tablet.sync(before["next_batch"]), room_id) == (0, 0)
    await until(lambda: alice.has_read(room_id, bob.user_id, sent[-1]), bool, "the read receipt")


async def test_search_finds_a_message_by_its_word(person: NewPerson) -> None:
    alice = await person("alice")
    room_id = await alice.create_room("Library")
    await alice.send_text(room_id, "the oolong is nearly gone")
    await alice.send_text(room_id, "bring biscuits")
    await until(
        lambda: alice.search("oolong"), lambda found: found == ["the oolong is nearly gone"], "the hit"
    )


async def test_a_logged_out_device_is_let_in_no_more(person: NewPerson, server: RunningServer) -> None:
    alice = await person("alice")
    room_id = await alice.create_room("Closing time")
    async with Actor(server.url, alice.user_id, alice.access_token, alice.device_id) as thief:
        assert room_id in await thief.joined_rooms()
        await alice.log_out()
        await thief.refused("GET", "/joined_rooms", 401, "M_UNKNOWN_TOKEN")


@pytest.mark.parametrize("password", ["wrong", ""])
async def test_a_wrong_password_is_refused(people: People, library: Library, password: str) -> None:
    client = await people.client(library)
    localpart = fresh_localpart("alice")
    await client.register(localpart, PASSWORD)
    with pytest.raises(Exception, match="M_FORBIDDEN"):
        await client.log_in(localpart, password)
    assert client.access_token == ""
