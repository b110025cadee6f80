"""The microblog of the demonstration: profiles, follows, posts and what others do with them."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from teahouse.demo import pictures, words
from teahouse.demo.wire import Json, Person

REMEMBERED = 40
SHARE_WITH_PICTURES, SHARE_WITH_POLL, SHARE_WITH_WARNING, SHARE_FOR_FOLLOWERS = 0.3, 0.07, 0.04, 0.06
POLL_S = 3 * 86_400


@dataclass
class Shown:
    """A post that the others may still react to."""

    id: str
    author: Person
    topic: str
    poll_id: str = ""
    options: int = 0
    voters: set[str] = field(default_factory=set)


class Posting:
    """Does the microblog's part of the plan."""

    def __init__(self, people: Sequence[Person], dice: random.Random) -> None:
        self._people = people
        self._dice = dice
        self._recent: list[Shown] = []
        self.count = 0

    async def introduce(self, person: Person) -> None:
        """Give somebody a name, a text and mostly a picture."""
        who = person.character
        fields = {"display_name": who.display_name, "note": who.bio}
        for index, topic in enumerate(who.topics):
            fields |= {
                f"fields_attributes[{index}][name]": words.TAGS[who.language][topic],
                f"fields_attributes[{index}][value]": self._dice.choice(words.THINGS[who.language][topic]),
            }
        files = {}
        if self._dice.random() < 0.85:
            files["avatar"] = ("face.jpg", "image/jpeg", pictures.face(self._dice))
        if self._dice.random() < 0.6:
            files["header"] = ("header.jpg", "image/jpeg", pictures.landscape(self._dice, (1500, 500)))
        shown = await person.send_form("PATCH", "/api/v1/accounts/update_credentials", fields, files)
        person.account_id = shown["id"]

    async def follow_each_other(self, person: Person) -> None:
        """Let somebody follow a part of the others, the famous rather than the rest; the first follows nearly all."""
        others = [one for one in self._people if one is not person]
        share = 0.9 if person is self._people[0] else 0.35
        for other in others:
            if self._dice.random() < min(0.95, share * (0.5 + other.character.fame)):
                await person.ask("POST", f"/api/v1/accounts/{other.account_id}/follow", {})

    async def post(self, person: Person) -> None:
        """Say something, perhaps with pictures or a poll."""
        who, dice = person.character, self._dice
        topic = dice.choice(who.topics)
        wish: Json = {"status": words.post(who.language, topic, dice), "language": who.language}
        kind = dice.random()
        if kind < SHARE_WITH_PICTURES:
            wish["media_ids"] = [
                await self._picture(person, topic) for _ in range(dice.choice((1, 1, 2, 3, 4)))
            ]
        elif kind < SHARE_WITH_PICTURES + SHARE_WITH_POLL:
            question, options = dice.choice(words.POLLS[who.language])
            wish |= {"status": question, "poll": {"options": list(options), "expires_in": POLL_S}}
        elif kind < SHARE_WITH_PICTURES + SHARE_WITH_POLL + SHARE_WITH_WARNING:
            wish["spoiler_text"] = words.WARNINGS[who.language]
        elif kind > 1 - SHARE_FOR_FOLLOWERS:
            wish["visibility"] = "private"
        if dice.random() < 0.12:
            wish["status"] += f" @{dice.choice(self._people).character.name}"
        made = await person.ask("POST", "/api/v1/statuses", wish)
        if made["visibility"] == "public":
            self._note(made, person, topic)

    async def _picture(self, person: Person, topic: str) -> str:
        language = person.character.language
        thing = self._dice.choice(words.THINGS[language][topic])
        data = pictures.landscape(self._dice, self._dice.choice(((1200, 800), (900, 1200), (1000, 1000))))
        file = {"file": ("picture.jpg", "image/jpeg", data)}
        return str((await person.send_form("POST", "/api/v2/media", {"description": thing}, file))["id"])

    def _note(self, made: Json, person: Person, topic: str) -> None:
        self.count += 1
        shown = Shown(made["id"], person, topic)
        if made["poll"] is not None:
            shown.poll_id, shown.options = made["poll"]["id"], len(made["poll"]["options"])
        self._recent = [*self._recent[-REMEMBERED:], shown]

    def _chosen(self, person: Person) -> Shown | None:
        """Choose a recent post of somebody else, of the famous rather than of the rest."""
        some = [one for one in self._recent if one.author is not person]
        if not some:
            return None
        return self._dice.choices(some, [one.author.character.fame for one in some])[0]

    async def react(self, person: Person, kind: str) -> None:
        """Like, repost, quote, bookmark or answer a post of somebody else."""
        chosen, language = self._chosen(person), person.character.language
        if chosen is None:
            return
        path = f"/api/v1/statuses/{chosen.id}"
        if kind == "comment":
            said = self._dice.choice(words.COMMENTS[language])
            wish = {
                "status": f"@{chosen.author.character.name} {said}", "in_reply_to_id": chosen.id,
                "language": language,
            }  # fmt: skip
            self._note(await person.ask("POST", "/api/v1/statuses", wish), person, chosen.topic)
        elif kind == "quote":
            said = self._dice.choice(words.QUOTES[language])
            wish = {"status": said, "quoted_status_id": chosen.id, "language": language}
            self._note(await person.ask("POST", "/api/v1/statuses", wish), person, chosen.topic)
        else:
            verb = {"like": "favourite", "repost": "reblog", "bookmark": "bookmark"}[kind]
            await person.ask("POST", f"{path}/{verb}", {})

    async def vote(self, person: Person) -> None:
        """Vote in a poll that still runs."""
        polls = [
            one for one in self._recent
            if one.poll_id and one.author is not person and person.user_id not in one.voters
        ]  # fmt: skip
        if polls:
            chosen = self._dice.choice(polls)
            shown = await person.ask("GET", f"/api/v1/polls/{chosen.poll_id}")
            if not shown["expired"]:
                chosen.voters.add(person.user_id)
                choice = str(self._dice.randrange(chosen.options))
                await person.ask("POST", f"/api/v1/polls/{chosen.poll_id}/votes", {"choices": [choice]})

    async def whisper(self, person: Person) -> None:
        """Say something to one person alone."""
        other = self._dice.choice([one for one in self._people if one is not person])
        said = self._dice.choice(words.COMMENTS[person.character.language])
        wish = {"status": f"@{other.character.name} {said}", "visibility": "direct"}
        await person.ask("POST", "/api/v1/statuses", wish)
