"""Every query parameter of every route, with every kind of nonsense (G53), and the wishes that no server can grant."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio

from tests.access.every_route import Json, Route, request_of, served_routes
from tests.actors import Actor, bodies, segment
from tests.input.conftest import Scene
from tests.input.verdicts import fault_of
from tests.running_server import RunningServer

NONSENSE = [
    "", "-1", "0", "1", "-9223372036854775808", "9223372036854775807", "9223372036854775808", "1e3", "1.5", "NaN",
    "9" * 40, "%D9%A3", "0x10", "true", "null", "abc", "%00", "a%00b", "%FF", "%ED%A0%80", "%E8%8C%B6", "x" * 5000,
    "[]", "%7B%7D", "%7B%22a%22%3A", "%22", "t0", "t999999999999999999", "t-1", "s1_1_1_00000000", "s1_0_0_ffffffff",
    quote("'; DROP TABLE events; --"), "..%2F..", "%0D%0AX-Forged%3A1",
]  # fmt: skip
FOR_ANY_NAME = ["", "a%00b", "%FF", "%ED%A0%80", "x" * 5000, "%0D%0AX-Forged%3A1"]
"""What names that no route reads by itself are given: all routes read them by the same code, so they take turns."""
PAGING = {"limit", "max_id", "min_id", "since_id"}
PAGED_HERE = {"get_home_timeline", "get_blocks", "get_notifications"}
"""The parameters of pages are read by the same code on some fifty routes; these are asked for all of them."""
LEFT_OUT = {"health", "ready", "metrics", "streaming_health", "logout", "logout_all"}
"""The first three are not in the description; the others would end the session that all tests share."""
ROUTES = [route for route in served_routes() if route.name not in LEFT_OUT and not route.is_page]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def parameters(scene: Scene) -> dict[tuple[str, str], list[str]]:
    """The query parameters by method and path, as the API's description names them."""
    document: Json = (await scene.attacker.http.get("/_teahouse/openapi/openapi.json")).json()
    return {
        (method.upper(), path): [
            one["name"] for one in operation.get("parameters", []) if one["in"] == "query"
        ]
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }


@pytest.mark.parametrize("route", ROUTES, ids=str)
async def test_no_query_makes_a_fault(
    scene: Scene, parameters: dict[tuple[str, str], list[str]], route: Route
) -> None:
    names = [
        name for name in parameters[route.method, route.path]
        if name not in PAGING or not route.path.startswith("/api/") or route.name in PAGED_HERE
    ]  # fmt: skip
    turns = asyncio.Semaphore(8)

    async def send(name: str, value: str) -> str | None:
        request = request_of(route, scene.place)
        rest = "".join(
            f"&{key}={quote(str(good))}" for key, good in (request.params or {}).items() if key != name
        )
        url = httpx.URL(scene.attacker.url).copy_with(
            raw_path=f"{request.path}?{name}={value}{rest}".encode()
        )
        headers = {"Authorization": f"Bearer {scene.attacker.access_token}"}
        async with turns:
            answer = await scene.attacker.http.request(
                request.method, url, json=request.json, headers=headers
            )
        fault = fault_of(answer)
        if "x-forged" in answer.headers:
            fault = "a header out of the query"
        return f"{name}={value[:60]}: {fault}" if fault else None

    wanted = [(name, value) for name in names for value in NONSENSE]
    # A token in the query stands for the header, so nonsense there must not get in either.
    turn = FOR_ANY_NAME[ROUTES.index(route) % len(FOR_ANY_NAME)]
    wanted += [(name, turn) for name in ("access_token", "unknown")]
    faults = await asyncio.gather(*(send(name, value) for name, value in wanted))
    assert [fault for fault in faults if fault] == []


async def test_tokens_of_another_server_are_refused_and_never_answered_with_nothing(
    calm: Scene, server: RunningServer
) -> None:
    actor, here = calm.attacker, f"/rooms/{segment(calm.place.room_id)}"
    own = (await actor.sync())["next_batch"]
    foreign = [
        "s72594_4483_1934",
        "s1_1_1_00000000",
        own[:-1] + ("0" if own[-1] != "0" else "1"),
        own + "0",
        "5",
        "t",
    ]
    for token in foreign:
        answer = await actor.answer("GET", "/sync", params={"since": token})
        assert (answer.status_code, answer.json()["errcode"]) == (400, "M_INVALID_PARAM"), token
    for path in (
        f"{here}/messages?dir=b&from=",
        f"/_matrix/client/v1{here}/threads?from=",
        f"{here}/members?at=",
    ):
        for token in ("abc", "t99999999999999999", "s72594_4483_1934", "0"):
            answer = await actor.answer("GET", path + token)
            assert (answer.status_code, answer.json()["errcode"]) == (400, "M_INVALID_PARAM"), (path, token)


async def test_a_filter_that_matches_nothing_ends_at_the_beginning_of_the_room(calm: Scene) -> None:
    actor, room = calm.attacker, calm.place.room_id
    await asyncio.gather(*(actor.send_text(room, f"leaf {number}") for number in range(60)))
    nothing = json.dumps({"types": ["org.example.nothing"], "senders": ["@nobody:localhost"]})
    for direction in "bf":
        page = await actor.messages(room, direction, filter=nothing, limit=5)
        assert page["chunk"] == []
        assert "end" not in page
    rare = json.dumps({"types": ["org.example.note"]})
    token, found = None, []
    for _ in range(50):
        page = await actor.messages(room, filter=rare, limit=5, **({"from": token} if token else {}))
        found += [event["event_id"] for event in page["chunk"]]
        token = page.get("end")
        if token is None:
            break
    assert found == [calm.place.state_event_id]


async def test_limits_beyond_reason_are_cut_and_never_believed(calm: Scene) -> None:
    actor, room = calm.attacker, calm.place.room_id
    here, v1 = f"/rooms/{segment(room)}", f"/_matrix/client/v1/rooms/{segment(room)}"
    for path in (
        f"{here}/messages?dir=b&limit=",
        f"{here}/context/{segment(calm.place.event_id)}?limit=",
        f"{v1}/relations/{segment(calm.place.event_id)}?limit=",
        f"{v1}/threads?limit=",
        f"{v1}/hierarchy?limit=",
        "/publicRooms?limit=",
        "/notifications?limit=",
    ):
        for limit in (10**9, 2**63 - 1, 10**30):
            answer = await actor.answer("GET", f"{path}{limit}")
            assert answer.status_code in (200, 400), (path, limit, answer.text)
        for limit in (-1, -(2**63)):
            answer = await actor.answer("GET", f"{path}{limit}")
            assert answer.status_code == 400, (path, limit, answer.text)


@pytest.mark.parametrize(
    "term",
    [
        '"', '""', "'", "tea AND", "AND OR NOT", "NEAR(tea leaves, 5)", "body : tea", "tea*", "*", "^tea", "-tea",
        "tea)", "((((", "tea + leaves", "{tea leaves}", "\\", "%_", "$1", "tea & leaves | !pot",
        "'tea' <-> 'pot':*", ":*", "\U0001f375", "\u8336", "a" * 60_000, "tea " * 15_000, "\t\n", "\u0663",
        "e\u0301" * 500,
    ],
    ids=lambda term: ascii(term[:20]),
)  # fmt: skip
async def test_a_search_term_is_words_and_never_a_language(scene: Scene, term: str) -> None:
    wish = {"search_categories": {"room_events": {"search_term": term}}}
    answer = await asyncio.wait_for(scene.attacker.answer("POST", "/search", wish), 5)
    assert answer.status_code == 200, answer.text
    assert answer.json()["search_categories"]["room_events"]["count"] >= 0
    people = await scene.attacker.answer("POST", "/user_directory/search", {"search_term": term})
    assert people.status_code == 200, people.text
    rooms = await scene.attacker.answer("POST", "/publicRooms", {"filter": {"generic_search_term": term}})
    assert rooms.status_code == 200, rooms.text


async def test_what_looks_like_a_wildcard_finds_only_itself(calm: Scene) -> None:
    actor: Actor = calm.attacker
    me = segment(actor.user_id)
    odd = calm.place.fresh()
    await actor.put(f"/profile/{me}/displayname", {"displayname": f"100% {odd}_x"})
    for term, finds in (
        (f"{odd}_x", True),
        (f"{odd}%x", False),
        (f"{odd}?x", False),
        ("%%%%", False),
        ("____", False),
    ):
        found = await calm.neighbour.post("/user_directory/search", {"search_term": term})
        assert (actor.user_id in str(found)) is finds, term
    said = await actor.send_text(calm.place.room_id, f"unique{odd.replace('-', '')} word")
    wish = {"search_categories": {"room_events": {"search_term": f"unique{odd.replace('-', '')}"}}}
    for _ in range(100):
        results = (await actor.post("/search", wish))["search_categories"]["room_events"]["results"]
        if results:
            break
        await asyncio.sleep(0.05)
    assert [result["result"]["event_id"] for result in results] == [said]
    assert bodies([results[0]["result"]])
