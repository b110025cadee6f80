"""The list of notifications: newest first, page by page, and only what its reader may see."""

from __future__ import annotations

from tests.actors import Actor


async def test_notifications_are_listed_page_by_page(alice: Actor, bob: Actor) -> None:
    rooms = [await alice.create_room(preset="public_chat") for _ in range(2)]
    sent = []
    for room_id in rooms:
        await bob.join(room_id)
    for number in range(30):
        sent.append(await alice.send_text(rooms[number % 2], f"cup {number}"))
        await alice.send(rooms[0], "m.room.message", {"msgtype": "m.notice", "body": "not told"})
        await bob.send_text(rooms[1], "own words")
    await bob.read(rooms[0], sent[10])
    found, token = [], None
    while True:
        page = await bob.get("/notifications", **{"from": token, "limit": 7})
        assert len(page["notifications"]) <= 7
        found += page["notifications"]
        token = page.get("next_token")
        if token is None:
            break
    assert [one["event"]["event_id"] for one in found] == sent[::-1]
    newest = found[0]
    assert newest["room_id"] == rooms[1]
    assert newest["actions"][0] == "notify"
    assert "room_id" not in newest["event"]
    assert newest["ts"] == newest["event"]["origin_server_ts"]
    in_first = [one["read"] for one in found if one["room_id"] == rooms[0]]
    assert in_first == [False] * 9 + [True] * 6
    assert (await alice.get("/notifications"))["notifications"][0]["event"]["sender"] == bob.user_id


async def test_only_highlights_can_be_asked_for(alice: Actor, bob: Actor) -> None:
    room_id = await alice.create_room(preset="public_chat")
    await bob.join(room_id)
    await alice.send_text(room_id, "plain")
    mention = {"msgtype": "m.text", "body": "bob", "m.mentions": {"user_ids": [bob.user_id]}}
    called = await alice.send(room_id, "m.room.message", mention)
    await alice.send_text(room_id, "plain")
    listed = (await bob.get("/notifications", only="highlight"))["notifications"]
    assert [one["event"]["event_id"] for one in listed] == [called]
    assert {"set_tweak": "highlight"} in listed[0]["actions"]


async def test_redacted_words_and_rooms_one_left_are_not_listed(alice: Actor, bob: Actor) -> None:
    room_id = await alice.create_room(preset="public_chat")
    await bob.join(room_id)
    gone = await alice.send_text(room_id, "said in anger")
    kept = await alice.send_text(room_id, "said in peace")
    await alice.redact(room_id, gone)
    listed = (await bob.get("/notifications"))["notifications"]
    assert [one["event"]["event_id"] for one in listed] == [kept]
    await bob.leave(room_id)
    assert (await bob.get("/notifications"))["notifications"] == []


async def test_odd_questions_are_refused(alice: Actor) -> None:
    for query in ({"from": "x"}, {"from": "n99999999999999999999"}, {"limit": "0"}, {"limit": "many"}):
        await alice.refused("GET", "/notifications", 400, "M_INVALID_PARAM", params=query)
    assert await alice.get("/notifications", limit=1000) == {"notifications": []}
