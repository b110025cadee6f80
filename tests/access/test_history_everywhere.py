"""No answer of any endpoint holds a word of a room's past or future that its reader may not see (G33, G34, G35).

Each stage of a story leaves words of its own in messages, replies, reactions, topics and names. A reader of each
role asks every endpoint for everything; whatever field a hidden word turned up in, the test would find it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from itertools import product

import pytest
import pytest_asyncio

from tests.actors import Actor, Json, fresh_localpart, register, segment
from tests.running_server import RunningServer
from tests.sync.phone import STABLE, Phone

MODES = ("joined", "invited", "shared", "world_readable")
ROLES = ("other", "invited", "joined", "left", "kicked", "banned")
GONE = ("left", "kicked", "banned")
STAGES = ("ancient", "early", "asked", "together", "after")
"""The reader is invited after `early`, comes after `asked`, and goes (or doesn't) after `together`."""
SAID = ("message", "reply", "reaction")
KEPT = ("topic", "nickname")
EVERYTHING = json.dumps(
    {
        "room": {
            "include_leave": True,
            "timeline": {"limit": 200, "types": None},
            "state": {"lazy_load_members": False},
        }
    }
)


@dataclass
class Story:
    """What happened, and where: the ids of all events by the word that they hold."""

    room: str
    teller: Actor
    singer: Actor
    reader: Actor
    mode: str
    role: str
    ids: dict[str, str] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    live: list[Json] = field(default_factory=list)
    phone: Phone | None = None
    slid: list[Json] = field(default_factory=list)

    @property
    def here(self) -> str:
        """The room's path."""
        return f"/rooms/{segment(self.room)}"


def readable(role: str, mode: str) -> tuple[str, ...]:
    """Give the stages whose events a role reads in a mode."""
    if mode == "world_readable":
        return STAGES
    if role == "other" or (role == "invited" and mode != "invited"):
        return ()
    begin = {"joined": "together", "invited": "asked", "shared": "ancient"}[mode]
    stages = STAGES[STAGES.index(begin) :]
    return tuple(stage for stage in stages if stage != "after") if role in GONE else stages


def known_state(role: str, mode: str) -> set[str]:
    """Give the stages whose state a role may know: that of the readable events, and what held just before them."""
    read = readable(role, mode)
    before = STAGES[max(STAGES.index(read[0]) - 1, 0) :][:1] if read else ()
    return {*read, *before}


async def tell(story: Story, stage: str) -> None:
    """Leave the words of a stage in the room."""
    teller, room, ids = story.teller, story.room, story.ids
    ids[f"message-{stage}"] = said = await teller.send_text(room, f"message-{stage}")
    ids[f"reply-{stage}"] = await teller.reply_in_thread(room, said, f"reply-{stage}")
    ids[f"reaction-{stage}"] = await story.singer.react(room, said, f"reaction-{stage}")
    ids[f"topic-{stage}"] = await teller.set_state(room, "m.room.topic", {"topic": f"topic-{stage}"})
    nickname = {"membership": "join", "displayname": f"nickname-{stage}"}
    ids[f"nickname-{stage}"] = await story.singer.set_state(
        room, "m.room.member", nickname, story.singer.user_id
    )
    await story.singer.read(room, said)
    story.tokens.append((await teller.messages(room, limit=1))["start"])


async def listen(story: Story) -> None:
    """Sync the reader once more, from where they were."""
    since = story.live[-1]["next_batch"] if story.live else None
    story.live.append(await story.reader.sync(since, filter=EVERYTHING))
    story.phone = story.phone or Phone(story.reader, window(story.room))
    story.slid.append(await story.phone.sync())


def window(room_id: str) -> Json:
    """Ask sliding sync for all there is to know of a room, in two ways."""
    whole = {"timeline_limit": 100, "required_state": [["*", "*"]]}
    return {
        "lists": {"all": whole},
        "room_subscriptions": {room_id: whole},
        "extensions": {name: {"enabled": True} for name in ("account_data", "receipts", "typing")},
    }


async def play(reader: Actor, teller: Actor, singer: Actor, mode: str, role: str) -> Story:
    """Let the reader live through the story in a role, listening all the while."""
    visibility = {"type": "m.room.history_visibility", "content": {"history_visibility": mode}}
    room = await teller.create_room(
        preset="private_chat", initial_state=[visibility], invite=[singer.user_id]
    )
    await singer.join(room)
    story = Story(room, teller, singer, reader, mode, role)
    for stage in STAGES:
        await listen(story)
        await tell(story, stage)
        if stage == "early" and role != "other":
            await teller.invite(room, reader)
        if stage == "asked" and role not in ("other", "invited"):
            await reader.join(room)
        if stage == "together":
            await listen(story)
            if role == "left":
                await reader.leave(room)
            elif role == "kicked":
                await teller.kick(room, reader)
            elif role == "banned":
                await teller.ban(room, reader)
    await listen(story)
    return story


def words_in(text: str, kinds: tuple[str, ...]) -> set[str]:
    """Give the words of these kinds that a text holds."""
    return {f"{kind}-{stage}" for kind in kinds for stage in STAGES if f"{kind}-{stage}" in text}


def words_of(stages: set[str] | tuple[str, ...], kinds: tuple[str, ...]) -> set[str]:
    """Give the words of these kinds and stages."""
    return {f"{kind}-{stage}" for kind in kinds for stage in stages}


# Each way of reading gives the text of all its answers.


async def texts_of(story: Story, *paths: str) -> str:
    """Ask for each path; refusals are texts too."""
    answers = await asyncio.gather(*(story.reader.answer("GET", path) for path in paths))
    assert not [answer for answer in answers if answer.status_code not in (200, 400, 403, 404)]
    return "\n".join(answer.text for answer in answers)


async def messages(story: Story) -> str:
    """Page through everything, in both directions, from the ends and from every token of the story."""
    tokens = ["", *(f"&from={token}" for token in story.tokens)]
    return await texts_of(
        story, *(f"{story.here}/messages?dir={way}&limit=500{token}" for way in "bf" for token in tokens)
    )


async def events(story: Story) -> str:
    """Ask for each event by its id."""
    return await texts_of(story, *(f"{story.here}/event/{segment(event)}" for event in story.ids.values()))


async def contexts(story: Story) -> str:
    """Ask for what surrounds the messages and the changed names, with the state then."""
    ids = [story.ids[f"{kind}-{stage}"] for kind in ("message", "nickname") for stage in STAGES]
    return await texts_of(story, *(f"{story.here}/context/{segment(event)}?limit=100" for event in ids))


async def relations(story: Story) -> str:
    """Ask for what relates to the messages and replies."""
    ids = [story.ids[f"{kind}-{stage}"] for kind in ("message", "reply") for stage in STAGES]
    here = f"/_matrix/client/v1{story.here}"
    return await texts_of(story, *(f"{here}/relations/{segment(event)}?limit=100" for event in ids))


async def threads(story: Story) -> str:
    """List the threads."""
    return await texts_of(story, f"/_matrix/client/v1{story.here}/threads?limit=100")


async def state(story: Story) -> str:
    """Ask for the state in every form."""
    topic, singer = "state/m.room.topic/", f"state/m.room.member/{segment(story.singer.user_id)}"
    parts = ("state", topic, f"{topic}?format=event", singer, f"{singer}?format=event")
    return await texts_of(story, *(f"{story.here}/{part}" for part in parts))


async def members(story: Story) -> str:
    """Ask for the members now and at every token of the story."""
    parts = ("members", "joined_members", *(f"members?at={token}" for token in story.tokens))
    return await texts_of(story, *(f"{story.here}/{part}" for part in parts))


async def by_time(story: Story) -> str:
    """Walk through time and name each event that is found by its word."""
    found: set[str] = set()
    ts = 0
    names = {event_id: word for word, event_id in story.ids.items()}
    for _ in range(300):
        path = f"/_matrix/client/v1{story.here}/timestamp_to_event"
        answer = await story.reader.answer("GET", path, params={"ts": ts, "dir": "f"})
        if answer.status_code != 200:
            return " ".join(found)
        found.add(names.get(answer.json()["event_id"], ""))
        ts = answer.json()["origin_server_ts"] + 1
    raise AssertionError("time does not end")


async def search(story: Story) -> str:
    """Search for every word, with what surrounds it and the state."""
    text = ""
    for word in ("message", "reply", "topic"):
        wish = {
            "search_term": word,
            "filter": {"rooms": [story.room], "limit": 50},
            "include_state": True,
            "event_context": {"before_limit": 20, "after_limit": 20, "include_profile": True},
        }
        found = await story.reader.post("/search", {"search_categories": {"room_events": wish}})
        text += json.dumps(found, ensure_ascii=False)
    return text


async def first_sync(story: Story) -> str:
    """Sync anew, with left rooms."""
    told = await story.reader.sync(filter=EVERYTHING, full_state="true")
    told.get("rooms", {}).pop("invite", None)
    return json.dumps(told)


async def live_sync(story: Story) -> str:
    """Give what was told while the story went on."""
    told = [{**answer, "rooms": {**answer.get("rooms", {}), "invite": None}} for answer in story.live]
    return json.dumps(told)


def without_invites(answer: Json) -> Json:
    """Give what an answer of sliding sync tells of rooms that the reader was in."""
    kept = ("invite_state", "stripped_state")
    return {
        **answer,
        "rooms": {r: {k: v for k, v in t.items() if k not in kept} for r, t in answer["rooms"].items()},
    }


async def first_window(story: Story) -> str:
    """Begin sliding sync anew, in both of its forms."""
    fresh = await Phone(story.reader, window(story.room)).sync()
    whole = {"timeline_limit": 100, "required_state": {"include": [{}]}}
    body = {"lists": {"all": whole}, "room_subscriptions": {story.room: whole}}
    stable = await story.reader.request("POST", STABLE, body)
    return json.dumps([without_invites(fresh), without_invites(stable)])


async def live_window(story: Story) -> str:
    """Give what sliding sync told while the story went on."""
    return json.dumps([without_invites(answer) for answer in story.slid])


async def notifications(story: Story) -> str:
    """List what the reader was notified of."""
    return await texts_of(story, "/notifications?limit=100")


async def aliases_and_more(story: Story) -> str:
    """Ask for what is told of rooms besides."""
    return await texts_of(story, f"{story.here}/aliases", f"/profile/{segment(story.singer.user_id)}")


Way = Callable[[Story], Awaitable[str]]
WHOLE: tuple[Way, ...] = (messages, events, contexts)
"""These give every readable event."""
WAYS: tuple[Way, ...] = (
    *WHOLE, relations, threads, state, members, by_time, search, first_sync, live_sync,
    first_window, live_window, notifications,
    aliases_and_more,
)  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def tellers(server: RunningServer) -> AsyncIterator[tuple[Actor, Actor]]:
    """Those who tell the stories; they are the same in all of them."""
    secret = server.registration_shared_secret
    teller = await register(server.url, secret, fresh_localpart("teller"))
    singer = await register(server.url, secret, fresh_localpart("singer"))
    yield teller, singer
    await teller.close()
    await singer.close()


@pytest_asyncio.fixture(
    scope="module", loop_scope="session", params=list(product(MODES, ROLES)), ids="-".join
)
async def story(
    server: RunningServer, tellers: tuple[Actor, Actor], request: pytest.FixtureRequest
) -> AsyncIterator[Story]:
    """A story in each mode for each role, with a reader of its own."""
    mode, role = request.param
    reader = await register(server.url, server.registration_shared_secret, fresh_localpart(role))
    async with reader:
        yield await play(reader, *tellers, mode, role)


async def test_no_endpoint_tells_more_than_the_role_may_read(story: Story) -> None:
    mode, role = story.mode, story.role
    told = {way.__name__: await way(story) for way in WAYS}
    stages = readable(role, mode)
    may_read = words_of(stages, SAID)
    may_know = words_of(known_state(role, mode), KEPT)
    leaks = {name: words_in(text, SAID) - may_read for name, text in told.items()}
    leaks_of_state = {name: words_in(text, KEPT) - may_know for name, text in told.items()}
    assert {name: words for name, words in leaks.items() if words} == {}
    assert {name: words for name, words in leaks_of_state.items() if words} == {}
    if role in GONE and mode != "world_readable":
        # Not even in a receipt: the singer has read it.
        syncs = ("first_sync", "live_sync", "first_window", "live_window")
        assert story.ids["message-after"] not in "".join(told[name] for name in syncs)
    if (mode, role) == ("shared", "joined"):
        silent = {name for name, text in told.items() if not words_in(text, (*SAID, *KEPT))}
        assert silent == {"aliases_and_more"}
    for way in WHOLE:
        assert words_in(told[way.__name__], ("message", "reply")) == words_of(stages, ("message", "reply"))


async def test_the_live_path_and_the_history_path_tell_the_same(story: Story) -> None:
    live = timeline_words(story, story.live)
    fresh = timeline_words(story, [await story.reader.sync(filter=EVERYTHING)])
    page = words_in(await messages(story), ("message", "reply"))
    assert live <= page
    assert fresh <= page
    present = {"joined": ("together", "after"), "other": (), "invited": ()}.get(story.role, ("together",))
    assert words_of(present, ("message", "reply")) <= live
    slid = slid_words(story, story.slid)
    assert slid <= page
    assert words_of(present, ("message", "reply")) <= slid
    if story.role == "joined":
        assert fresh == page
        new = slid_words(story, [await Phone(story.reader, window(story.room)).sync()])
        assert new == page


async def test_from_outside_one_sees_a_room_only_while_one_may_enter_it(story: Story) -> None:
    outside = (
        f"/_matrix/client/v1{story.here}/hierarchy",
        f"/_matrix/client/v1/room_summary/{segment(story.room)}",
    )
    seen = [words_in(await texts_of(story, path), KEPT) for path in outside]
    may_enter = story.role in ("invited", "joined") or story.mode == "world_readable"
    assert seen == [{"topic-after"} if may_enter else set()] * 2


def timeline_words(story: Story, answers: list[Json]) -> set[str]:
    """Give the words in the room's timelines of some sync answers."""
    rooms = [
        answer.get("rooms", {}).get(section, {}).get(story.room, {})
        for answer in answers
        for section in ("join", "leave")
    ]
    return words_in(json.dumps([room.get("timeline", {}) for room in rooms]), ("message", "reply"))


def slid_words(story: Story, answers: list[Json]) -> set[str]:
    """Give the words in the room's timelines of some answers of sliding sync."""
    rooms = [answer["rooms"].get(story.room, {}) for answer in answers]
    return words_in(json.dumps([room.get("timeline", []) for room in rooms]), ("message", "reply"))
