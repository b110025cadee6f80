"""Announcements: what operators tell everybody; each reader puts them away and reacts for themselves."""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from msgspec import UNSET

from teahouse.errors import InvalidParam, NotFound
from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact
from teahouse.microblog.announcements import store_announcements as store
from teahouse.microblog.announcements.store_announcements import AnnouncementRow, Tally
from teahouse.microblog.core import Core
from teahouse.microblog.entities.forms import maybe_timestamp, timestamp
from teahouse.microblog.entities.house import Announcement, Reaction
from teahouse.microblog.entities.statuses import StatusTag
from teahouse.microblog.people.records import NOBODY, Viewer
from teahouse.microblog.text.html import render, tag_address
from teahouse.microblog.text.parsing import Tag, parse

MOST_SHOWN = 50
MOST_CHARS = 10_000
MOST_REACTIONS = 8
MOST_REACTION_CHARS = 16
CHANGED, REACTED = "announcement_changed", "announcement_reacted"
_PICTURE_KINDS = ("So", "Sk")
_KEYCAPS = "0123456789#*"


class Announcements:
    """Reads, dismisses and reacts; publishes for the operators."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def current(self, viewer: Viewer) -> list[Announcement]:
        """Give what is announced now, the newest first, also what the viewer has put away."""
        now = self._core.clock.now_ms()

        async def job(tx: Tx) -> list[Announcement]:
            return await self.entities(tx, await store.shown(tx, now, MOST_SHOWN), viewer)

        return await self._core.db.read(job)

    async def entities(self, tx: Tx, rows: Sequence[AnnouncementRow], viewer: Viewer) -> list[Announcement]:
        """Make entities, inside a job; for nobody they say nothing of reading."""
        numbers = [row.id for row in rows]
        read = await store.dismissed_among(tx, viewer.id, numbers) if viewer.is_known else set()
        tallies = await store.tallies(tx, viewer.id, numbers)
        return [
            self._entity(
                row, [one for one in tallies if one.announcement_id == row.id], viewer, row.id in read
            )
            for row in rows
        ]

    def _entity(
        self, row: AnnouncementRow, tallies: Sequence[Tally], viewer: Viewer, is_read: bool
    ) -> Announcement:
        tags = dict.fromkeys(part.name for part in parse(row.text) if isinstance(part, Tag))
        return Announcement(
            id=str(row.id),
            content=render(row.text, {}, self._core.public_url),
            starts_at=maybe_timestamp(row.starts_ts),
            ends_at=maybe_timestamp(row.ends_ts),
            all_day=bool(row.all_day),
            published_at=timestamp(row.published_ts),
            updated_at=timestamp(row.updated_ts),
            read=is_read if viewer.is_known else UNSET,
            mentions=[],
            statuses=[],
            tags=[StatusTag(name, tag_address(self._core.public_url, name)) for name in tags],
            emojis=self._core.emojis.used_in(row.text),
            reactions=[self._reaction(one, viewer) for one in tallies],
        )

    def _reaction(self, tally: Tally, viewer: Viewer) -> Reaction:
        emoji = self._core.emojis.get(tally.name)
        return Reaction(
            name=tally.name,
            count=tally.count,
            me=tally.mine if viewer.is_known else UNSET,
            url=UNSET if emoji is None else emoji.url,
            static_url=UNSET if emoji is None else emoji.static_url,
        )

    async def dismiss(self, viewer: Viewer, number: int) -> None:
        """Put one away; raises NotFound."""

        async def job(tx: Tx) -> None:
            await self._found(tx, number)
            await store.dismiss(tx, viewer.id, number)

        await self._core.db.write(job)

    async def react(self, viewer: Viewer, number: int, name: str) -> None:
        """React with an emoji; raises NotFound, and InvalidParam for what is none or for too many kinds."""
        if not (self._core.emojis.get(name) or is_emoji(name)):
            raise InvalidParam("Name is not a recognized emoji")

        async def job(tx: Tx) -> None:
            await self._found(tx, number)
            names = {one.name for one in await store.tallies(tx, viewer.id, [number])}
            if name not in names and len(names) >= MOST_REACTIONS:
                raise InvalidParam("Limit of different reactions reached")
            position = tx.next_position()
            if await store.react(tx, position, viewer.id, number, name):
                tx.announce(Fact(position, REACTED, body=(number, name)))

        await self._core.db.write(job)

    async def unreact(self, viewer: Viewer, number: int, name: str) -> None:
        """Take a reaction back; raises NotFound."""

        async def job(tx: Tx) -> None:
            await self._found(tx, number)
            if await store.unreact(tx, viewer.id, number, name):
                tx.announce(Fact(tx.next_position(), REACTED, body=(number, name)))

        await self._core.db.write(job)

    async def _found(self, tx: Tx, number: int) -> AnnouncementRow:
        row = await store.find(tx, number)
        if row is None:
            raise NotFound("Record not found")
        return row

    # For the operators

    async def publish(
        self, text: str, *, starts_ts: int | None = None, ends_ts: int | None = None, all_day: bool = False
    ) -> int:
        """Tell everybody, and give the announcement's id; raises InvalidParam."""
        _check(text, starts_ts, ends_ts)
        now = self._core.clock.now_ms()

        async def job(tx: Tx) -> int:
            number, position = self._core.snowflakes.next(), tx.next_position()
            row = AnnouncementRow(number, text, starts_ts, ends_ts, int(all_day), now, now, 0, position)
            await store.put(tx, row)
            tx.announce(Fact(position, CHANGED))
            return number

        return await self._core.db.write(job)

    async def change(self, number: int, text: str) -> None:
        """Let an announcement say something else; raises NotFound and InvalidParam."""
        _check(text, None, None)

        async def job(tx: Tx) -> None:
            row = await self._found(tx, number)
            position = tx.next_position()
            await store.put(
                tx, replace(row, text=text, updated_ts=self._core.clock.now_ms(), position=position)
            )
            tx.announce(Fact(position, CHANGED))

        await self._core.db.write(job)

    async def remove(self, number: int) -> None:
        """Take one down; raises NotFound."""

        async def job(tx: Tx) -> None:
            row = await self._found(tx, number)
            position = tx.next_position()
            await store.put(tx, replace(row, text="", removed=1, position=position))
            await store.forget_acts(tx, number)
            tx.announce(Fact(position, CHANGED))

        await self._core.db.write(job)

    async def all(self) -> list[AnnouncementRow]:
        """Give all that are announced now."""
        now = self._core.clock.now_ms()
        return await self._core.db.read(lambda tx: store.shown(tx, now, MOST_SHOWN))

    # For the live streams

    async def changed_after(self, position: int) -> list[tuple[AnnouncementRow, Announcement]]:
        """Give what changed after that position, as nobody sees it; removals too."""

        async def job(tx: Tx) -> list[tuple[AnnouncementRow, Announcement]]:
            rows = await store.changed_after(tx, position, MOST_SHOWN)
            return list(zip(rows, await self.entities(tx, rows, NOBODY), strict=True))

        return await self._core.db.read(job)

    async def reaction(self, number: int, name: str) -> Reaction:
        """Give how many reacted so, as nobody sees it: none when the last took it back."""

        async def job(tx: Tx) -> list[Tally]:
            return await store.tallies(tx, NOBODY.id, [number])

        found = [one for one in await self._core.db.read(job) if one.name == name]
        made = self._reaction(found[0] if found else Tally(number, name, 0, mine=False), NOBODY)
        made.announcement_id = str(number)
        return made


def _check(text: str, starts_ts: int | None, ends_ts: int | None) -> None:
    if not text.strip() or len(text) > MOST_CHARS:
        raise InvalidParam(f"An announcement has 1 to {MOST_CHARS} characters")
    if starts_ts is not None and ends_ts is not None and ends_ts < starts_ts:
        raise InvalidParam("An announcement can't end before it starts")


def is_emoji(name: str) -> bool:
    """Tell whether a text is one emoji, or several that are shown as one."""
    if not 0 < len(name) <= MOST_REACTION_CHARS:
        return False
    is_keycap = name[0] in _KEYCAPS and name.endswith("\u20e3")
    kinds = [unicodedata.category(sign) for sign in name]
    joins = all(kind in (*_PICTURE_KINDS, "Mn", "Me", "Cf") for kind in kinds)
    return is_keycap or (joins and any(kind in _PICTURE_KINDS for kind in kinds) and ord(max(name)) > 0xFF)
