"""Histories of several people, as random as they come: what they do, for whatever has to hold after it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.actors import Actor, segment

PEOPLE = 3
ROOMS = 3
Action = tuple[str, int, int, int]
ACTIONS = (
    "create", "join", "leave", "invite", "kick", "ban", "unban", "knock", "say", "say", "say", "mention",
    "topic", "name", "read", "react", "redact", "tag", "profile", "mute", "sync", "sync", "burst",
)  # fmt: skip


@dataclass
class World:
    """The people and the rooms made so far; what each person's client knows is the test's."""

    people: list[Actor]
    rooms: list[str] = field(default_factory=list)
    events: dict[str, list[str]] = field(default_factory=dict)
    said: int = 0

    async def sync(self, who: int) -> None:
        """Let a person's client learn what is new."""
        raise NotImplementedError

    async def act(self, action: Action) -> None:
        """Do one thing; what the server refuses is part of the history too."""
        name, who, where, other = action
        if name == "create":
            if len(self.rooms) < ROOMS:
                await self._create(who, where)
            return
        if name == "sync":
            await self.sync(who)
            return
        if self.rooms:
            room_id = self.rooms[where % len(self.rooms)]
            doing: Callable[[Actor, str, int], Awaitable[None]] = getattr(self, f"_{name}")
            await doing(self.people[who], room_id, other)

    async def _create(self, who: int, where: int) -> None:
        preset = ("public_chat", "private_chat", "public_chat")[where % 3]
        version = ("12", "11", "10")[where % 3]
        room_id = await self.people[who].create_room(preset=preset, room_version=version)
        self.rooms.append(room_id)
        self.events[room_id] = []

    async def _try(self, actor: Actor, method: str, path: str, body: object) -> str | None:
        answer = await actor.answer(method, path, body)
        assert answer.status_code < 500, answer.text
        found: str | None = answer.json().get("event_id")
        return found

    async def _member(self, actor: Actor, room_id: str, verb: str, other: int) -> None:
        body = {"user_id": self.people[other].user_id}
        await self._try(actor, "POST", f"/rooms/{segment(room_id)}/{verb}", body)

    async def _join(self, actor: Actor, room_id: str, _: int) -> None:
        await self._try(actor, "POST", f"/rooms/{segment(room_id)}/join", {})

    async def _leave(self, actor: Actor, room_id: str, _: int) -> None:
        await self._try(actor, "POST", f"/rooms/{segment(room_id)}/leave", {})

    async def _knock(self, actor: Actor, room_id: str, _: int) -> None:
        await self._try(actor, "POST", f"/knock/{segment(room_id)}", {})

    async def _invite(self, actor: Actor, room_id: str, other: int) -> None:
        await self._member(actor, room_id, "invite", other)

    async def _kick(self, actor: Actor, room_id: str, other: int) -> None:
        await self._member(actor, room_id, "kick", other)

    async def _ban(self, actor: Actor, room_id: str, other: int) -> None:
        await self._member(actor, room_id, "ban", other)

    async def _unban(self, actor: Actor, room_id: str, other: int) -> None:
        await self._member(actor, room_id, "unban", other)

    async def _send(self, actor: Actor, room_id: str, kind: str, content: object) -> None:
        path = f"/rooms/{segment(room_id)}/send/{kind}/{actor.next_txn_id()}"
        event_id = await self._try(actor, "PUT", path, content)
        if event_id is not None:
            self.events[room_id].append(event_id)

    async def _say(self, actor: Actor, room_id: str, _: int) -> None:
        self.said += 1
        await self._send(actor, room_id, "m.room.message", {"msgtype": "m.text", "body": f"茶 {self.said}"})

    async def _burst(self, actor: Actor, room_id: str, _: int) -> None:
        for _number in range(6):
            await self._say(actor, room_id, 0)

    async def _mention(self, actor: Actor, room_id: str, other: int) -> None:
        mentions = {"user_ids": [self.people[other].user_id]}
        content = {"msgtype": "m.text", "body": "look", "m.mentions": mentions}
        await self._send(actor, room_id, "m.room.message", content)

    async def _topic(self, actor: Actor, room_id: str, other: int) -> None:
        await self._try(
            actor, "PUT", f"/rooms/{segment(room_id)}/state/m.room.topic/", {"topic": f"topic {other}"}
        )

    async def _name(self, actor: Actor, room_id: str, other: int) -> None:
        await self._try(
            actor, "PUT", f"/rooms/{segment(room_id)}/state/m.room.name/", {"name": f"name {other}"}
        )

    async def _read(self, actor: Actor, room_id: str, other: int) -> None:
        known = self.events[room_id]
        if known:
            kind = ("m.read", "m.read.private", "m.read")[other]
            path = f"/rooms/{segment(room_id)}/receipt/{kind}/{segment(known[-1 - other % len(known)])}"
            await self._try(actor, "POST", path, {})

    async def _react(self, actor: Actor, room_id: str, other: int) -> None:
        if self.events[room_id]:
            relation = {
                "rel_type": "m.annotation",
                "event_id": self.events[room_id][-1],
                "key": "👍" * (other + 1),
            }
            await self._send(actor, room_id, "m.reaction", {"m.relates_to": relation})

    async def _redact(self, actor: Actor, room_id: str, other: int) -> None:
        known = self.events[room_id]
        if known:
            target = known[-1 - other % len(known)]
            path = f"/rooms/{segment(room_id)}/redact/{segment(target)}/{actor.next_txn_id()}"
            await self._try(actor, "PUT", path, {})

    async def _tag(self, actor: Actor, room_id: str, other: int) -> None:
        path = f"/user/{segment(actor.user_id)}/rooms/{segment(room_id)}/account_data/org.example.{other}"
        await self._try(actor, "PUT", path, {"n": self.said})

    async def _profile(self, actor: Actor, _: str, other: int) -> None:
        path = f"/user/{segment(actor.user_id)}/account_data/org.example.{other}"
        await self._try(actor, "PUT", path, {"n": self.said})

    async def _mute(self, actor: Actor, room_id: str, other: int) -> None:
        path = f"/pushrules/global/room/{segment(room_id)}"
        if other:
            await self._try(actor, "PUT", path, {"actions": []})
        else:
            await self._try(actor, "DELETE", path, None)

    async def clean_up(self) -> None:
        """Leave and forget every room, so that the next history starts small."""
        for actor in self.people:
            for room_id in self.rooms:
                await self._try(actor, "DELETE", f"/pushrules/global/room/{segment(room_id)}", None)
                await self._try(actor, "POST", f"/rooms/{segment(room_id)}/leave", {})
                await self._try(actor, "POST", f"/rooms/{segment(room_id)}/forget", {})


ACTION = st.tuples(
    st.sampled_from(ACTIONS),
    st.integers(0, PEOPLE - 1),
    st.integers(0, ROOMS - 1),
    st.integers(0, PEOPLE - 1),
)
