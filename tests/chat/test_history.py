"""Paging, context, members and time: every page leads on until the beginning."""

from __future__ import annotations

import json

import pytest

from tests.actors import Actor, Json, bodies, joined_room, segment


async def walk(reader: Actor, room: str, direction: str, **params: object) -> list[Json]:
    """Page through a room to its end in one direction."""
    events: list[Json] = []
    token: str | None = None
    for _ in range(200):
        page = await reader.messages(room, direction, **{**params, "from": token})
        events += page["chunk"]
        token = page.get("end")
        if token is None or (direction == "f" and not page["chunk"]):
            return events
    raise AssertionError("the history does not end")


async def test_pages_of_any_size_give_the_whole_history_once(alice: Actor) -> None:
    room = await alice.create_room()
    for n in range(12):
        await alice.send_text(room, f"m{n}")
    whole = [event["event_id"] for event in (await alice.messages(room, limit=1000))["chunk"]]
    assert len(whole) > 17
    for limit in (1, 3, 7, 100):
        assert [event["event_id"] for event in await walk(alice, room, "b", limit=limit)] == whole
        assert [event["event_id"] for event in await walk(alice, room, "f", limit=limit)] == whole[::-1]


async def test_a_filter_that_matches_nothing_still_reaches_the_beginning(alice: Actor) -> None:
    """G9: a page that filters empty leads on, or says that it is the last."""
    room = await alice.create_room()
    for n in range(30):
        await alice.send_text(room, f"m{n}")
    for wanted in ('{"types":["org.none"]}', '{"types":["org.*"]}', '{"senders":["@nobody:localhost"]}'):
        assert await walk(alice, room, "b", limit=5, filter=wanted) == []
    rare = await walk(alice, room, "b", limit=2, filter='{"types":["m.room.cre*"]}')
    assert [event["type"] for event in rare] == ["m.room.create"]
    without = await walk(alice, room, "b", limit=4, filter='{"not_types":["m.room.*"]}')
    assert without == []


async def test_a_filter_chooses_by_sender_type_and_url(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    await alice.send_text(room, "from alice")
    await bob.send_text(room, "from bob")
    picture = await bob.send(
        room, "m.room.message", {"msgtype": "m.image", "body": "pic", "url": "mxc://a/b"}
    )

    async def found(wanted: str) -> list[str]:
        return bodies((await alice.messages(room, limit=50, filter=wanted))["chunk"])

    assert await found(f'{{"senders":["{bob.user_id}"],"types":["m.room.message"]}}') == ["pic", "from bob"]
    assert await found(f'{{"not_senders":["{bob.user_id}"]}}') == ["from alice"]
    assert await found('{"contains_url":true}') == ["pic"]
    assert "pic" not in await found('{"contains_url":false}')
    around = await alice.context(room, picture, limit=10, filter='{"types":["m.room.message"]}')
    assert bodies(around["events_before"]) == ["from bob", "from alice"]


async def test_from_and_to_bound_a_page(alice: Actor) -> None:
    room = await alice.create_room()
    sent = [await alice.send_text(room, f"m{n}") for n in range(6)]
    first = await alice.context(room, sent[1], limit=0)
    last = await alice.context(room, sent[4], limit=0)
    back = await alice.messages(room, "b", **{"from": last["end"], "to": first["end"], "limit": 50})
    assert bodies(back["chunk"]) == ["m4", "m3", "m2"]
    assert "end" not in back
    ahead = await alice.messages(room, "f", **{"from": first["end"], "to": last["end"], "limit": 50})
    assert bodies(ahead["chunk"]) == ["m2", "m3", "m4"]
    since = (await alice.sync())["next_batch"]
    assert bodies((await alice.messages(room, "b", **{"from": since}))["chunk"])[0] == "m5"


@pytest.mark.parametrize(
    ("path", "params", "errcode"),
    [
        ("messages", {}, "M_MISSING_PARAM"),
        ("messages", {"dir": "x"}, "M_INVALID_PARAM"),
        ("messages", {"dir": "b", "from": "x"}, "M_INVALID_PARAM"),
        ("messages", {"dir": "b", "from": "t999999999999"}, "M_INVALID_PARAM"),
        ("messages", {"dir": "b", "to": "t-1"}, "M_INVALID_PARAM"),
        ("messages", {"dir": "b", "limit": "-1"}, "M_INVALID_PARAM"),
        ("messages", {"dir": "b", "limit": "many"}, "M_INVALID_PARAM"),
        ("messages", {"dir": "b", "filter": "{"}, "M_NOT_JSON"),
        ("messages", {"dir": "b", "filter": "[]"}, "M_BAD_JSON"),
        ("messages", {"dir": "b", "filter": '{"types":"m"}'}, "M_INVALID_PARAM"),
        ("members", {"membership": "maybe"}, "M_INVALID_PARAM"),
        ("members", {"at": "yesterday"}, "M_INVALID_PARAM"),
        ("members", {"at": "t999999999999"}, "M_INVALID_PARAM"),
    ],
)
async def test_bad_questions_are_refused_with_their_reason(
    alice: Actor, path: str, params: Json, errcode: str
) -> None:
    room = await alice.create_room()
    await alice.refused("GET", f"/rooms/{segment(room)}/{path}", 400, errcode, params=params)


async def test_lazy_members_come_with_the_page_that_needs_them(
    alice: Actor, bob: Actor, carol: Actor
) -> None:
    room = await alice.create_room(preset="public_chat")
    for guest in (bob, carol):
        await guest.join(room)
    await bob.send_text(room, "from bob")
    wanted = '{"lazy_load_members":true,"types":["m.room.message"]}'
    page = await alice.messages(room, limit=5, filter=wanted)
    assert [event["state_key"] for event in page["state"]] == [bob.user_id]
    said = page["chunk"][0]["event_id"]
    around = await alice.context(room, said, limit=0, filter=wanted)
    members = [event["state_key"] for event in around["state"] if event["type"] == "m.room.member"]
    assert members == [bob.user_id]
    whole = await alice.context(room, said, limit=0)
    assert len([event for event in whole["state"] if event["type"] == "m.room.member"]) == 3


async def test_context_splits_its_limit_and_shows_the_state_of_then(alice: Actor) -> None:
    room = await alice.create_room(topic="then")
    sent = [await alice.send_text(room, f"m{n}") for n in range(7)]
    await alice.set_state(room, "m.room.topic", {"topic": "now"})
    around = await alice.context(room, sent[3], limit=4)
    assert bodies(around["events_before"]) == ["m2", "m1"]
    assert bodies(around["events_after"]) == ["m4", "m5"]
    topic = next(event for event in around["state"] if event["type"] == "m.room.topic")
    assert topic["content"]["topic"] == "then"
    older = await alice.messages(room, "b", **{"from": around["start"], "limit": 1})
    newer = await alice.messages(room, "f", **{"from": around["end"], "limit": 1})
    assert (bodies(older["chunk"]), bodies(newer["chunk"])) == (["m0"], ["m6"])


async def test_members_are_those_of_the_moment_asked_for(alice: Actor, bob: Actor, carol: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    mark = (await alice.context(room, await alice.send_text(room, "mark"), limit=0))["end"]
    await carol.join(room)
    await bob.leave(room)

    async def who(**params: str) -> set[str]:
        return {event["state_key"] for event in await alice.members(room, **params)}

    assert await who(at=mark) == {alice.user_id, bob.user_id}
    assert await who(membership="join") == {alice.user_id, carol.user_id}
    assert await who(not_membership="leave") == {alice.user_id, carol.user_id}
    assert await who(membership="leave") == {bob.user_id}
    assert await who(membership="leave", not_membership="join") == {bob.user_id}
    assert await who(at=mark, membership="join") == {alice.user_id, bob.user_id}


async def test_a_time_leads_to_the_nearest_event(alice: Actor) -> None:
    room = await alice.create_room()
    sent = await alice.send_text(room, "now")
    ts = (await alice.event(room, sent))["origin_server_ts"]
    path = f"/_matrix/client/v1/rooms/{segment(room)}/timestamp_to_event"
    newest = await alice.get(path, ts=ts + 10_000, dir="b")
    assert newest == {"event_id": sent, "origin_server_ts": ts}
    first = await alice.get(path, ts=0, dir="f")
    assert (await alice.event(room, first["event_id"]))["type"] == "m.room.create"
    await alice.refused("GET", path, 404, "M_NOT_FOUND", params={"ts": ts + 10_000, "dir": "f"})
    await alice.refused("GET", path, 400, "M_INVALID_PARAM", params={"ts": "10" * 30, "dir": "f"})
    await alice.refused("GET", path, 400, "M_INVALID_PARAM", params={"ts": 1, "dir": "up"})
    await alice.refused("GET", path, 400, "M_MISSING_PARAM", params={"dir": "f"})


async def test_each_time_of_a_long_history_leads_to_its_event_from_both_sides(alice: Actor) -> None:
    other = await alice.create_room()
    room = await alice.create_room()
    for n in range(9):
        await alice.send_text(room, f"m{n}")
        await alice.send_text(other, "what lies between is another room's")
    events = (await alice.messages(room, limit=100))["chunk"][::-1]
    path = f"/_matrix/client/v1/rooms/{segment(room)}/timestamp_to_event"
    for ts in sorted({event["origin_server_ts"] + shift for event in events for shift in (-1, 0, 1)}):
        later = [event["event_id"] for event in events if event["origin_server_ts"] >= ts]
        earlier = [event["event_id"] for event in events if event["origin_server_ts"] <= ts]
        if later:
            assert (await alice.get(path, ts=ts, dir="f"))["event_id"] == later[0]
        if earlier:
            assert (await alice.get(path, ts=ts, dir="b"))["event_id"] == earlier[-1]


async def test_ignored_people_are_left_out_of_history_but_not_their_state(
    alice: Actor, bob: Actor, carol: Actor
) -> None:
    room = await alice.create_room(preset="public_chat")
    for guest in (bob, carol):
        await guest.join(room)
    root = await bob.send_text(room, "ignored words")
    heard = await carol.reply_in_thread(room, root, "heard words")
    await bob.reply_in_thread(room, root, "more ignored words")
    ignored: Json = {"ignored_users": {bob.user_id: {}}}
    await alice.put(f"/user/{segment(alice.user_id)}/account_data/m.ignored_user_list", ignored)
    history = (await alice.messages(room, limit=50))["chunk"]
    assert bodies(history) == ["heard words"]
    assert bob.user_id in [event.get("state_key") for event in history]
    assert bodies((await alice.relations(room, root))["chunk"]) == ["heard words"]
    threads = (await alice.get(f"/_matrix/client/v1/rooms/{segment(room)}/threads"))["chunk"]
    summary = threads[0]["unsigned"]["m.relations"]["m.thread"]
    assert (threads[0]["event_id"], threads[0]["content"]) == (root, {})
    assert (summary["count"], summary["latest_event"]["event_id"]) == (1, heard)
    found = await alice.post("/search", {"search_categories": {"room_events": {"search_term": "words"}}})
    assert found["search_categories"]["room_events"]["count"] == 1


async def test_mutual_rooms_are_those_both_are_in_now(alice: Actor, bob: Actor, carol: Actor) -> None:
    rooms = [await alice.create_room(preset="public_chat") for _ in range(3)]
    for room in rooms[:2]:
        await bob.join(room)
        await carol.join(room)
    await bob.leave(rooms[1])
    path = "/_matrix/client/v1/mutual_rooms"
    assert await alice.get(path, user_id=bob.user_id) == {"joined": [rooms[0]], "count": 1}
    after = await alice.get(path, user_id=carol.user_id, **{"from": min(rooms[:2])})
    assert after == {"joined": [max(rooms[:2])], "count": 2}
    assert await alice.get(path, user_id="@nobody-at-all:localhost") == {"joined": [], "count": 0}
    for params in ({"user_id": alice.user_id}, {"user_id": "bob"}, {"user_id": bob.user_id, "from": "x"}):
        await alice.refused("GET", path, 400, "M_INVALID_PARAM", params=params)
    await alice.refused("GET", path, 400, "M_MISSING_PARAM")


async def test_a_filter_chooses_events_by_what_others_made_of_them(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    since = (await alice.sync())["next_batch"]
    plain, root, liked = [await alice.send_text(room, word) for word in ("plain", "root", "liked")]
    await bob.reply_in_thread(room, root, "reply")
    await alice.react(room, liked, "茶")
    taken_back = await bob.react(room, plain, "茶")
    await bob.redact(room, taken_back)

    async def found(**wanted: object) -> list[str]:
        asked = json.dumps(wanted)
        page = [event["event_id"] for event in (await alice.messages(room, filter=asked))["chunk"]]
        line = await alice.sync(since, filter=json.dumps({"room": {"timeline": wanted}}))
        told = joined_room(line, room)["timeline"]["events"] if page else []
        assert [event["event_id"] for event in reversed(told)] == page
        return page

    assert await found(related_by_rel_types=["m.thread"]) == [root]
    assert await found(related_by_senders=[bob.user_id]) == [root]
    assert await found(related_by_rel_types=["m.thread", "m.annotation"]) == [liked, root]
    assert await found(related_by_rel_types=["m.thread"], related_by_senders=[alice.user_id]) == []


async def test_a_filter_may_leave_the_whole_room_out(alice: Actor) -> None:
    room = await alice.create_room()
    for wanted in ({"not_rooms": [room]}, {"rooms": ["!other:localhost"]}):
        page = await alice.messages(room, filter=json.dumps(wanted))
        assert page["chunk"] == []
        assert "end" not in page
    assert (await alice.messages(room, filter=json.dumps({"rooms": [room]})))["chunk"]
