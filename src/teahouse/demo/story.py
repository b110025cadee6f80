"""Loading the demonstration: the people, their ties and rooms, then act after act up to now."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeVar

from teahouse.app import Services
from teahouse.config import Config
from teahouse.demo.articles import Articles
from teahouse.demo.cast import Character, cast_of
from teahouse.demo.chatting import Chatting
from teahouse.demo.plan import DAY_MS, Act, plan
from teahouse.demo.posting import Posting
from teahouse.demo.wire import DemoClock, Person, Wire, open_server

T = TypeVar("T")
PEOPLE_A_ROOM = 4
MOST_GROUPS = 60


@dataclass(frozen=True, slots=True)
class Wish:
    """How much of everything."""

    seed: int = 1
    people: int = 24
    posts: int = 240
    messages: int = 480
    days: int = 14


@dataclass(slots=True)
class Loaded:
    """What was made; `names` can all be signed in as."""

    names: list[str] = field(default_factory=list)
    posts: int = 0
    messages: int = 0
    rooms: int = 0


Seen = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is in all."""


async def load(config: Config, wish: Wish, password: str, seen: Seen) -> Loaded:
    """Fill the server; the same wish on an empty server makes the same again. Raises TeahouseError."""
    dice, clock = random.Random(wish.seed), DemoClock()  # noqa: S311 (repeatable on purpose)
    now = clock.now_ms()
    async with open_server(config, clock) as (services, wire):
        clock.begin(now - (wish.days + 1) * DAY_MS)
        return await _Story(services, wire, clock, dice, seen).tell(wish, password, now)


class _Story:
    def __init__(
        self, services: Services, wire: Wire, clock: DemoClock, dice: random.Random, seen: Seen
    ) -> None:
        self._services = services
        self._wire = wire
        self._clock = clock
        self._dice = dice
        self._seen = seen

    async def tell(self, wish: Wish, password: str, now_ms: int) -> Loaded:
        """Make the people, then their story."""
        cast = cast_of(wish.people, self._dice)
        people = [await self._join(one, password) for one in self._counted("people", cast)]
        posting, chatting = Posting(people, self._dice), Chatting(people, self._dice)
        for person in self._counted("profiles", people):
            await posting.introduce(person)
        for person in self._counted("follows", people):
            await posting.follow_each_other(person)
        await chatting.make_rooms(min(MOST_GROUPS, max(2, wish.people // PEOPLE_A_ROOM)))
        articles = Articles(people, random.Random(wish.seed))  # noqa: S311
        await articles.make_account()
        acts = plan(
            cast, posts=wish.posts, messages=wish.messages, now_ms=now_ms, days=wish.days, dice=self._dice
        )
        for act in self._counted("posts and chats", acts):
            self._clock.set(act.at_ms)
            if act.kind == "publish":
                await articles.publish()
            else:
                await self._do(act, people[act.who], posting, chatting)
        names = [person.character.name for person in people]
        return Loaded(names, posting.count, chatting.count, chatting.rooms)

    def _counted(self, what: str, things: list[T]) -> Iterator[T]:
        for done, thing in enumerate(things):
            self._seen(what, done, len(things))
            yield thing
        self._seen(what, len(things), len(things))

    async def _join(self, character: Character, password: str) -> Person:
        """Make a user; a name that is taken gets a number."""
        name, number = character.name, 1
        while await self._services.accounts.find_user(f"@{name}:{self._services.config.server_name}"):
            number += 1
            name = f"{character.name}{number}"
        user, token = await self._services.accounts.create_user_with_token(name, password)
        return Person(replace(character, name=name), self._wire, token, user.user_id)

    async def _do(self, act: Act, person: Person, posting: Posting, chatting: Chatting) -> None:
        match act.kind:
            case "post":
                await posting.post(person)
            case "vote":
                await posting.vote(person)
            case "whisper":
                await posting.whisper(person)
            case "say":
                await chatting.begin(person)
            case "go_on":
                await chatting.go_on()
            case "react":
                await chatting.react(person)
            case "read":
                await chatting.read(person)
            case _:
                await posting.react(person, act.kind)
