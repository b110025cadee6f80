"""Whoever is not in a room cannot tell by asking whether there is one."""

from __future__ import annotations

from tests.actors import Actor, segment

GHOST = "!" + "A" * 43


async def test_what_members_may_do_is_refused_alike_for_a_private_room_and_for_none(
    alice: Actor, bob: Actor, carol: Actor
) -> None:
    private = await alice.create_room(preset="private_chat")
    said = segment(await alice.send_text(private, "x"))
    person = {"user_id": carol.user_id}
    requests = [
        *(("POST", f"/rooms/{{}}/{verb}", person) for verb in ("invite", "kick", "ban", "unban")),
        *(("GET", f"/rooms/{{}}/{what}", None) for what in ("state", "members", "joined_members", "aliases")),
        ("GET", "/rooms/{}/state/m.room.create", None),
        ("GET", "/rooms/{}/messages?dir=b", None),
        ("GET", f"/rooms/{{}}/event/{said}", None),
        ("GET", f"/rooms/{{}}/context/{said}", None),
        ("GET", "/_matrix/client/v1/room_summary/{}", None),
        ("GET", "/_matrix/client/v1/rooms/{}/hierarchy", None),
        ("GET", "/_matrix/client/v1/rooms/{}/threads", None),
        ("GET", f"/_matrix/client/v1/rooms/{{}}/relations/{said}", None),
        ("PUT", "/rooms/{}/send/org.example.x/1", {}),
        ("PUT", "/rooms/{}/state/org.example.x/", {}),
        ("PUT", f"/rooms/{{}}/redact/{said}/1", {}),
        ("PUT", f"/rooms/{{}}/typing/{segment(bob.user_id)}", {"typing": True}),
        ("POST", f"/rooms/{{}}/receipt/m.read/{said}", {}),
        ("POST", "/rooms/{}/forget", {}),
        ("POST", "/rooms/{}/upgrade", {"new_version": "12"}),
        ("PUT", "/directory/list/room/{}", {"visibility": "public"}),
    ]
    alias = f"/directory/room/{segment('#ghost:localhost')}"
    told: dict[str, list[tuple[str, int, str]]] = {}
    for room in (private, GHOST):
        told[room] = []
        for method, path, body in requests:
            answer = await bob.answer(method, path.format(segment(room)), body)
            told[room].append((path, answer.status_code, answer.text.replace(room, "ROOM")))
        answer = await bob.answer("PUT", alias, {"room_id": room})
        told[room].append((alias, answer.status_code, answer.text))
    assert told[private] == told[GHOST]
    assert {status for _, status, _ in told[GHOST]} <= {400, 403, 404}
