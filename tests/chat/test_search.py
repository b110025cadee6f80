"""Message search: words of every script, in order, in pages, and never as a query language."""

from __future__ import annotations

from typing import Any

import pytest

from tests.actors import Actor, Json, bodies, segment


async def find(reader: Actor, term: str, token: str | None = None, **wish: Any) -> Json:
    """Search for a term and return the results of room events."""
    body = {"search_categories": {"room_events": {"search_term": term, **wish}}}
    found = await reader.request("POST", "/search", body, params={"next_batch": token})
    results: Json = found["search_categories"]["room_events"]
    return results


def texts(found: Json) -> list[str]:
    """Give the bodies of the results, in order."""
    return bodies([entry["result"] for entry in found["results"]])


async def test_words_are_found_in_any_script_case_and_accent(alice: Actor) -> None:
    room = await alice.create_room()
    said = ["Green tea leaves", "我们喝奶茶吧", "奶和茶", "Ein Café in Gräz", "don't panic", "お茶をください"]
    for text in said:
        await alice.send_text(room, text)
    for term, expected in (
        ("TEA", [said[0]]),
        ("leaves green", [said[0]]),
        ("tea coffee", []),
        ("奶茶", [said[1]]),
        ("茶", [said[1], said[2], said[5]]),
        ("cafe GRAZ", [said[3]]),
        ("don't", [said[4]]),
        ("お茶", [said[5]]),
    ):
        found = await find(alice, term)
        assert sorted(texts(found)) == sorted(expected), term
        assert found["count"] == len(expected)
    assert (await find(alice, "喝奶茶 们"))["highlights"] == ["喝奶茶", "们"]


async def test_names_and_topics_are_found_and_keys_choose_among_them(alice: Actor) -> None:
    room = await alice.create_room(name="quokka club", topic="all about wombats")
    await alice.send_text(room, "quokka and wombats")

    async def types(term: str, *keys: str) -> set[str]:
        found = await find(alice, term, keys=list(keys)) if keys else await find(alice, term)
        return {entry["result"]["type"] for entry in found["results"]}

    assert await types("quokka") == {"m.room.name", "m.room.message"}
    assert await types("wombats", "content.topic") == {"m.room.topic"}
    assert await types("wombats", "content.body", "content.name") == {"m.room.message"}


async def test_what_was_just_said_is_found_at_once_and_edits_by_their_new_words(alice: Actor) -> None:
    room = await alice.create_room()
    for n in range(5):
        said = await alice.send_text(room, f"capybara{n}")
        assert (await find(alice, f"capybara{n}"))["results"][0]["result"]["event_id"] == said
    edit = await alice.edit_text(room, said, "chinchilla")
    found = await find(alice, "chinchilla")
    assert [entry["result"]["event_id"] for entry in found["results"]] == [edit]


@pytest.mark.parametrize("order", ["recent", "rank"])
async def test_pages_lead_through_all_results_once(alice: Actor, order: str) -> None:
    room = await alice.create_room()
    said = [await alice.send_text(room, f"quokka {'quokka ' * (n % 3)}number {n}") for n in range(7)]
    walked: list[str] = []
    token = None
    while True:
        page = await find(alice, "quokka", token, order_by=order, filter={"limit": 3})
        assert page["count"] == 7
        walked += [entry["result"]["event_id"] for entry in page["results"]]
        token = page.get("next_batch")
        if token is None:
            break
    assert sorted(walked) == sorted(said)
    if order == "recent":
        assert walked == said[::-1]
    ranks = [entry["rank"] for entry in (await find(alice, "quokka", order_by="rank"))["results"]]
    assert ranks == sorted(ranks, reverse=True)


async def test_results_are_grouped_and_each_group_pages_on(alice: Actor, bob: Actor) -> None:
    rooms = [await alice.create_room(preset="public_chat") for _ in range(2)]
    for room in rooms:
        await bob.join(room)
        for person in (alice, bob):
            for n in range(2):
                await person.send_text(room, f"quokka {n}")
    grouped = {"group_by": [{"key": "room_id"}, {"key": "sender"}]}
    page = await find(alice, "quokka", groupings=grouped, order_by="recent", filter={"limit": 3})
    shown = [entry["result"]["event_id"] for entry in page["results"]]
    groups = page["groups"]
    assert [event for group in groups["room_id"].values() for event in group["results"]] == shown
    assert set(groups["sender"]) == {alice.user_id, bob.user_id}
    more = await find(alice, "quokka", groups["sender"][bob.user_id]["next_batch"], order_by="recent")
    assert {entry["result"]["sender"] for entry in more["results"]} == {bob.user_id}
    assert not set(shown) & {entry["result"]["event_id"] for entry in more["results"]}


async def test_filters_bound_the_search(alice: Actor, bob: Actor) -> None:
    room, other = [await alice.create_room(preset="public_chat") for _ in range(2)]
    await bob.join(room)
    await alice.send_text(room, "quokka of alice")
    await bob.send_text(room, "quokka of bob")
    await alice.send_text(other, "quokka elsewhere")
    for wanted, expected in (
        ({"rooms": [room]}, {"quokka of alice", "quokka of bob"}),
        ({"not_rooms": [room]}, {"quokka elsewhere"}),
        ({"senders": [bob.user_id]}, {"quokka of bob"}),
        ({"not_senders": [bob.user_id], "rooms": [room]}, {"quokka of alice"}),
        ({"types": ["m.room.name"]}, set()),
        ({"types": ["m.room.m*"], "rooms": [room]}, {"quokka of alice", "quokka of bob"}),
        ({"rooms": []}, set()),
    ):
        assert set(texts(await find(alice, "quokka", filter=wanted))) == expected, wanted


async def test_context_profiles_and_state_come_when_asked_for(alice: Actor) -> None:
    room = await alice.create_room(name="club")
    for text in ("one", "two", "quokka", "three", "four"):
        await alice.send_text(room, text)
    wish = {"before_limit": 1, "after_limit": 2, "include_profile": True}
    found = await find(alice, "quokka", event_context=wish, include_state=True)
    context = found["results"][0]["context"]
    assert (bodies(context["events_before"]), bodies(context["events_after"])) == (["two"], ["three", "four"])
    assert list(context["profile_info"]) == [alice.user_id]
    older = await alice.messages(room, "b", **{"from": context["start"], "limit": 1})
    assert bodies(older["chunk"]) == ["one"]
    assert "m.room.name" in [event["type"] for event in found["state"][room]]
    assert "context" not in (await find(alice, "quokka"))["results"][0]


SYNTAX = (
    '"', '""', 'quokka"', 'quokka" OR "wombat', "quokka OR wombat", "NEAR(quokka wombat, 5)", "quokka*", "^quokka",
    "words : quokka", "place : (r OR k)", "-quokka", "NOT quokka", "(", ")", "'; DROP TABLE events; --", "\\", "%",
    "quokka | !wombat & <->", "{words place} : quokka", "+", "quokka:*A",
)  # fmt: skip


@pytest.mark.parametrize("term", SYNTAX)
async def test_what_looks_like_a_query_is_only_words(alice: Actor, term: str) -> None:
    """G54: full-text syntax is data."""
    room = await alice.create_room()
    await alice.send_text(room, "wombat alone")
    await alice.send_text(room, f"verbatim {term} here")
    found = await find(alice, term)
    words = any(character.isalnum() for character in term)
    assert texts(found) == ([f"verbatim {term} here"] if words else [])


async def test_nobody_finds_what_was_said_in_rooms_they_are_not_in(alice: Actor, bob: Actor) -> None:
    """G35: rights are those of the moment of asking, in counts, groups and tokens too."""
    room = await alice.create_room(preset="public_chat")
    await alice.send_text(room, "pangolin")
    assert (await find(bob, "pangolin"))["count"] == 0
    named = await find(
        bob, "pangolin", filter={"rooms": [room]}, groupings={"group_by": [{"key": "room_id"}]}
    )
    assert (named["count"], named["results"], named["groups"]) == (0, [], {"room_id": {}})
    await bob.join(room)
    assert (await find(bob, "pangolin"))["count"] == 1
    await bob.leave(room)
    await alice.send_text(room, "pangolin again")
    assert (await find(bob, "pangolin"))["count"] == 1
    await bob.forget(room)
    assert (await find(bob, "pangolin"))["count"] == 0


@pytest.mark.parametrize(
    ("wish", "errcode"),
    [
        ({}, "M_MISSING_PARAM"),
        ({"search_term": 1}, "M_BAD_JSON"),
        ({"search_term": "x", "keys": ["content.secret"]}, "M_INVALID_PARAM"),
        ({"search_term": "x", "keys": "content.body"}, "M_INVALID_PARAM"),
        ({"search_term": "x", "order_by": "price"}, "M_INVALID_PARAM"),
        ({"search_term": "x", "filter": []}, "M_INVALID_PARAM"),
        ({"search_term": "x", "event_context": 1}, "M_BAD_JSON"),
        ({"search_term": "x", "event_context": {"before_limit": -1}}, "M_INVALID_PARAM"),
        ({"search_term": "x", "groupings": []}, "M_BAD_JSON"),
        ({"search_term": "x", "groupings": {"group_by": [{"key": "type"}]}}, "M_INVALID_PARAM"),
        ({"search_term": "x", "groupings": {"group_by": [{"key": []}]}}, "M_INVALID_PARAM"),
        ({"search_term": "x", "include_state": "yes"}, "M_BAD_JSON"),
    ],
)
async def test_a_malformed_search_is_refused(alice: Actor, wish: Json, errcode: str) -> None:
    await alice.refused("POST", "/search", 400, errcode, {"search_categories": {"room_events": wish}})


async def test_a_search_needs_its_categories_and_a_token_of_ours(alice: Actor) -> None:
    await alice.refused("POST", "/search", 400, "M_MISSING_PARAM", {})
    await alice.refused("POST", "/search", 400, "M_BAD_JSON", {"search_categories": []})
    assert await alice.post("/search", {"search_categories": {}}) == {"search_categories": {}}
    body = {"search_categories": {"room_events": {"search_term": "x"}}}
    for token in ("x", "%%%", "WzEsMl0", "bnVsbA", "WzEsMiwzLCJ0eXBlIiwiIl0", "WzFlOSwyLDMsIiIsIiJd"):
        await alice.refused("POST", "/search", 400, "M_INVALID_PARAM", body, params={"next_batch": token})


async def test_a_redacted_message_is_found_by_nobody(alice: Actor) -> None:
    """G31: gone from the index in the redaction's own transaction, also when it was not yet indexed."""
    room = await alice.create_room()
    for n in range(3):
        said = await alice.send_text(room, f"secret axolotl {n}")
        if n:
            assert (await find(alice, "axolotl"))["count"] == 1
        await alice.redact(room, said)
        assert (await find(alice, "axolotl"))["count"] == 0
    assert segment(room)


async def test_a_search_works_for_whoever_is_in_very_many_rooms(alice: Actor, bob: Actor) -> None:
    hidden = await bob.create_room()
    await bob.send_text(hidden, "quokka of bob")
    rooms = [await alice.create_room() for _ in range(105)]
    for room in (rooms[0], rooms[-1]):
        await alice.send_text(room, "quokka of alice")
    found = await find(alice, "quokka", keys=["content.body"])
    assert {entry["result"]["room_id"] for entry in found["results"]} == {rooms[0], rooms[-1]}
    assert found["count"] == 2
