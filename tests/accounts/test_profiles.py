"""Profiles: names, avatars and further fields, their limits, and finding people by them."""

from __future__ import annotations

import uuid

import pytest

from tests.actors import Actor, segment


def field(actor: Actor, name: str) -> str:
    """Give the path of a profile field."""
    return f"/profile/{segment(actor.user_id)}/{segment(name)}"


async def test_a_profile_is_read_by_everybody(alice: Actor, stranger: Actor) -> None:
    await alice.put(field(alice, "displayname"), {"displayname": " Al\u202eice "})
    await alice.put(field(alice, "avatar_url"), {"avatar_url": "mxc://localhost/leaf"})
    await alice.put(field(alice, "m.tz"), {"m.tz": "Asia/Shanghai"})
    await alice.put(field(alice, "org.example.cups"), {"org.example.cups": {"today": [1, 2.5, None]}})
    whole = await stranger.get(f"/profile/{segment(alice.user_id)}")
    assert whole == {
        "displayname": "Alice",
        "avatar_url": "mxc://localhost/leaf",
        "m.tz": "Asia/Shanghai",
        "org.example.cups": {"today": [1, 2.5, None]},
    }
    assert (await stranger.get(field(alice, "m.tz"))) == {"m.tz": "Asia/Shanghai"}


async def test_a_field_is_removed_and_an_empty_name_is_none(alice: Actor, stranger: Actor) -> None:
    await alice.put(field(alice, "org.example.cups"), {"org.example.cups": 3})
    await alice.put(field(alice, "displayname"), {"displayname": "Alice"})
    await alice.request("DELETE", field(alice, "org.example.cups"))
    await alice.request("DELETE", field(alice, "org.example.cups"))
    await alice.put(field(alice, "displayname"), {"displayname": ""})
    assert (await stranger.get(f"/profile/{segment(alice.user_id)}")) == {}
    await stranger.refused("GET", field(alice, "displayname"), 404, "M_NOT_FOUND")


async def test_nobody_else_writes_a_profile(alice: Actor, bob: Actor, stranger: Actor) -> None:
    body = {"displayname": "Mallory"}
    await bob.refused("PUT", field(alice, "displayname"), 403, "M_FORBIDDEN", body)
    await bob.refused("DELETE", field(alice, "displayname"), 403, "M_FORBIDDEN")
    await stranger.refused("PUT", field(alice, "displayname"), 401, "M_MISSING_TOKEN", body)
    await stranger.refused("GET", "/profile/@nobody:localhost", 404, "M_NOT_FOUND")
    await stranger.refused("GET", "/profile/nonsense", 400, "M_INVALID_PARAM")


@pytest.mark.parametrize(
    ("name", "value", "errcode"),
    [
        ("displayname", 5, "M_INVALID_PARAM"),
        ("displayname", "x" * 300, "M_INVALID_PARAM"),
        ("avatar_url", "https://example.org/a.png", "M_INVALID_PARAM"),
        ("avatar_url", "mxc://" + "x" * 2000, "M_INVALID_PARAM"),
        ("m.tz", None, "M_INVALID_PARAM"),
        ("-dash", 1, "M_INVALID_PARAM"),
        ("with space", 1, "M_INVALID_PARAM"),
        ("Upper.case", 1, "M_INVALID_PARAM"),
        ("org." + "x" * 300, 1, "M_KEY_TOO_LARGE"),
        ("org.big", "x" * 70_000, "M_PROFILE_TOO_LARGE"),
    ],
)
async def test_a_field_outside_the_limits_is_refused(
    alice: Actor, name: str, value: object, errcode: str
) -> None:
    await alice.refused("PUT", field(alice, name), 400, errcode, {name: value})
    assert (await alice.get(f"/profile/{segment(alice.user_id)}")) == {}


async def test_the_whole_profile_has_a_limit(alice: Actor) -> None:
    for number in range(3):
        name = f"org.example.part{number}"
        await alice.put(field(alice, name), {name: "x" * 20_000})
    await alice.refused(
        "PUT", field(alice, "org.more"), 400, "M_PROFILE_TOO_LARGE", {"org.more": "x" * 6_000}
    )
    await alice.refused("PUT", field(alice, "org.more"), 400, "M_MISSING_PARAM", {"org.other": 1})


async def test_people_are_found_by_parts_of_their_names(alice: Actor, bob: Actor) -> None:
    mark = uuid.uuid4().hex[:6]
    await alice.put(field(alice, "displayname"), {"displayname": f"王小明 {mark} 100%_Tea"})
    for term in (f"小明 {mark}", f"{mark} 100%_t", f"TEA {mark}", alice.user_id, alice.user_id[1:12]):
        found = await bob.post("/user_directory/search", {"search_term": term})
        assert [user["user_id"] for user in found["results"]] == [alice.user_id], term
        assert found["results"][0]["display_name"].startswith("王小明")
        assert found["limited"] is False
    for term in (f"{mark}%tea", f"{mark}_100", "", "   ", "%"):
        found = await bob.post("/user_directory/search", {"search_term": term})
        assert alice.user_id not in [user["user_id"] for user in found["results"]] or term == "%"


async def test_a_search_says_when_it_shows_only_a_part(alice: Actor, bob: Actor, carol: Actor) -> None:
    mark = uuid.uuid4().hex[:8]
    for actor in (alice, bob):
        await actor.put(field(actor, "displayname"), {"displayname": f"{mark} tea"})
    found = await carol.post("/user_directory/search", {"search_term": mark, "limit": 1})
    assert (len(found["results"]), found["limited"]) == (1, True)
    found = await carol.post("/user_directory/search", {"search_term": mark, "limit": 2})
    assert (len(found["results"]), found["limited"]) == (2, False)
    await carol.refused("POST", "/user_directory/search", 400, "M_MISSING_PARAM", {})
