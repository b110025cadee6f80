"""Tags as people follow them and feature them on their profiles; and how far people have read."""

import hashlib

from teahouse.errors import InvalidParam, NotFound
from teahouse.kernel.http import Page
from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact
from teahouse.microblog.core import Core
from teahouse.microblog.entities.forms import day, timestamp
from teahouse.microblog.entities.people import FeaturedTag, Marker, Tag, TagHistory
from teahouse.microblog.paging import Found, found, span_of
from teahouse.microblog.people import store_tags as store
from teahouse.microblog.people.accounts import AccountBook
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.snowflakes import first_at, time_of
from teahouse.microblog.text.html import tag_address
from teahouse.microblog.text.parsing import tag_name

MOST_FOLLOWED = 500
MOST_FEATURED = 10
DAY_MS = 86_400_000
TIMELINES = ("home", "notifications")


class Tags:
    """Reads tags, and keeps who follows and features which."""

    def __init__(self, core: Core, book: AccountBook) -> None:
        self._core = core
        self._book = book

    async def one(self, viewer: Viewer, name: str) -> Tag:
        """Give a tag, also one that nobody has used; raises NotFound for what can't be a tag."""
        folded = _folded(name)
        return (await self._core.db.read(lambda tx: self.many_in(tx, viewer, [folded])))[0]

    async def many_in(self, tx: Tx, viewer: Viewer, names: list[str]) -> list[Tag]:
        """Give the entities of tags, by folded name, inside a job."""
        followed = await store.followed_among(tx, viewer.id, names) if viewer.is_known else set()
        featured = await store.featured_among(tx, viewer.id, names) if viewer.is_known else set()
        history = await self._histories(tx, names)
        shown = []
        for name in names:
            tag = Tag(
                id=str(int.from_bytes(hashlib.sha256(name.encode()).digest()[:6])),
                name=name,
                url=tag_address(self._core.public_url, name),
                history=history[name],
            )
            if viewer.is_known:
                tag.following, tag.featuring = name in followed, name in featured
            shown.append(tag)
        return shown

    async def _histories(self, tx: Tx, names: list[str]) -> dict[str, list[TagHistory]]:
        today = self._core.clock.now_ms() // DAY_MS
        rows = await store.uses_by_day(tx, names, first_at((today - 6) * DAY_MS) - 1)
        return histories(names, rows, today)

    async def follow(self, viewer: Viewer, name: str, *, on: bool) -> None:
        """Follow a tag: its public posts come to home; raises NotFound and InvalidParam."""
        folded = _folded(name)

        async def job(tx: Tx) -> None:
            if not on:
                await store.unfollow(tx, viewer.id, folded)
            elif await store.count_followed(tx, viewer.id) >= MOST_FOLLOWED:
                raise InvalidParam(f"You may follow at most {MOST_FOLLOWED} tags")
            else:
                await store.put_tag(tx, folded, name, self._core.clock.now_ms())
                await store.follow(tx, viewer.id, folded, self._core.snowflakes.next())
            tx.announce(Fact(tx.next_position(), "following_changed", user_id=viewer.user_id))

        await self._core.db.write(job)

    async def followed(self, viewer: Viewer, page: Page) -> Found[Tag]:
        """Give a page of the tags that the viewer follows."""
        span = span_of(page, 100, 200)

        async def job(tx: Tx) -> Found[Tag]:
            cut, more = span.cut(await store.page_of_followed(tx, viewer.id, span))
            items = await self.many_in(tx, viewer, [name for _, name in cut])
            return found(span, items, [cursor for cursor, _ in cut], more=more)

        return await self._core.db.read(job)

    async def featured(self, account_id: int) -> list[FeaturedTag]:
        """Give what an account features; raises NotFound."""

        async def job(tx: Tx) -> list[FeaturedTag]:
            row = await self._book.row_in(tx, account_id)
            url = f"{self._core.profile_url(row.username)}/tagged/"
            return [
                FeaturedTag(
                    str(number), name, url + name, str(uses), day(time_of(newest)) if newest else None
                )
                for number, name, uses, newest in await store.featured(tx, account_id)
            ]

        return await self._core.db.read(job)

    async def feature(self, viewer: Viewer, name: str) -> FeaturedTag:
        """Feature a tag on the viewer's profile; raises InvalidParam."""
        folded = tag_name(name.removeprefix("#"))
        if not folded:
            raise InvalidParam("Tag name is invalid")

        async def job(tx: Tx) -> None:
            known = [one[1] for one in await store.featured(tx, viewer.id)]
            if folded not in known and len(known) >= MOST_FEATURED:
                raise InvalidParam(f"You may feature at most {MOST_FEATURED} tags")
            await store.put_tag(tx, folded, name.strip("#"), self._core.clock.now_ms())
            await store.feature(tx, viewer.id, folded, self._core.snowflakes.next())

        await self._core.db.write(job)
        return next(one for one in await self.featured(viewer.id) if one.name == folded)

    async def unfeature(self, viewer: Viewer, row_id: int) -> None:
        """Feature a tag no longer; raises NotFound."""
        if not await self._core.db.write(lambda tx: store.unfeature(tx, viewer.id, row_id)):
            raise NotFound("Record not found")

    async def unfeature_name(self, viewer: Viewer, name: str) -> None:
        """Feature a tag no longer, by its name."""
        folded = _folded(name)
        for row_id, known, _, _ in await self._core.db.read(lambda tx: store.featured(tx, viewer.id)):
            if known == folded:
                await self.unfeature(viewer, row_id)

    async def suggestions(self, viewer: Viewer) -> list[Tag]:
        """Give tags that the viewer used lately."""

        async def job(tx: Tx) -> list[Tag]:
            return await self.many_in(tx, viewer, await store.used_lately(tx, viewer.id, 10))

        return await self._core.db.read(job)

    async def markers(self, viewer: Viewer, timelines: list[str]) -> dict[str, Marker]:
        """Give how far the viewer has read in these timelines."""
        rows = await self._core.db.read(lambda tx: store.markers(tx, viewer.id))
        return {
            name: Marker(str(last), version, timestamp(when))
            for name, last, version, when in rows
            if name in timelines
        }

    async def mark(self, viewer: Viewer, read: dict[str, int]) -> dict[str, Marker]:
        """Keep how far the viewer has read, and give it."""

        async def job(tx: Tx) -> None:
            for name, last in read.items():
                await store.put_marker(tx, viewer.id, name, last, self._core.clock.now_ms())

        await self._core.db.write(job)
        return await self.markers(viewer, list(read))


def histories(
    names: list[str], rows: list[tuple[str, int, int, int]], today: int
) -> dict[str, list[TagHistory]]:
    """Give by name the uses of the last seven days, today first, out of (name, day, uses, people)."""
    used = {(name, day): (uses, people) for name, day, uses, people in rows}
    return {
        name: [
            TagHistory(str(day * 86_400), *map(str, used.get((name, day), (0, 0))))
            for day in range(today, today - 7, -1)
        ]
        for name in names
    }


def _folded(name: str) -> str:
    folded = tag_name(name)
    if not folded:
        raise NotFound("Record not found")
    return folded
