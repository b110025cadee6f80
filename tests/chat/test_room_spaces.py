"""Walking a space: order, cycles, pages, and what stays hidden; and summaries of single rooms."""

from __future__ import annotations

import pytest

from tests.actors import Actor, Json, open_client, segment
from tests.running_server import RunningServer

SPACE = {"type": "m.space"}


async def walk(actor: Actor, room: str, **params: object) -> Json:
    """Return one page of the tree below a room."""
    path = f"/_matrix/client/v1/rooms/{segment(room)}/hierarchy"
    return dict(await actor.request("GET", path, params=params))


async def listed(actor: Actor, room: str, **params: object) -> list[str]:
    """Return the ids of the rooms on one page."""
    return [entry["room_id"] for entry in (await walk(actor, room, **params))["rooms"]]


async def put_child(actor: Actor, space: str, child: str, **content: object) -> None:
    """Put a room into a space."""
    await actor.set_state(space, "m.space.child", {"via": ["localhost"], **content}, child)


async def test_children_come_depth_first_in_their_given_order(alice: Actor) -> None:
    root = await alice.create_room(creation_content=SPACE)
    inner = await alice.create_room(creation_content=SPACE)
    last, first, leaf = [await alice.create_room() for _ in range(3)]
    await put_child(alice, root, last)
    await put_child(alice, root, inner, order="b")
    await put_child(alice, root, first, order="a")
    await put_child(alice, inner, leaf)
    assert await listed(alice, root) == [root, first, inner, leaf, last]
    assert await listed(alice, root, max_depth=1) == [root, first, inner, last]
    assert await listed(alice, root, max_depth=0) == [root]


async def test_an_entry_holds_the_summary_and_the_children(alice: Actor) -> None:
    root = await alice.create_room(creation_content=SPACE, name="Garden", room_version="12")
    child = await alice.create_room()
    await put_child(alice, root, child, suggested=True)
    [entry, leaf] = (await walk(alice, root))["rooms"]
    [event] = entry.pop("children_state")
    assert entry == {
        "room_id": root,
        "name": "Garden",
        "room_type": "m.space",
        "room_version": "12",
        "join_rule": "invite",
        "guest_can_join": True,
        "world_readable": False,
        "num_joined_members": 1,
    }
    assert set(event) == {"type", "state_key", "content", "sender", "origin_server_ts"}
    assert event["state_key"] == child
    assert leaf["children_state"] == []


async def test_a_cycle_ends(alice: Actor) -> None:
    spaces = [await alice.create_room(creation_content=SPACE) for _ in range(3)]
    for space, child in zip(spaces, spaces[1:] + spaces[:1], strict=True):
        await put_child(alice, space, child)
        await put_child(alice, space, space)
    assert await listed(alice, spaces[0]) == spaces


async def test_pages_hold_each_room_once(alice: Actor) -> None:
    root = await alice.create_room(creation_content=SPACE)
    children = [await alice.create_room() for _ in range(5)]
    for child in children:
        await put_child(alice, root, child)
    seen: list[str] = []
    token: str | None = None
    while True:
        page = await walk(alice, root, limit=2, **({"from": token} if token else {}))
        seen += [entry["room_id"] for entry in page["rooms"]]
        token = page.get("next_batch")
        if token is None:
            break
    assert seen == [root, *children]


async def test_hidden_rooms_and_what_lies_below_them_are_left_out(
    alice: Actor, bob: Actor, carol: Actor
) -> None:
    root = await alice.create_room(creation_content=SPACE, preset="public_chat")
    closed = await alice.create_room(creation_content=SPACE)
    below = await alice.create_room(preset="public_chat")
    allow = [{"type": "m.room_membership", "room_id": root}]
    rules = {"join_rule": "restricted", "allow": allow}
    members_only = await alice.create_room(
        initial_state=[{"type": "m.room.join_rules", "content": rules}], invite=[]
    )
    for space, child in ((root, closed), (closed, below), (root, members_only)):
        await put_child(alice, space, child)
    await put_child(alice, root, "!nowhere:localhost")
    assert await listed(bob, root) == [root]
    await bob.join(root)
    assert await listed(bob, root) == [root, members_only]
    await alice.invite(closed, bob)
    assert await listed(bob, root) == [root, closed, below, members_only]
    await carol.request("GET", f"/_matrix/client/v1/rooms/{segment(closed)}/hierarchy", expect=403)


async def test_suggested_only_leaves_the_others_out(alice: Actor) -> None:
    root = await alice.create_room(creation_content=SPACE)
    good, other = await alice.create_room(), await alice.create_room()
    await put_child(alice, root, good, suggested=True)
    await put_child(alice, root, other)
    page = await walk(alice, root, suggested_only="true")
    assert [entry["room_id"] for entry in page["rooms"]] == [root, good]
    assert [event["state_key"] for event in page["rooms"][0]["children_state"]] == [good]


async def test_odd_questions_are_refused(alice: Actor) -> None:
    root = await alice.create_room(creation_content=SPACE)
    for child in [await alice.create_room() for _ in range(2)]:
        await put_child(alice, root, child)
    token = (await walk(alice, root, limit=1))["next_batch"]
    path = f"/_matrix/client/v1/rooms/{segment(root)}/hierarchy"
    for params in (
        {"limit": "0"},
        {"limit": "-5"},
        {"limit": "x"},
        {"max_depth": "-1"},
        {"from": "?"},
        {"from": "W10"},
        {"from": token, "suggested_only": "true"},
        {"from": token, "max_depth": "1"},
    ):
        await alice.refused("GET", path, 400, "M_INVALID_PARAM", params=params)
    await alice.refused("GET", "/_matrix/client/v1/rooms/!gone:x/hierarchy", 403, "M_FORBIDDEN")


async def test_odd_children_are_no_children(alice: Actor) -> None:
    root = await alice.create_room(creation_content=SPACE)
    child = await alice.create_room()
    for key, content in (
        ("nonsense", {"via": ["x"]}),
        ("", {"via": ["x"]}),
        (child, {"via": "localhost"}),
        ("!x:y", {"via": []}),
    ):
        await alice.set_state(root, "m.space.child", content, key)
    assert await listed(alice, root) == [root]
    await put_child(alice, root, child, order={"odd": 1})
    assert await listed(alice, root) == [root, child]


@pytest.mark.parametrize("path", ["v1/room_summary/{}", "unstable/im.nheko.summary/summary/{}"])
async def test_a_summary_says_what_one_may_know(alice: Actor, bob: Actor, path: str) -> None:
    room = await alice.create_room(preset="public_chat", name="Tea", room_version="11")
    await alice.set_state(room, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
    full = "/_matrix/client/" + path.format(segment(room))
    summary = await bob.request("GET", full)
    assert summary == {
        "room_id": room,
        "name": "Tea",
        "join_rule": "public",
        "guest_can_join": False,
        "world_readable": False,
        "num_joined_members": 1,
        "room_version": "11",
        "encryption": "m.megolm.v1.aes-sha2",
    }
    await bob.join(room)
    assert (await bob.request("GET", full))["membership"] == "join"


async def test_a_closed_room_has_no_summary_for_strangers(
    alice: Actor, bob: Actor, server: RunningServer
) -> None:
    room = await alice.create_room()
    path = f"/_matrix/client/v1/room_summary/{segment(room)}"
    await bob.refused("GET", path, 404, "M_NOT_FOUND")
    await alice.invite(room, bob)
    assert (await bob.request("GET", path))["membership"] == "invite"
    async with open_client(server.url) as stranger:
        assert (await stranger.get(path)).status_code == 404
        await alice.set_state(room, "m.room.join_rules", {"join_rule": "public"})
        assert (await stranger.get(path)).json()["room_id"] == room
