"""Every way of reading a room gives the same answer for each mode of visibility and each role (G33 to G35)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from tests.actors import Actor, bodies, segment

MODES = ("joined", "invited", "shared", "world_readable")
ROLES = ("stranger", "invited", "joined", "left", "kicked", "banned")
SAID = ("early", "invited", "member", "late")
READS = {
    "stranger": {},
    "invited": {"invited": {"invited", "member", "late"}},
    "joined": {"joined": {"member", "late"}, "invited": {"invited", "member", "late"}, "shared": set(SAID)},
    "gone": {
        "joined": {"member"},
        "invited": {"invited", "member"},
        "shared": {"early", "invited", "member"},
    },
}


def readable(role: str, mode: str) -> set[str]:
    """Give which of the four messages a role reads in a mode."""
    if mode == "world_readable":
        return set(SAID)
    return READS["gone" if role in ("left", "kicked", "banned") else role].get(mode, set())


@dataclass
class Past:
    """A room with four messages, each with a thread reply that is said at once, and one reader of some role."""

    room: str
    reader: Actor
    allowed: set[str]
    events: dict[str, str] = field(default_factory=dict)


async def say(alice: Actor, past: Past, text: str) -> None:
    """Say something, change the topic with it, and answer it in a thread."""
    past.events[text] = await alice.send_text(past.room, f"{text} quokka")
    await alice.set_state(past.room, "m.room.topic", {"topic": f"{text} wombat"})
    await alice.reply_in_thread(past.room, past.events[text], f"{text} reply")


async def make_past(alice: Actor, reader: Actor, mode: str, role: str) -> Past:
    """Let a reader of the role live through the four messages."""
    visibility = {
        "type": "m.room.history_visibility",
        "state_key": "",
        "content": {"history_visibility": mode},
    }
    room = await alice.create_room(preset="private_chat", initial_state=[visibility])
    past = Past(room, reader, readable(role, mode))
    await say(alice, past, "early")
    if role != "stranger":
        await alice.invite(past.room, reader)
    await say(alice, past, "invited")
    if role not in ("stranger", "invited"):
        await reader.join(past.room)
    await say(alice, past, "member")
    if role == "left":
        await reader.leave(past.room)
    elif role == "kicked":
        await alice.kick(past.room, reader)
    elif role == "banned":
        await alice.ban(past.room, reader)
    await say(alice, past, "late")
    return past


def plain(texts: list[str]) -> set[str]:
    """Give the first words of what was said, thread replies left out."""
    return {text.split()[0] for text in texts if text.endswith("quokka")}


async def by_paging(past: Past, direction: str) -> set[str]:
    """Page through the room in steps of three."""
    texts: list[str] = []
    token: str | None = None
    path = f"/rooms/{segment(past.room)}/messages"
    while True:
        answer = await past.reader.answer("GET", path, params={"dir": direction, "limit": 3, "from": token})
        if answer.status_code == 403:
            return set()
        page = answer.json()
        texts += bodies(page["chunk"])
        token = page.get("end")
        if token is None or not page["chunk"]:
            return plain(texts)


async def backwards(past: Past) -> set[str]:
    return await by_paging(past, "b")


async def forwards(past: Past) -> set[str]:
    return await by_paging(past, "f")


async def one_by_one(past: Past, path: str) -> set[str]:
    """Ask for each message by its id; what may not be seen does not exist."""
    found = set()
    for text, event_id in past.events.items():
        answer = await past.reader.answer("GET", path.format(segment(past.room), segment(event_id)))
        assert answer.status_code in (200, 404), answer.text
        if answer.status_code == 200:
            found.add(text)
            hidden = set(SAID) - past.allowed
            assert not [word for word in hidden if f"{word} quokka" in answer.text], answer.text
            assert not [word for word in hidden if f"{word} reply" in answer.text], answer.text
    return found


async def by_event(past: Past) -> set[str]:
    return await one_by_one(past, "/rooms/{}/event/{}")


async def by_context(past: Past) -> set[str]:
    return await one_by_one(past, "/rooms/{}/context/{}")


async def by_relations(past: Past) -> set[str]:
    return await one_by_one(past, "/_matrix/client/v1/rooms/{}/relations/{}")


async def by_threads(past: Past) -> set[str]:
    answer = await past.reader.answer("GET", f"/_matrix/client/v1/rooms/{segment(past.room)}/threads")
    return plain(bodies(answer.json()["chunk"])) if answer.status_code == 200 else set()


async def by_search(past: Past) -> set[str]:
    wish = {"search_term": "quokka", "filter": {"rooms": [past.room]}, "order_by": "recent"}
    found = await past.reader.post("/search", {"search_categories": {"room_events": wish}})
    results = found["search_categories"]["room_events"]
    assert results["count"] == len(results["results"])
    return plain(bodies([result["result"] for result in results["results"]]))


async def by_time(past: Past) -> set[str]:
    """Walk through the room by time alone."""
    path = f"/_matrix/client/v1/rooms/{segment(past.room)}/timestamp_to_event"
    found: set[str] = set()
    ts = 0
    names = {event_id: text for text, event_id in past.events.items()}
    for _ in range(200):
        answer = await past.reader.answer("GET", path, params={"ts": ts, "dir": "f"})
        if answer.status_code != 200:
            return found
        if answer.json()["event_id"] in names:
            found.add(names[answer.json()["event_id"]])
        ts = answer.json()["origin_server_ts"] + 1
    raise AssertionError("time does not end")


WAYS: tuple[Callable[[Past], Awaitable[set[str]]], ...] = (
    backwards, forwards, by_event, by_context, by_relations, by_threads,
)  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("mode", MODES)
async def test_each_role_reads_what_the_mode_allows_by_every_way(
    alice: Actor, bob: Actor, mode: str, role: str
) -> None:
    past = await make_past(alice, bob, mode, role)
    read = {way.__name__: await way(past) for way in WAYS}
    assert read == dict.fromkeys(read, past.allowed)
    assert await by_time(past) <= past.allowed
    # Search looks only where one is or was, and strangers never were.
    assert await by_search(past) == (set() if role == "stranger" else past.allowed)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("mode", MODES)
async def test_each_role_sees_the_state_of_its_last_day(
    alice: Actor, bob: Actor, carol: Actor, mode: str, role: str
) -> None:
    past = await make_past(alice, bob, mode, role)
    await alice.invite(past.room, carol)
    room = segment(past.room)
    topic = await bob.answer("GET", f"/rooms/{room}/state/m.room.topic")
    state = await bob.answer("GET", f"/rooms/{room}/state")
    members = await bob.answer("GET", f"/rooms/{room}/members")
    if role in ("stranger", "invited") and mode != "world_readable":
        assert {answer.status_code for answer in (topic, state, members)} == {403}
        return
    is_gone = role in ("left", "kicked", "banned") and mode != "world_readable"
    assert topic.json() == {"topic": "member wombat" if is_gone else "late wombat"}
    assert ("late wombat" in state.text) is not is_gone
    assert (carol.user_id in members.text) is not is_gone
    joined = await bob.answer("GET", f"/rooms/{room}/joined_members")
    assert joined.status_code == (200 if role == "joined" else 403)


async def test_a_forgotten_room_is_closed_and_an_unknown_one_looks_the_same(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    said = await alice.send_text(room, "hello")
    await bob.join(room)
    await bob.leave(room)
    assert (await bob.event(room, said))["event_id"] == said
    await bob.forget(room)
    unknown = "!" + "a" * 43
    for path in ("messages?dir=b", "state", "members", "state/m.room.create", "joined_members"):
        closed = await bob.answer("GET", f"/rooms/{segment(room)}/{path}")
        absent = await bob.answer("GET", f"/rooms/{segment(unknown)}/{path}")
        assert (closed.status_code, closed.json()) == (403, absent.json())
    await bob.refused("GET", f"/rooms/{segment(room)}/event/{segment(said)}", 404, "M_NOT_FOUND")


async def test_edits_redactions_and_replies_after_the_leave_stay_unseen(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    edited = await alice.send_text(room, "draft")
    redacted = await alice.send_text(room, "mistake")
    root = await alice.send_text(room, "root")
    await alice.reply_in_thread(room, root, "first reply")
    await bob.leave(room)
    await alice.edit_text(room, edited, "final words")
    await alice.redact(room, redacted, "because bob left")
    await alice.reply_in_thread(room, root, "second reply")
    assert "m.relations" not in (await bob.event(room, edited))["unsigned"]
    gone = await bob.event(room, redacted)
    assert gone["content"] == {}
    assert "redacted_because" not in gone["unsigned"]
    thread = (await bob.event(room, root))["unsigned"]["m.relations"]["m.thread"]
    assert (thread["count"], thread["latest_event"]["content"]["body"]) == (1, "first reply")
    children = await bob.relations(room, root)
    assert bodies(children["chunk"]) == ["first reply"]
    listed = await bob.get(f"/_matrix/client/v1/rooms/{segment(room)}/threads")
    assert "second reply" not in str(listed)
