"""What a viewer and others are to each other: relationships, notes, endorsements, and lists of people by page."""

from collections.abc import Sequence

import orjson

from teahouse.errors import InvalidParam
from teahouse.kernel.http import Page
from teahouse.kernel.storage import Tx
from teahouse.microblog.core import Core
from teahouse.microblog.entities.forms import timestamp
from teahouse.microblog.entities.people import Account, FamiliarFollowers, Relationship
from teahouse.microblog.paging import Found, found, span_of
from teahouse.microblog.people import store_relationships as store
from teahouse.microblog.people import store_ties
from teahouse.microblog.people.accounts import AccountBook
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.people.show import ShowAccounts

MOST_NOTE_CHARS = 2000
MOST_ENDORSEMENTS = 100
MOST_FAMILIAR = 10


class Relationships:
    """Reads what ties people, and keeps what one notes of others."""

    def __init__(self, core: Core, book: AccountBook, show: ShowAccounts) -> None:
        self._core = core
        self._book = book
        self._show = show

    async def of(self, viewer: Viewer, account_ids: Sequence[int]) -> list[Relationship]:
        """Give the relationships to the accounts that exist, in their order."""
        return await self._core.db.read(lambda tx: self.of_in(tx, viewer, account_ids))

    async def one(self, viewer: Viewer, account_id: int) -> Relationship:
        """Give the relationship to an account."""
        return (await self.of(viewer, [account_id]))[0]

    async def of_in(self, tx: Tx, viewer: Viewer, account_ids: Sequence[int]) -> list[Relationship]:
        """Give the relationships inside a job."""
        known = await self._book.rows_in(tx, account_ids)
        made = {number: _stranger(number) for number in account_ids if number in known}
        now = self._core.clock.now_ms()
        for kind, number, first, second, text in await store.relationship_rows(tx, viewer, made, now):
            _apply(made[number], kind, first, second, text)
        return list(made.values())

    async def note(self, viewer: Viewer, account_id: int, note: str) -> None:
        """Keep what the viewer notes of somebody; raises NotFound and InvalidParam."""
        if len(note) > MOST_NOTE_CHARS:
            raise InvalidParam(f"Comment is too long (maximum is {MOST_NOTE_CHARS} characters)")

        async def job(tx: Tx) -> None:
            await self._book.row_in(tx, account_id)
            await store.set_note(tx, viewer.id, account_id, note)

        await self._core.db.write(job)

    async def endorse(self, viewer: Viewer, account_id: int, *, on: bool) -> None:
        """Feature somebody whom the viewer follows, or no longer; raises NotFound and InvalidParam."""

        async def job(tx: Tx) -> None:
            await self._book.row_in(tx, account_id)
            if not on:
                await store.unendorse(tx, viewer.id, account_id)
                return
            if await store_ties.find_follow(tx, viewer.id, account_id) is None:
                raise InvalidParam("You must be already following the person you want to endorse")
            span = span_of(Page(limit=MOST_ENDORSEMENTS), MOST_ENDORSEMENTS, MOST_ENDORSEMENTS)
            if len(await store.page_of(tx, "endorsements", viewer.id, span)) >= MOST_ENDORSEMENTS:
                raise InvalidParam(f"You may feature at most {MOST_ENDORSEMENTS} people")
            await store.endorse(tx, viewer.id, account_id, self._core.snowflakes.next())

        await self._core.db.write(job)

    async def page(self, viewer: Viewer, which: str, owner_id: int, page: Page) -> Found[Account]:
        """Give a page of one of the lists of people: one's own, or another's unless it is hidden.

        Raises NotFound for an owner who is gone, InvalidParam for cursors.
        """
        span = span_of(page, 40, 80)

        async def job(tx: Tx) -> Found[Account]:
            owner = await self._book.row_in(tx, owner_id)
            if owner_id != viewer.id:
                ties = await store_ties.ties_of(tx, viewer, [owner_id], self._core.clock.now_ms())
                if owner.hide_collections or owner.suspended_ts is not None or owner_id in ties.blocked_by:
                    return Found([], None, None)
            if which == "blocks":
                rows = await store.page_of_blocks(tx, owner.user_id, span)
            else:
                rows = await store.page_of(tx, which, owner_id, span)
            cut, more = span.cut(rows)
            people = await self._book.rows_in(tx, [member for _, member in cut])
            items = [self._show.account(people[member]) for _, member in cut if member in people]
            return found(span, items, [cursor for cursor, _ in cut], more=more)

        return await self._core.db.read(job)

    async def familiar(self, viewer: Viewer, account_ids: Sequence[int]) -> list[FamiliarFollowers]:
        """Give for each account those of its followers whom the viewer follows."""

        async def job(tx: Tx) -> list[FamiliarFollowers]:
            answers = []
            for number in await self._book.rows_in(tx, account_ids):
                known = await store.familiar(tx, viewer.id, number, MOST_FAMILIAR)
                rows = await self._book.rows_in(tx, known)
                answers.append(
                    FamiliarFollowers(
                        str(number), [self._show.account(rows[one]) for one in known if one in rows]
                    )
                )
            return answers

        return await self._core.db.read(job)


def _stranger(account_id: int) -> Relationship:
    return Relationship(
        id=str(account_id), following=False, showing_reblogs=False, notifying=False, languages=None,
        followed_by=False, blocking=False, blocked_by=False, muting=False, muting_notifications=False,
        muting_expires_at=None, requested=False, requested_by=False, domain_blocking=False, endorsed=False, note="",
    )  # fmt: skip


def _apply(shown: Relationship, kind: str, first: int, second: int, text: str | None) -> None:
    if kind == "note":
        shown.note = text or ""
        return
    setattr(shown, kind, True)
    if kind in ("following", "requested"):
        shown.showing_reblogs, shown.notifying = bool(first), bool(second)
        shown.languages = None if text is None else orjson.loads(text)
    elif kind == "muting":
        shown.muting_notifications = bool(first)
        shown.muting_expires_at = timestamp(second) if second else None
