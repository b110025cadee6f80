"""Receipts, read markers, typing and reports: only in one's own name, only of what one may see (G36)."""

from __future__ import annotations

import pytest

from tests.actors import Actor, Json, joined_room, segment


def receipts(answer: Json, room: str) -> Json:
    """Give the receipts of a sync answer: event id, kind, user."""
    found: Json = {}
    for event in joined_room(answer, room).get("ephemeral", {}).get("events", []):
        if event["type"] == "m.receipt":
            found |= event["content"]
    return found


async def two_in_a_room(alice: Actor, bob: Actor) -> str:
    """Make a room with alice and bob in it."""
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    return room


async def test_a_private_receipt_is_for_its_own_reader_only(alice: Actor, bob: Actor) -> None:
    room = await two_in_a_room(alice, bob)
    said = await alice.send_text(room, "hi")
    await bob.read(room, said, "m.read.private")
    assert receipts(await bob.sync(), room)[said]["m.read.private"][bob.user_id]["ts"] > 0
    assert receipts(await alice.sync(), room) == {}
    await bob.read(room, said)
    assert list(receipts(await alice.sync(), room)[said]) == ["m.read"]


async def test_a_receipt_never_goes_backwards(alice: Actor, bob: Actor) -> None:
    room = await two_in_a_room(alice, bob)
    older, newer = await alice.send_text(room, "older"), await alice.send_text(room, "newer")
    await bob.read(room, newer)
    await bob.read(room, older)
    assert list(receipts(await alice.sync(), room)) == [newer]
    await bob.read(room, older, "m.fully_read")
    await bob.read(room, newer, "m.fully_read")
    await bob.read(room, older, "m.fully_read")
    path = f"/user/{segment(bob.user_id)}/rooms/{segment(room)}/account_data/m.fully_read"
    assert await bob.get(path) == {"event_id": newer}


async def test_each_thread_has_its_own_receipt(alice: Actor, bob: Actor) -> None:
    room = await two_in_a_room(alice, bob)
    root = await alice.send_text(room, "root")
    reply = await alice.reply_in_thread(room, root, "reply")
    after = await alice.send_text(room, "after")
    await bob.read(room, reply, thread_id=root)
    await bob.read(room, after, thread_id="main")
    shown = receipts(await alice.sync(), room)
    assert shown[reply]["m.read"][bob.user_id]["thread_id"] == root
    assert shown[after]["m.read"][bob.user_id]["thread_id"] == "main"
    base = f"/rooms/{segment(room)}/receipt"
    for event_id, thread_id in ((reply, "main"), (after, root), (reply, "$other"), (after, "")):
        path = f"{base}/m.read/{segment(event_id)}"
        await bob.refused("POST", path, 400, "M_INVALID_PARAM", {"thread_id": thread_id})
    fully = f"{base}/m.fully_read/{segment(after)}"
    await bob.refused("POST", fully, 400, "M_INVALID_PARAM", {"thread_id": "main"})
    await bob.refused("POST", f"{base}/m.read/{segment(after)}", 400, "M_BAD_JSON", {"thread_id": 1})


async def test_read_markers_are_set_together_or_not_at_all(alice: Actor, bob: Actor) -> None:
    room = await two_in_a_room(alice, bob)
    said = await alice.send_text(room, "hi")
    path = f"/rooms/{segment(room)}/read_markers"
    await bob.refused("POST", path, 404, "M_NOT_FOUND", {"m.read": said, "m.fully_read": "$none"})
    assert receipts(await alice.sync(), room) == {}
    await bob.post(path, {"m.read": said, "m.fully_read": said, "m.read.private": None, "other": 1})
    assert bob.user_id in receipts(await alice.sync(), room)[said]["m.read"]
    data = joined_room(await bob.sync(), room)["account_data"]["events"]
    assert {"type": "m.fully_read", "content": {"event_id": said}} in data
    await bob.refused("POST", path, 400, "M_INVALID_PARAM", {"m.read": 1})


async def test_a_receipt_for_what_one_can_not_see_is_refused(alice: Actor, bob: Actor, carol: Actor) -> None:
    room = await two_in_a_room(alice, bob)
    elsewhere = await carol.create_room()
    foreign, said = await carol.send_text(elsewhere, "secret"), await alice.send_text(room, "hi")

    def path(target: str, event_id: str, kind: str = "m.read") -> str:
        return f"/rooms/{segment(target)}/receipt/{segment(kind)}/{segment(event_id)}"

    await bob.refused("POST", path(room, foreign), 404, "M_NOT_FOUND", {})
    await bob.refused("POST", path(room, "$none"), 404, "M_NOT_FOUND", {})
    await bob.refused("POST", path(elsewhere, foreign), 403, "M_FORBIDDEN", {})
    await carol.refused("POST", path(room, said), 403, "M_FORBIDDEN", {})
    await bob.refused("POST", path(room, said, "m.seen"), 400, "M_INVALID_PARAM", {})
    assert receipts(await alice.sync(), room) == {}


async def test_typing_ends_with_leaving_and_odd_notices_are_refused(alice: Actor, bob: Actor) -> None:
    room = await two_in_a_room(alice, bob)
    since = (await alice.sync())["next_batch"]
    await bob.type(room)

    def typing(answer: Json) -> list[str] | None:
        events = joined_room(answer, room).get("ephemeral", {}).get("events", [])
        return next((event["content"]["user_ids"] for event in events if event["type"] == "m.typing"), None)

    seen = await alice.sync_until(lambda answer: typing(answer) == [bob.user_id], since)
    await bob.leave(room)
    await alice.sync_until(lambda answer: typing(answer) == [], seen["next_batch"])
    own = f"/rooms/{segment(room)}/typing/{segment(alice.user_id)}"
    await alice.refused("PUT", own, 400, "M_MISSING_PARAM", {})
    await alice.refused("PUT", own, 400, "M_BAD_JSON", {"typing": "yes"})
    await alice.refused("PUT", own, 400, "M_INVALID_PARAM", {"typing": True, "timeout": -1})
    assert await alice.put(own, {"typing": True, "timeout": 10**15}) == {}
    assert typing(await alice.sync()) == [alice.user_id]


@pytest.mark.parametrize("reason", ["rude", "", None])
async def test_an_event_is_reported_by_who_is_in_its_room(
    alice: Actor, bob: Actor, carol: Actor, reason: str | None
) -> None:
    room = await two_in_a_room(alice, bob)
    said = await alice.send_text(room, "rude")
    path = f"/rooms/{segment(room)}/report/{segment(said)}"
    assert await bob.post(path, {"reason": reason, "score": -100}) == {}
    await carol.refused("POST", path, 404, "M_NOT_FOUND", {"reason": "nosy"})
    await bob.refused("POST", f"/rooms/{segment(room)}/report/%24none", 404, "M_NOT_FOUND", {})
    await bob.refused("POST", path, 400, "M_BAD_JSON", {"reason": 1})
    await bob.refused("POST", path, 413, "M_TOO_LARGE", {"reason": "x" * 5000})


async def test_a_report_does_not_tell_whether_the_room_or_person_exists(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room()
    for target in (room, "!" + "c" * 43):
        assert await bob.post(f"/rooms/{segment(target)}/report", {"reason": "spam"}) == {}
    for user in (alice.user_id, "@nobody-at-all:localhost"):
        assert await bob.post(f"/users/{segment(user)}/report", {"reason": ""}) == {}
    await bob.refused("POST", f"/rooms/{segment(room)}/report", 400, "M_MISSING_PARAM", {})
    await bob.refused("POST", "/users/nobody/report", 400, "M_INVALID_PARAM", {"reason": "x"})


async def test_two_receipts_of_a_reader_on_one_message_are_both_told(alice: Actor, bob: Actor) -> None:
    room = await two_in_a_room(alice, bob)
    root = await alice.send_text(room, "root")
    reply = await alice.reply_in_thread(room, root, "reply")
    since = (await alice.sync())["next_batch"]
    await bob.read(room, reply)
    await bob.read(room, reply, thread_id=root)
    for answer in (await alice.sync(since), await alice.sync()):
        events = joined_room(answer, room)["ephemeral"]["events"]
        marks = [event["content"][reply]["m.read"][bob.user_id] for event in events]
        assert [mark.get("thread_id") for mark in marks] == [None, root]
