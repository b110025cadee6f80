"""People who keep a record of what the server promised them, through crashes and outages.

A Speaker writes down every acknowledgement, and asks again with the same transaction id when no answer came. A
Listener follows a room with a since token, as an app does, filling gaps by paging back. Nothing here judges:
the tests compare the records with the room's history.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.actors import Actor, Json, joined_room, segment

PATIENCE_S = 300.0
REFUSALS = (429, 503, 507)


class Unanswered(Exception):
    """The request met no server, a dead one, or an honest refusal for now."""


async def ask(actor: Actor, method: str, path: str, json: Any = None, **params: Any) -> Json:
    """Make one request; raises Unanswered when it may be asked again, fails on any other error."""
    try:
        answer = await actor.answer(method, path, json, params)
    except httpx.TransportError as error:
        raise Unanswered(repr(error)) from error
    if answer.status_code in REFUSALS:
        assert answer.headers.get("retry-after"), f"{answer.status_code} without Retry-After: {answer.text}"
        raise Unanswered(answer.text)
    assert answer.status_code == 200, f"{method} {path}: {answer.status_code} {answer.text}"
    return dict(answer.json())


async def insist(actor: Actor, method: str, path: str, json: Any = None, **params: Any) -> Json:
    """Ask until there is an answer."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return await ask(actor, method, path, json, **params)
        except Unanswered:
            assert time.monotonic() < deadline, f"no answer to {method} {path} for {PATIENCE_S} s"
            await asyncio.sleep(0.02)


@dataclass
class Promise:
    """One thing said: where, with what body, and every event id that was ever answered for it."""

    path: str
    content: Json
    answers: set[str] = field(default_factory=set)


@dataclass
class Speaker:
    """Says things without end; `said` holds what was acknowledged, in order, `in_doubt` what never was."""

    actor: Actor
    room_id: str
    name: str
    dice: random.Random
    said: list[Promise] = field(default_factory=list)
    in_doubt: list[Promise] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    redacted: dict[str, str] = field(default_factory=dict)
    read_upto: str = ""
    account_data: int = 0
    tried_account_data: int = 0
    count: int = 0

    async def speak(self, until: Callable[[], bool], pause_s: float = 0.01) -> None:
        """Go on until told to stop."""
        while not until():
            roll = self.dice.random()
            try:
                await self._one_act(roll)
            except Unanswered:
                await asyncio.sleep(0.02)
            await asyncio.sleep(pause_s)

    async def _one_act(self, roll: float) -> None:
        if roll < 0.7 or not self.said:
            await self._say()
        elif roll < 0.8:
            await self._set_state()
        elif roll < 0.85:
            await self._redact()
        elif roll < 0.92:
            await self._read()
        else:
            await self._keep_account_data()

    def promise(self, verb: str = "send/m.room.message") -> Promise:
        """Make the next thing to say, with a transaction id that was never used."""
        self.count += 1
        path = f"/rooms/{segment(self.room_id)}/{verb}/{self.name}-{self.count}"
        return Promise(path, {"msgtype": "m.text", "body": f"{self.name} {self.count}"})

    async def _say(self) -> None:
        promise = self.promise()
        for _ in range(1000):
            try:
                answer = await ask(self.actor, "PUT", promise.path, promise.content)
            except Unanswered:
                if self.dice.random() < 0.1:
                    self.in_doubt.append(promise)
                    return
                await asyncio.sleep(0.02)
                continue
            promise.answers.add(answer["event_id"])
            self.said.append(promise)
            if self.dice.random() < 0.1:
                await self.repeat(promise)
            return

    async def repeat(self, promise: Promise) -> None:
        """Ask again with the same transaction id, as after a lost answer."""
        promise.answers.add((await ask(self.actor, "PUT", promise.path, promise.content))["event_id"])

    async def _set_state(self) -> None:
        self.count += 1
        path = f"/rooms/{segment(self.room_id)}/state/org.teahouse.seat/{self.name}"
        answer = await ask(self.actor, "PUT", path, {"seat": self.count})
        self.states.append(answer["event_id"])

    async def _redact(self) -> None:
        victim = self.dice.choice(self.said)
        (event_id,) = victim.answers
        promise = self.promise(f"redact/{segment(event_id)}")
        answer = await insist(self.actor, "PUT", promise.path, {})
        self.redacted[event_id] = answer["event_id"]

    async def _read(self) -> None:
        (event_id,) = self.said[-1].answers
        await ask(
            self.actor, "POST", f"/rooms/{segment(self.room_id)}/receipt/m.read/{segment(event_id)}", {}
        )
        self.read_upto = event_id

    async def _keep_account_data(self) -> None:
        self.tried_account_data += 1
        path = f"/user/{segment(self.actor.user_id)}/account_data/org.teahouse.count"
        await ask(self.actor, "PUT", path, {"count": self.tried_account_data})
        self.account_data = self.tried_account_data


@dataclass
class Listener:
    """Follows one room with a token; `heard` is every event that it was ever shown, in order."""

    actor: Actor
    room_id: str
    heard: list[str] = field(default_factory=list)
    since: str | None = None

    async def listen(self, until: Callable[[], bool], timeout_ms: int = 1000) -> None:
        """Follow until told to stop."""
        while not until():
            try:
                await self.listen_once(timeout_ms)
            except Unanswered:
                await asyncio.sleep(0.02)

    async def listen_once(self, timeout_ms: int = 0) -> int:
        """Sync once and take in what came; give how many events that were."""
        limit = '{"room":{"timeline":{"limit":50}}}'
        params: Json = {
            "filter": limit,
            "timeout": timeout_ms,
            **({"since": self.since} if self.since else {}),
        }
        answer = await ask(self.actor, "GET", "/sync", **params)
        events = [event["event_id"] for event in await self._timeline(answer)]
        self.heard += events
        self.since = answer["next_batch"]
        return len(events)

    async def _timeline(self, answer: Json) -> list[Json]:
        """Give the new events, with those that a limited timeline left out."""
        timeline = joined_room(answer, self.room_id).get("timeline", {})
        events: list[Json] = list(timeline.get("events", []))
        if not timeline.get("limited") or self.since is None:
            return events
        known = set(self.heard)
        missing: list[Json] = []
        start = timeline["prev_batch"]
        while True:
            path = f"/rooms/{segment(self.room_id)}/messages"
            page = await insist(self.actor, "GET", path, **{"dir": "b", "from": start, "limit": 100})
            fresh = [event for event in page["chunk"] if event["event_id"] not in known]
            missing += fresh
            if len(fresh) < len(page["chunk"]) or "end" not in page:
                return [*reversed(missing), *events]
            start = page["end"]


@asynccontextmanager
async def going_on(
    speakers: Sequence[Speaker], listeners: Sequence[Listener], pause_s: float = 0.01
) -> AsyncIterator[None]:
    """Let everybody speak and listen for as long as the block lasts."""
    over = False
    talking = [asyncio.create_task(speaker.speak(lambda: over, pause_s)) for speaker in speakers]
    talking += [asyncio.create_task(listener.listen(lambda: over)) for listener in listeners]
    try:
        yield
        over = True
        await asyncio.gather(*talking)
    finally:
        for task in talking:
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)


async def history(actor: Actor, room_id: str, direction: str = "f") -> list[Json]:
    """Page through the whole history of a room; the oldest event comes first."""
    events: list[Json] = []
    start: dict[str, str] = {}
    while True:
        page = await insist(
            actor, "GET", f"/rooms/{segment(room_id)}/messages", dir=direction, limit=500, **start
        )
        events += page["chunk"]
        if "end" not in page:
            return events if direction == "f" else events[::-1]
        start = {"from": page["end"]}
