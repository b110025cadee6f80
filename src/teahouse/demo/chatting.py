"""The chats of the demonstration: rooms for many, talks of two, with pictures, voices, answers and reactions."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from teahouse.demo import pictures, voices, words
from teahouse.demo.wire import Json, Person

CLIENT = "/_matrix/client/v3"
REMEMBERED = 15
SHARE_OF_PICTURES, SHARE_OF_VOICES, SHARE_OF_ANSWERS = 0.06, 0.04, 0.15
SHARE_OF_PAIRS = 0.35


@dataclass
class Talk:
    """A room: who is in it, and what was said lately (event, sender)."""

    room_id: str
    members: list[Person]
    recent: list[tuple[str, Person]] = field(default_factory=list)
    reacted: set[tuple[str, str]] = field(default_factory=set)


class Chatting:
    """Does the chats' part of the plan."""

    def __init__(self, people: Sequence[Person], dice: random.Random) -> None:
        self._people = people
        self._dice = dice
        self._groups: list[Talk] = []
        self._pairs: list[Talk] = []
        self._current: Talk | None = None
        self._txn = 0
        self.count = 0

    @property
    def rooms(self) -> int:
        """How many rooms there are."""
        return len(self._groups) + len(self._pairs)

    async def make_rooms(self, groups: int) -> None:
        """Make rooms for many, each with a topic and a picture, and talks of two."""
        for index in range(groups):
            name, topic = words.ROOMS[index % len(words.ROOMS)]
            host = self._people[index % len(self._people)]
            members = [one for one in self._people if one is not host and self._belongs(one)]
            await self._make_group(host, members, name, topic)
        first = self._people[0]
        partners = self._people[1 : max(2, len(self._people) // 3)]
        await self._make_pairs([(first, other) for other in partners])
        rest = self._people[1:]
        await self._make_pairs(
            [(rest[index], rest[-index - 1]) for index in range(min(len(partners), len(rest) // 2))]
        )

    async def _make_pairs(self, pairs: Sequence[tuple[Person, Person]]) -> None:
        for one, other in pairs:
            await self._make_pair(one, other)

    def _belongs(self, person: Person) -> bool:
        return person is self._people[0] or self._dice.random() < 0.5

    async def _make_group(self, host: Person, members: list[Person], name: str, topic: str) -> None:
        picture = await self._upload(host, pictures.face(self._dice, 300), "image/jpeg", "room.jpg")
        wish = {
            "preset": "public_chat", "visibility": "public", "name": name, "topic": topic,
            "initial_state": [{"type": "m.room.avatar", "state_key": "", "content": {"url": picture}}],
        }  # fmt: skip
        room_id = str((await host.ask("POST", f"{CLIENT}/createRoom", wish))["room_id"])
        for one in members:
            await one.ask("POST", f"{CLIENT}/join/{quote(room_id)}", {})
        self._groups.append(Talk(room_id, [host, *members]))

    async def _make_pair(self, one: Person, other: Person) -> None:
        wish: Json = {"preset": "trusted_private_chat", "is_direct": True, "invite": [other.user_id]}
        room_id = str((await one.ask("POST", f"{CLIENT}/createRoom", wish))["room_id"])
        await other.ask("POST", f"{CLIENT}/join/{quote(room_id)}", {})
        for person, partner in ((one, other), (other, one)):
            path = f"{CLIENT}/user/{quote(person.user_id)}/account_data/m.direct"
            known = {
                mate.user_id: [talk.room_id]
                for talk in self._pairs if person in talk.members for mate in talk.members if mate is not person
            }  # fmt: skip
            known.setdefault(partner.user_id, []).append(room_id)
            await person.ask("PUT", path, known)
        self._pairs.append(Talk(room_id, [one, other]))

    def _talk_of(self, person: Person) -> Talk | None:
        kind = self._pairs if self._dice.random() < SHARE_OF_PAIRS else self._groups
        some = [talk for talk in kind if person in talk.members]
        return self._dice.choice(some) if some else None

    async def begin(self, person: Person) -> None:
        """Begin to talk in one of somebody's rooms."""
        self._current = self._talk_of(person)
        if self._current is not None:
            await self._say(person, self._current)

    async def go_on(self) -> None:
        """Let somebody of the room in which one talks say something."""
        if self._current is not None:
            await self._say(self._dice.choice(self._current.members), self._current)

    async def _say(self, person: Person, talk: Talk) -> None:
        who, dice = person.character, self._dice
        kind = dice.random()
        line = words.chat_line(who.language, dice.choice(who.topics), dice)
        if kind < SHARE_OF_PICTURES:
            content = await self._picture(person)
        elif kind < SHARE_OF_PICTURES + SHARE_OF_VOICES:
            content = await self._voice(person, line)
        else:
            content = {"msgtype": "m.text", "body": line}
            if talk.recent and kind > 1 - SHARE_OF_ANSWERS:
                answered, _ = dice.choice(talk.recent)
                content["m.relates_to"] = {"m.in_reply_to": {"event_id": answered}}
        event_id = await self._send(person, talk, "m.room.message", content)
        talk.recent = [*talk.recent[-REMEMBERED:], (event_id, person)]
        self.count += 1

    async def react(self, person: Person) -> None:
        """Answer a message with an emoji."""
        talk = self._talk_of(person)
        key = self._dice.choice(words.REACTIONS)
        if talk is None or not talk.recent:
            return
        event_id, author = self._dice.choice(talk.recent)
        mark = (event_id + key, person.user_id)
        if author is not person and mark not in talk.reacted:
            talk.reacted.add(mark)
            relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
            await self._send(person, talk, "m.reaction", {"m.relates_to": relation})

    async def read(self, person: Person) -> None:
        """Read one of the rooms."""
        talk = self._talk_of(person)
        if talk is not None and talk.recent:
            event_id, _ = talk.recent[-1]
            await person.ask(
                "POST", f"{CLIENT}/rooms/{quote(talk.room_id)}/receipt/m.read/{quote(event_id)}", {}
            )

    async def _send(self, person: Person, talk: Talk, kind: str, content: Json) -> str:
        self._txn += 1
        path = f"{CLIENT}/rooms/{quote(talk.room_id)}/send/{kind}/demo{self._txn}"
        return str((await person.ask("PUT", path, content))["event_id"])

    async def _picture(self, person: Person) -> Json:
        data = pictures.landscape(self._dice, (1000, 750))
        url = await self._upload(person, data, "image/jpeg", "picture.jpg")
        info = {"mimetype": "image/jpeg", "size": len(data), "w": 1000, "h": 750}
        return {"msgtype": "m.image", "body": "picture.jpg", "url": url, "info": info}

    async def _voice(self, person: Person, line: str) -> Json:
        # Dice of their own: how many are thrown depends on how the machine can speak.
        dice = random.Random(self._dice.random())  # noqa: S311
        data = await asyncio.to_thread(voices.voice, line, person.character.language, dice)
        url = await self._upload(person, data, "audio/ogg", "voice.ogg")
        server, media_id = url.removeprefix("mxc://").split("/")
        told = await person.ask("GET", f"/_teahouse/media/info/{quote(server)}/{media_id}")
        return {
            "msgtype": "m.audio", "body": "voice.ogg", "url": url, "org.matrix.msc3245.voice": {},
            **{name: told[name] for name in told if name in ("info", "org.matrix.msc1767.audio")},
        }  # fmt: skip

    async def _upload(self, person: Person, data: bytes, kind: str, name: str) -> str:
        sent = await person.send("/_matrix/media/v3/upload", data, kind, filename=name)
        return str(sent["content_uri"])
