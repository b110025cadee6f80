"""Account data, tags and filters: kept for their user, shown to nobody else, bounded."""

from __future__ import annotations

from typing import Any

import pytest

from tests.actors import Actor, segment

ROOM = "!teahouse:localhost"


def mine(actor: Actor, rest: str) -> str:
    """Give a path under the actor's own user path."""
    return f"/user/{segment(actor.user_id)}/{rest}"


async def test_account_data_is_kept_apart_for_all_rooms_and_for_one(alice: Actor) -> None:
    everywhere = mine(alice, "account_data/org.example.tea")
    here = mine(alice, f"rooms/{segment(ROOM)}/account_data/org.example.tea")
    await alice.put(everywhere, {"kind": "oolong"})
    await alice.refused("GET", here, 404, "M_NOT_FOUND")
    await alice.put(here, {"kind": "龙井"})
    await alice.put(everywhere, {"kind": "pu'er"})
    assert (await alice.get(everywhere)) == {"kind": "pu'er"}
    assert (await alice.get(here)) == {"kind": "龙井"}


async def test_nobody_touches_anothers_account_data(alice: Actor, bob: Actor) -> None:
    for rest in (
        "account_data/org.x",
        f"rooms/{segment(ROOM)}/account_data/org.x",
        f"rooms/{segment(ROOM)}/tags/u.x",
    ):
        await bob.refused("PUT", mine(alice, rest), 403, "M_FORBIDDEN", {})
    await bob.refused("GET", mine(alice, "account_data/org.x"), 403, "M_FORBIDDEN")
    await bob.refused("GET", mine(alice, f"rooms/{segment(ROOM)}/tags"), 403, "M_FORBIDDEN")


@pytest.mark.parametrize("kind", ["m.fully_read", "m.push_rules"])
async def test_what_the_server_keeps_is_not_set_by_apps(alice: Actor, kind: str) -> None:
    for rest in (f"account_data/{kind}", f"rooms/{segment(ROOM)}/account_data/{kind}"):
        await alice.refused("PUT", mine(alice, rest), 405, "M_BAD_JSON", {})


async def test_account_data_has_limits(alice: Actor) -> None:
    path = mine(alice, "account_data/org.example.big")
    await alice.refused("PUT", path, 413, "M_TOO_LARGE", {"a": "x" * 70_000})
    await alice.refused("GET", path, 404, "M_NOT_FOUND")
    await alice.refused("PUT", mine(alice, "account_data/" + "x" * 300), 400, "M_INVALID_PARAM", {})
    await alice.refused("PUT", mine(alice, "rooms/nonsense/account_data/org.x"), 400, "M_INVALID_PARAM", {})
    answer = await alice.request("PUT", path, [1], expect=400)
    assert answer["errcode"] == "M_BAD_JSON"


async def test_tags_are_put_and_taken_one_by_one(alice: Actor) -> None:
    tags = mine(alice, f"rooms/{segment(ROOM)}/tags")
    assert (await alice.get(tags)) == {"tags": {}}
    await alice.put(f"{tags}/m.favourite", {"order": 0.25})
    await alice.put(f"{tags}/{segment('u.茶/水')}", {})
    assert (await alice.get(tags)) == {"tags": {"m.favourite": {"order": 0.25}, "u.茶/水": {}}}
    await alice.request("DELETE", f"{tags}/m.favourite")
    await alice.request("DELETE", f"{tags}/m.favourite")
    assert (await alice.get(tags)) == {"tags": {"u.茶/水": {}}}
    content = await alice.get(mine(alice, f"rooms/{segment(ROOM)}/account_data/m.tag"))
    assert content == {"tags": {"u.茶/水": {}}}
    await alice.refused("PUT", f"{tags}/u.x", 400, "M_INVALID_PARAM", {"order": "first"})


async def test_tags_survive_whatever_an_app_wrote_as_their_content(alice: Actor) -> None:
    await alice.put(mine(alice, f"rooms/{segment(ROOM)}/account_data/m.tag"), {"tags": "nonsense"})
    tags = mine(alice, f"rooms/{segment(ROOM)}/tags")
    assert (await alice.get(tags)) == {"tags": {}}
    await alice.put(f"{tags}/u.work", {"order": 1})
    assert (await alice.get(tags)) == {"tags": {"u.work": {"order": 1}}}


async def test_the_same_filter_is_kept_once(alice: Actor, bob: Actor) -> None:
    wanted = {"room": {"timeline": {"limit": 5, "types": ["m.room.*"]}}, "event_format": "client"}
    first = (await alice.post(mine(alice, "filter"), wanted))["filter_id"]
    again = (await alice.post(mine(alice, "filter"), dict(reversed(list(wanted.items())))))["filter_id"]
    other = (await alice.post(mine(alice, "filter"), {}))["filter_id"]
    assert first == again != other
    assert (await alice.get(mine(alice, f"filter/{first}"))) == wanted
    await bob.refused("GET", mine(alice, f"filter/{first}"), 403, "M_FORBIDDEN")
    await bob.refused("POST", mine(alice, "filter"), 403, "M_FORBIDDEN", {})
    for absent in ("999", "nonsense", "-1", "9" * 30, "٣"):
        await alice.refused("GET", mine(alice, f"filter/{segment(absent)}"), 404, "M_NOT_FOUND")


@pytest.mark.parametrize(
    "wanted",
    [
        {"room": []},
        {"room": {"timeline": {"limit": "5"}}},
        {"room": {"timeline": {"limit": -1}}},
        {"room": {"timeline": {"types": "m.room.message"}}},
        {"room": {"rooms": ["not-a-room"]}},
        {"presence": {"senders": ["nobody"]}},
        {"event_format": "xml"},
        {"event_fields": [5]},
        {"room": {"include_leave": 1}},
        {"room": {"state": {"types": ["m.x"] * 2000}}},
    ],
)
async def test_what_is_no_filter_is_refused(alice: Actor, wanted: dict[str, Any]) -> None:
    answer = await alice.request("POST", mine(alice, "filter"), wanted, expect=400)
    assert answer["errcode"] in {"M_BAD_JSON", "M_INVALID_PARAM"}


async def test_presence_is_off_and_says_so_quietly(alice: Actor, bob: Actor) -> None:
    path = f"/presence/{segment(alice.user_id)}/status"
    await alice.put(path, {"presence": "online", "status_msg": "tea"})
    assert (await bob.get(path)) == {"presence": "offline"}
    await bob.refused("PUT", path, 403, "M_FORBIDDEN", {"presence": "online"})
    await alice.refused("PUT", path, 400, "M_BAD_JSON", {"presence": "asleep"})
    await bob.refused("GET", "/presence/@nobody:localhost/status", 404, "M_NOT_FOUND")
