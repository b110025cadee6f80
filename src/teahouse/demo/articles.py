"""The public account of the demonstration: a letter with three articles, which everybody reads and some like.

A room of the web app's own type, and messages with a block of its own (decision 47).
"""

import html
import random
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from teahouse.demo import pictures
from teahouse.demo.wire import Json, Person

CLIENT = "/_matrix/client/v3"
NAME = "慢茶来信 Slow tea letters"
ABOUT = "A letter now and then, about leaves, water and time. 不定期的来信，写茶，也写慢下来的日子。"
COVER = (1000, 500)
SHARE_OF_LIKES = 0.5


@dataclass(frozen=True, slots=True)
class Letter:
    """An article in paragraphs; one that begins with `## ` is a heading."""

    title: str
    summary: str
    paragraphs: tuple[str, ...]


LETTERS = (
    Letter(
        "Why we meet on Saturdays",
        "How a shop that closed at six became a table for twelve.",
        (
            "The shop used to close at six, and whoever was still inside had to help with the chairs.",
            "## A table appears",
            "One wet Saturday nobody wanted to leave. Somebody found a plank, somebody else two crates, and the "
            "last pot was shared among nine cups. It tasted of very little. We stayed until ten.",
            "That was four years ago. The plank is a table now; the rule about the chairs still holds.",
        ),
    ),
    Letter(
        "水为茶之母",
        "井水、泉水还是自来水？泡茶之前，先把水弄明白。",
        (
            "茶书里说：山水上，江水中，井水下。可是住在城里的人，哪里去找山泉？",
            "## 三个小办法",
            "前一晚把水静置；烧到蟹眼就停；温一温杯子。做到这三样，普通的水也能泡出清甜的龙井。",
            "最要紧的是新鲜。水和人一样，放久了就没精神。",
        ),
    ),
    Letter(
        "Three infusions of the same leaves",
        "The first is for the nose, the second for the tongue, the third for whoever stayed.",
        (
            "Good leaves are not used up by one cup. They open slowly, and so do people.",
            "## The first",
            "Short, hot, almost green. Smell it before you drink it.",
            "## The second",
            "Now it has a body. This is the one to pour for guests.",
            "## The third",
            "Softer than you expect, and sweet at the end. Most have left by then; the talk is best.",
        ),
    ),
)


class Articles:
    """Publishes the letters, one after another."""

    def __init__(self, people: Sequence[Person], dice: random.Random) -> None:
        self._people = people
        self._dice = dice
        self._room_id = ""
        self._left = list(LETTERS)

    async def make_account(self) -> None:
        """Make the account of whoever is first; everybody subscribes."""
        owner = self._people[0]
        face = await self._upload(owner, pictures.face(self._dice, 300))
        wish: Json = {
            "preset": "public_chat", "visibility": "public", "name": NAME, "topic": ABOUT,
            "room_alias_name": f"letters-of-{owner.character.name}",
            "creation_content": {"type": "org.teahouse.channel"},
            "power_level_content_override": {
                "events_default": 50, "state_default": 100, "redact": 50,
                "events": {"m.reaction": 0, "m.room.redaction": 0, "m.room.tombstone": 150},
            },
            "initial_state": [
                _state("m.room.history_visibility", {"history_visibility": "world_readable"}),
                _state("m.room.avatar", {"url": face}),
            ],
        }  # fmt: skip
        self._room_id = str((await owner.ask("POST", f"{CLIENT}/createRoom", wish))["room_id"])
        for one in self._people[1:]:
            await one.ask("POST", f"{CLIENT}/join/{quote(self._room_id)}", {})

    async def publish(self) -> None:
        """Publish the next letter, if there is one; some like it at once."""
        if not self._left:
            return
        letter, owner = self._left.pop(0), self._people[0]
        cover = await self._upload(owner, pictures.landscape(self._dice, COVER))
        content = _content(letter, owner.character.display_name, cover)
        event_id = await self._send(owner, "m.room.message", content, f"letter{len(self._left)}")
        for reader in self._people[1:]:
            if self._dice.random() < SHARE_OF_LIKES:
                like = {"rel_type": "m.annotation", "event_id": event_id, "key": "❤️"}
                await self._send(reader, "m.reaction", {"m.relates_to": like}, f"like{len(self._left)}")

    async def _send(self, person: Person, kind: str, content: Json, txn: str) -> str:
        path = f"{CLIENT}/rooms/{quote(self._room_id)}/send/{kind}/demo.{txn}"
        return str((await person.ask("PUT", path, content))["event_id"])

    async def _upload(self, person: Person, data: bytes) -> str:
        sent = await person.send("/_matrix/media/v3/upload", data, "image/jpeg", filename="picture.jpg")
        return str(sent["content_uri"])


def _state(kind: str, content: Json) -> Json:
    return {"type": kind, "state_key": "", "content": content}


def _content(letter: Letter, author: str, cover: str) -> Json:
    source = "\n\n".join(letter.paragraphs)
    rich = "".join(
        f"<h2>{html.escape(one[3:])}</h2>" if one.startswith("## ") else f"<p>{html.escape(one)}</p>"
        for one in letter.paragraphs
    )
    return {
        "msgtype": "m.text",
        "body": f"{letter.title}\n\n{source}",
        "format": "org.matrix.custom.html",
        "formatted_body": f"<h1>{html.escape(letter.title)}</h1>{rich}",
        "org.teahouse.article": {
            "title": letter.title,
            "author": author,
            "summary": letter.summary,
            "cover": {"url": cover, "w": COVER[0], "h": COVER[1]},
        },
    }
