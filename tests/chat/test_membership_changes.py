"""Joining, leaving, removing and banning: what each wish does when it is made twice, too late, or wrongly."""

from __future__ import annotations

import pytest

from tests.actors import Actor, Json, segment


def path(room: str, verb: str) -> str:
    """Return the path of a deed in a room."""
    return f"/rooms/{segment(room)}/{verb}"


async def own_member(actor: Actor, room: str, user: Actor) -> Json:
    """Return a user's member event's content."""
    return await actor.state(room, "m.room.member", user.user_id)


async def test_a_reason_is_kept_with_every_deed(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    for verb, actor, membership in (
        ("join", bob, "join"),
        ("kick", alice, "leave"),
        ("ban", alice, "ban"),
        ("unban", alice, "leave"),
        ("invite", alice, "invite"),
        ("leave", bob, "leave"),
    ):
        body = {"reason": f"because of {verb}"}
        if actor is alice:
            body["user_id"] = bob.user_id
        await actor.post(path(room, verb), body)
        assert await own_member(alice, room, bob) == {"membership": membership, "reason": body["reason"]}


async def test_leaving_twice_is_fine_and_leaving_what_one_never_entered_is_not(
    alice: Actor, bob: Actor, carol: Actor
) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    await bob.leave(room)
    await bob.leave(room)
    members = [e for e in (await alice.messages(room, "f"))["chunk"] if e.get("state_key") == bob.user_id]
    assert [event["content"]["membership"] for event in members] == ["join", "leave"]
    await carol.refused("POST", path(room, "leave"), 403, "M_FORBIDDEN", {})


async def test_only_a_left_room_can_be_forgotten(alice: Actor, bob: Actor, carol: Actor) -> None:
    room = await alice.create_room(invite=[bob.user_id])
    await alice.refused("POST", path(room, "forget"), 400, "M_UNKNOWN", {})
    await bob.refused("POST", path(room, "forget"), 400, "M_UNKNOWN", {})
    await carol.refused("POST", path(room, "forget"), 404, "M_NOT_FOUND", {})
    await bob.leave(room)
    await bob.forget(room)
    await bob.forget(room)
    full = await bob.sync(filter='{"room":{"include_leave":true}}')
    assert room not in full.get("rooms", {}).get("leave", {})
    await alice.invite(room, bob)
    assert room in (await bob.sync())["rooms"]["invite"]


async def test_only_who_is_there_can_be_kicked_and_only_the_banned_unbanned(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    target = {"user_id": bob.user_id}
    await alice.refused("POST", path(room, "kick"), 403, "M_FORBIDDEN", target)
    await alice.refused("POST", path(room, "unban"), 403, "M_BAD_STATE", target)
    await alice.ban(room, bob)
    await alice.refused("POST", path(room, "kick"), 403, "M_FORBIDDEN", target)
    await alice.refused("POST", path(room, "invite"), 403, "M_FORBIDDEN", target)
    await alice.unban(room, bob)
    await bob.join(room)


async def test_an_uninvited_guest_is_turned_away_by_kicking_before_they_enter(
    alice: Actor, bob: Actor
) -> None:
    room = await alice.create_room(invite=[bob.user_id])
    await alice.kick(room, bob)
    await bob.refused("POST", path(room, "join"), 403, "M_FORBIDDEN", {})


@pytest.mark.parametrize("verb", ["invite", "kick", "ban", "unban"])
async def test_a_deed_upon_nobody_is_refused(alice: Actor, verb: str) -> None:
    room = await alice.create_room()
    await alice.refused("POST", path(room, verb), 400, "M_MISSING_PARAM", {})
    for user_id in ("bob", "", "@", "@x\ud7ff y"):
        await alice.refused("POST", path(room, verb), 400, "M_INVALID_PARAM", {"user_id": user_id})
    await alice.refused("POST", path(room, verb), 400, "M_BAD_JSON", {"user_id": 5})


async def test_third_parties_and_other_servers_are_not_invited(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    email = {"medium": "email", "address": "a@b.c", "id_server": "x", "id_access_token": "y"}
    await alice.refused("POST", path(room, "invite"), 403, "M_THREEPID_DENIED", email)
    abroad = {"user_id": "@bob:elsewhere.example"}
    await alice.refused("POST", path(room, "invite"), 403, "M_FORBIDDEN", abroad)
    state = path(room, "state/m.room.member/") + segment("@bob:elsewhere.example")
    await alice.refused("PUT", state, 403, "M_FORBIDDEN", {"membership": "invite"})
    signed = {"third_party_signed": {"mxid": bob.user_id, "sender": "@a:b", "token": "t", "signatures": {}}}
    await bob.refused("POST", path(room, "join"), 403, "M_FORBIDDEN", signed)


async def test_an_unknown_room_cannot_be_joined(alice: Actor) -> None:
    for room in ("!gone:localhost", "!" + "A" * 43):
        await alice.refused("POST", f"/join/{segment(room)}", 403, "M_FORBIDDEN", {})
    for room in ("#gone:localhost", "#tea:elsewhere.example"):
        await alice.refused("POST", f"/join/{segment(room)}", 404, "M_NOT_FOUND", {})
    for room in ("gone", "@alice:localhost", "!", "#", "!" + "x" * 300 + ":y"):
        await alice.refused("POST", f"/join/{segment(room)}", 400, "M_INVALID_PARAM", {})


@pytest.mark.parametrize("join_rule", ["invite", "knock", "private", "restricted"])
async def test_a_stranger_cannot_tell_a_closed_room_from_none(
    alice: Actor, bob: Actor, join_rule: str
) -> None:
    rules = {"type": "m.room.join_rules", "content": {"join_rule": join_rule}}
    room, none = await alice.create_room(initial_state=[rules]), "!" + "A" * 43
    own = "state/m.room.member/" + segment(bob.user_id)
    for method, verb, body in [
        ("POST", "join", {}),
        ("POST", "leave", {}),
        ("POST", "forget", {}),
        ("PUT", own, {"membership": "join"}),
        ("PUT", own, {"membership": "leave"}),
    ]:
        answers = [await bob.answer(method, path(at, verb), body) for at in (room, none)]
        assert answers[0].status_code == answers[1].status_code
        assert answers[0].status_code in (403, 404)
        assert answers[0].json() == answers[1].json()
    await alice.invite(room, bob)
    await bob.leave(room)
    refusal = await bob.refused("POST", path(room, "join"), 403, "M_FORBIDDEN", {})
    assert "no such room" not in refusal["error"], "who was there may know why"


async def test_the_member_event_carries_the_profile(alice: Actor, bob: Actor) -> None:
    await bob.put(f"/profile/{segment(bob.user_id)}/displayname", {"displayname": "Bob"})
    await bob.put(f"/profile/{segment(bob.user_id)}/avatar_url", {"avatar_url": "mxc://localhost/b"})
    shown = {"displayname": "Bob", "avatar_url": "mxc://localhost/b"}
    room = await alice.create_room(initial_state=[knockable()])
    await bob.knock(room, reason="please")
    assert await own_member(alice, room, bob) == {"membership": "knock", "reason": "please"} | shown
    await alice.invite(room, bob)
    assert await own_member(alice, room, bob) == {"membership": "invite"} | shown
    await bob.join(room)
    assert await own_member(alice, room, bob) == {"membership": "join"} | shown


def knockable() -> Json:
    """Return initial state that lets people knock."""
    return {"type": "m.room.join_rules", "content": {"join_rule": "knock"}}


async def test_a_knock_is_taken_back_by_leaving_and_refused_where_nobody_listens(
    alice: Actor, bob: Actor
) -> None:
    room = await alice.create_room(initial_state=[knockable()])
    await bob.knock(room)
    await bob.knock(room)
    await bob.leave(room)
    assert (await own_member(alice, room, bob))["membership"] == "leave"
    closed = await alice.create_room()
    await bob.refused("POST", f"/knock/{segment(closed)}", 403, "M_FORBIDDEN", {})
    await alice.refused("POST", f"/knock/{segment(room)}", 403, "M_FORBIDDEN", {})


async def test_a_join_may_say_more_but_not_what_the_server_says(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room, membership="ban", displayname="Mallory", **{"org.example.mood": "thirsty"})
    assert await alice.state(room, "m.room.member", bob.user_id) == {
        "membership": "join", "org.example.mood": "thirsty",
    }  # fmt: skip
    path = f"/join/{segment(await alice.create_room(preset='public_chat'))}"
    await bob.refused("POST", path, 400, "M_BAD_JSON", {"org.example.share": 0.5})
