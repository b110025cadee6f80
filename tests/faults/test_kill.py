"""The server is killed again and again under load; nothing that it acknowledged may be missing (G1, G4, G5, G8)."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

import pytest

from tests.actors import Actor, Json, fresh_localpart, register, segment
from tests.faults.nursery import QuickServer, quick_server
from tests.faults.witnesses import Listener, Speaker, going_on, history, insist
from tests.server_process import CLUSTER

KILLS = 10 if CLUSTER else 30
"""Thirty where the file is ours; PostgreSQL's is its own, and ten show how we talk to it."""
KILLS_WHILE_STARTING = 4
SPEAKERS = 4


async def people(server: QuickServer, count: int) -> list[Actor]:
    """Make so many users."""
    make = (
        register(server.url, server.registration_shared_secret, fresh_localpart(f"p{number}"))
        for number in range(count)
    )
    return [await actor for actor in make]


async def kill_again_and_again(server: QuickServer, dice: random.Random) -> None:
    """Kill at random moments, sometimes before the server is up, and start on the same data each time."""
    for number in range(KILLS):
        await asyncio.sleep(dice.uniform(0.05, 0.7))
        server.kill()
        if number % (KILLS // KILLS_WHILE_STARTING) == 0:
            server.launch()
            await asyncio.sleep(dice.uniform(0.05, 1.0))
            server.kill()
        await server.start()


@pytest.mark.timeout(420)
async def test_nothing_acknowledged_is_lost_doubled_or_disordered_by_kills(tmp_path: Path) -> None:
    dice = random.Random(20_261_123)  # noqa: S311
    server = await quick_server(tmp_path / "server")
    await server.start()
    try:
        actors = await people(server, SPEAKERS + 3)
        room_id = await actors[0].create_room(
            preset="public_chat", power_level_content_override={"state_default": 0}
        )
        for actor in actors[1:]:
            await actor.join(room_id)
        speakers = [
            Speaker(actor, room_id, f"speaker{number}", random.Random(number))  # noqa: S311
            for number, actor in enumerate(actors[:SPEAKERS])
        ]
        listeners = [Listener(actor, room_id) for actor in actors[SPEAKERS:]]
        for listener in listeners:
            await listener.listen_once()
        async with going_on(speakers, listeners):
            await kill_again_and_again(server, dice)
        await judge(server, speakers, listeners)
    finally:
        for actor in actors:
            await actor.close()
        await server.remove()


async def judge(server: QuickServer, speakers: list[Speaker], listeners: list[Listener]) -> None:
    """Compare everybody's records with the history."""
    for speaker in speakers:
        for promise in speaker.in_doubt:
            # Whether it was kept or not: asked again, it is there once.
            for _ in range(2):
                answer = await insist(speaker.actor, "PUT", promise.path, promise.content)
                promise.answers.add(answer["event_id"])
    reader, room_id = speakers[0].actor, speakers[0].room_id
    events = await history(reader, room_id)
    order = {event["event_id"]: place for place, event in enumerate(events)}
    assert len(order) == len(events), "an event stands in the history twice"
    assert [e["event_id"] for e in await history(reader, room_id, "b")] == list(order)
    for speaker in speakers:
        check_speaker(speaker, events, order)
        await check_account_data(speaker)
    for listener in listeners:
        while await listener.listen_once():
            pass
        begun = order[listener.heard[0]]
        assert listener.heard == list(order)[begun:], "a listener missed, repeated or confused events"
    said = sum(len(speaker.said) for speaker in speakers)
    assert said > KILLS


def check_speaker(speaker: Speaker, events: list[Json], order: dict[str, int]) -> None:
    """Everything once, in the order in which it was said, redactions done."""
    by_id = {event["event_id"]: event for event in events}
    for promise in (*speaker.said, *speaker.in_doubt):
        assert len(promise.answers) == 1, f"{promise.path} made several events: {promise.answers}"
    places = [order[event_id] for promise in speaker.said for event_id in promise.answers]
    assert places == sorted(places), "acknowledged one after the other, but stored in another order"
    missing = [event_id for event_id in speaker.states if event_id not in order]
    assert not missing, f"acknowledged state is missing: {missing}"
    bodies = Counter(
        event["content"]["body"]
        for event in events
        if event["sender"] == speaker.actor.user_id and "body" in event["content"]
    )
    assert not [body for body, count in bodies.items() if count > 1], "one message stands there twice"
    for event_id, redaction_id in speaker.redacted.items():
        assert redaction_id in order
        assert by_id[event_id]["content"] == {}, "an acknowledged redaction was half done"


async def check_account_data(speaker: Speaker) -> None:
    """The newest acknowledged value, or a newer one that was on its way."""
    if speaker.account_data:
        path = f"/user/{segment(speaker.actor.user_id)}/account_data/org.teahouse.count"
        kept = (await insist(speaker.actor, "GET", path))["count"]
        assert speaker.account_data <= kept <= speaker.tried_account_data
