"""Unread counts are right for every push rule: random walks of three people, checked against plain counting.

What a reader's syncs said on the way (counted on in memory) and what a sync from nothing says once memory is
dropped (counted by the database) must both be what judging every event since the reader's markers gives.
"""

from __future__ import annotations

import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.actors import Actor, joined_room, segment

from teahouse.push.rules.conditions import EventView, RoomContext
from teahouse.push.rules.evaluate import CompiledRules

Json = dict[str, Any]
FILTER = json.dumps({"room": {"timeline": {"unread_thread_notifications": True}}})
LOUD = ["notify", {"set_tweak": "highlight"}]


async def no_change(_actor: Actor, _room_id: str) -> None:
    """Keep the default rules."""


async def mentions_only(actor: Actor, room_id: str) -> None:
    """Do what apps do for "mentions and keywords"."""
    await actor.put(f"/pushrules/global/room/{segment(room_id)}", {"actions": []})


async def muted(actor: Actor, room_id: str) -> None:
    """Do what apps do for "mute"."""
    condition = {"kind": "event_match", "key": "room_id", "pattern": room_id}
    await actor.put(
        f"/pushrules/global/override/{segment(room_id)}", {"actions": [], "conditions": [condition]}
    )


async def keyword(actor: Actor, _room_id: str) -> None:
    """Be called by a word."""
    await actor.put("/pushrules/global/content/tea", {"actions": LOUD, "pattern": "tea"})


async def everything(actor: Actor, room_id: str) -> None:
    """Do what apps do for "all messages"."""
    await actor.put(f"/pushrules/global/room/{segment(room_id)}", {"actions": ["notify"]})


async def nothing_at_all(actor: Actor, _room_id: str) -> None:
    """Switch every notification off."""
    await actor.put("/pushrules/global/override/.m.rule.master/enabled", {"enabled": True})


async def no_plain_messages(actor: Actor, _room_id: str) -> None:
    """Change a default rule."""
    await actor.put("/pushrules/global/underride/.m.rule.message/actions", {"actions": []})


PROFILES: list[Callable[[Actor, str], Awaitable[None]]] = [
    no_change,
    mentions_only,
    muted,
    keyword,
    everything,
    nothing_at_all,
    no_plain_messages,
]


@dataclass
class Said:
    """One event of the walk, as plain counting needs it."""

    event_id: str
    event: Json
    root: str | None


@dataclass
class Reader:
    """A person with what they have read, as numbers of events, and what their syncs said."""

    actor: Actor
    rules: CompiledRules
    name: str | None = None
    since: str = ""
    told: tuple[int, int, Json] = (0, 0, {})
    whole: int = 0
    marks: dict[str, int] = field(default_factory=dict)

    def mark(self, thread: str, number: int) -> None:
        """Move a marker forward."""
        self.marks[thread] = max(self.marks.get(thread, 0), number)

    def expected(self, said: list[Said]) -> tuple[int, int, Json]:
        """Count plainly: judge each event after the marker of its timeline."""
        counts: dict[str, list[int]] = {}
        for number, one in enumerate(said, 1):
            thread = one.root or "main"
            if number <= max(self.whole, self.marks.get(thread, 0)):
                continue
            power = 100 if one.event["sender"].startswith("@alice") else 0
            context = RoomContext(member_count=3, display_name=self.name, sender_power=power)
            actions = self.rules.evaluate(EventView(one.event), context)
            count = counts.setdefault(thread, [0, 0])
            count[0] += actions.notify
            count[1] += actions.notify and actions.highlight
        main = counts.pop("main", [0, 0])
        threads = {
            root: {"notification_count": count[0], "highlight_count": count[1]}
            for root, count in counts.items()
            if count != [0, 0]
        }
        return main[0], main[1], threads


def told_by(answer: Json, room_id: str, before: tuple[int, int, Json]) -> tuple[int, int, Json]:
    """Give the counts after a sync answer; what it doesn't say is as before."""
    room = joined_room(answer, room_id)
    if "unread_notifications" not in room:
        return before
    counts = room["unread_notifications"]
    threads = {
        root: count
        for root, count in room.get("unread_thread_notifications", {}).items()
        if count["notification_count"] or count["highlight_count"]
    }
    return counts["notification_count"], counts["highlight_count"], threads


class Walk:
    """Three people in a room who talk and read at random."""

    def __init__(self, room_id: str, readers: list[Reader], dice: random.Random) -> None:
        self.room_id = room_id
        self.readers = readers
        self.dice = dice
        self.said: list[Said] = []

    async def say(self, reader: Reader) -> None:
        """Send one event of some kind."""
        content: Json = {"msgtype": "m.text", "body": self.dice.choice(["hm", "tea?", "@room come", "bob"])}
        kind, root = "m.room.message", None
        other = self.dice.choice(self.readers).actor
        match self.dice.randrange(9):
            case 0:
                content["m.mentions"] = {"user_ids": [other.user_id]}
            case 1:
                content["m.mentions"] = {"room": True}
            case 2:
                content["body"] = f"ask {other.user_id[1:].split(':')[0]}"
            case 3:
                content["msgtype"] = "m.notice"
            case 4 if self.said:
                root = self.dice.choice(self.said).root
                mains = [one for one in self.said if one.root is None and one.event["type"] == kind]
                root = root or (self.dice.choice(mains[:3]).event_id if mains else None)
                if root is not None:
                    content["m.relates_to"] = {"rel_type": "m.thread", "event_id": root}
            case 5 if self.said:
                target = self.dice.choice(self.said)
                kind, root = "m.reaction", target.root
                key = f"{len(self.said)}"
                content = {
                    "m.relates_to": {"rel_type": "m.annotation", "event_id": target.event_id, "key": key}
                }
                content["m.mentions"] = {"user_ids": [other.user_id]}
            case _:
                content["m.mentions"] = {}
        event_id = await reader.actor.send(self.room_id, kind, content)
        event = {"type": kind, "sender": reader.actor.user_id, "room_id": self.room_id, "content": content}
        self.said.append(Said(event_id, event, root))
        reader.mark(root or "main", len(self.said))

    async def read(self, reader: Reader) -> None:
        """Send one receipt of some kind, mostly for something recent."""
        number = max(1, len(self.said) - int(self.dice.expovariate(0.5)))
        one = self.said[number - 1]
        kind = self.dice.choice(["m.read", "m.read.private"])
        thread = self.dice.choice([None, one.root or "main"])
        await reader.actor.read(self.room_id, one.event_id, kind, thread)
        if thread is None:
            reader.whole = max(reader.whole, number)
        else:
            reader.mark(thread, number)

    async def check(self, reader: Reader) -> None:
        """Compare the reader's syncs with plain counting."""
        answer = await reader.actor.sync(reader.since, filter=FILTER)
        reader.since = answer["next_batch"]
        reader.told = told_by(answer, self.room_id, reader.told)
        assert reader.told == reader.expected(self.said), "counted on in memory"

    async def check_from_nothing(self, reader: Reader) -> None:
        """Compare a first sync, with nothing in memory, with plain counting."""
        # A rule for a room that doesn't exist changes no count, but ends what memory holds of the reader.
        rule = f"/pushrules/global/room/{segment(f'!{len(self.said)}:nowhere')}"
        await reader.actor.put(rule, {"actions": []})
        answer = await reader.actor.sync(filter=FILTER)
        assert told_by(answer, self.room_id, (0, 0, {})) == reader.expected(self.said), "counted anew"
        whole = joined_room(await reader.actor.sync(), self.room_id)["unread_notifications"]
        notify, highlight, threads = reader.expected(self.said)
        assert whole == {
            "notification_count": notify + sum(count["notification_count"] for count in threads.values()),
            "highlight_count": highlight + sum(count["highlight_count"] for count in threads.values()),
        }


async def a_reader(actor: Actor, room_id: str) -> Reader:
    """Give somebody in the room with the rules that hold for them."""
    rules = CompiledRules(actor.user_id, (await actor.get("/pushrules/"))["global"])
    name = (await actor.state(room_id, "m.room.member", actor.user_id)).get("displayname")
    answer = await actor.sync(filter=FILTER)
    return Reader(actor, rules, name, answer["next_batch"])


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.__name__)
async def test_counts_are_what_plain_counting_gives(
    alice: Actor,
    bob: Actor,
    carol: Actor,
    profile: Callable[[Actor, str], Awaitable[None]],
) -> None:
    room_id = await alice.create_room(preset="public_chat")
    await bob.join(room_id)
    await carol.join(room_id)
    await profile(bob, room_id)
    people = [await a_reader(actor, room_id) for actor in (alice, bob, carol)]
    dice = random.Random(profile.__name__)  # noqa: S311 (reproducible walks)
    walk = Walk(room_id, people, dice)
    for step in range(90):
        reader = dice.choice(people)
        if walk.said and dice.random() < 0.25:
            await walk.read(reader)
        else:
            await walk.say(reader)
        if dice.random() < 0.3:
            await walk.check(dice.choice(people))
        if step % 30 == 29:
            for reader in people:
                await walk.check(reader)
                await walk.check_from_nothing(reader)
