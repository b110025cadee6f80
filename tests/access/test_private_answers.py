"""Nobody ever gets another's answer: no cache may keep one, and a hundred people at once get only their own (G41)."""

from __future__ import annotations

import asyncio
import random

import pytest_asyncio

from tests.access.cast import Cast
from tests.access.every_route import request_of, served_routes
from tests.actors import Actor, fresh_localpart, register, segment
from tests.running_server import RunningServer

PEOPLE = 100
PUBLIC = {
    "account_style", "get_avatar", "get_header", "public_style", "public_profile", "public_status", "public_tag",
    "show_decision", "show_account_settings", "show_profile_settings",
    "get_log_checkpoint", "get_log_tile", "public_log",
}  # fmt: skip
REQUESTS_EACH = 20


async def test_no_answer_may_be_kept_by_a_cache(cast: Cast) -> None:
    stage = await cast.common_stage()
    for route in served_routes():
        if route.method != "GET" or route.name in PUBLIC:
            continue
        for role in ("nobody", "joined", "deactivated"):
            request = request_of(route, cast.place(role, stage, route.name))
            answer = await cast[role].http.get(
                request.path,
                params=request.params,
                headers={"Authorization": f"Bearer {cast[role].access_token}"} if role != "nobody" else {},
            )
            assert answer.headers["cache-control"] == "private, no-store", (route, role)
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "etag" not in answer.headers
            assert "set-cookie" not in answer.headers or route.is_page


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def crowd(server: RunningServer) -> list[tuple[Actor, str, str]]:
    """A hundred people, each with a word and a room that nobody else has."""
    turns = asyncio.Semaphore(4)

    async def join_in(number: int) -> tuple[Actor, str, str]:
        async with turns:
            localpart = fresh_localpart(f"p{number}")
            actor = await register(server.url, server.registration_shared_secret, localpart)
            word = localpart.replace("-", "")
            me = segment(actor.user_id)
            await actor.put(f"/profile/{me}/displayname", {"displayname": word})
            await actor.put(f"/user/{me}/account_data/org.example.word", {"word": word})
            room = await actor.create_room(name=word)
            await actor.send_text(room, f"{word} said so")
            return actor, word, room

    return list(await asyncio.gather(*(join_in(number) for number in range(PEOPLE))))


async def test_a_hundred_people_at_once_get_only_their_own_answers(
    crowd: list[tuple[Actor, str, str]],
) -> None:
    words = {word for _, word, _ in crowd}

    async def ask(actor: Actor, word: str, room: str, order: random.Random) -> list[str]:
        me, here = segment(actor.user_id), f"/rooms/{segment(room)}"
        asked = [
            "/sync",
            "/account/whoami",
            f"/profile/{me}/displayname",
            f"/user/{me}/account_data/org.example.word",
            "/joined_rooms",
            f"{here}/messages?dir=b",
            f"{here}/state",
            f"{here}/joined_members",
            "/devices",
        ]
        crossed = []
        for _ in range(REQUESTS_EACH):
            path = order.choice(asked)
            answer = await actor.answer("GET", path)
            own = {"/joined_rooms": room, "/devices": actor.device_id, "/account/whoami": actor.user_id}.get(
                path, word
            )
            others = {other for other in words if other != word and other in answer.text}
            if answer.status_code != 200 or own not in answer.text or others:
                crossed.append(f"{path}: {answer.status_code} {others}")
        return crossed

    found = await asyncio.gather(*(ask(*one, random.Random(number)) for number, one in enumerate(crowd)))  # noqa: S311
    assert [crossed for crossed in found if crossed] == []
    for actor, _, _ in crowd:
        await actor.close()
