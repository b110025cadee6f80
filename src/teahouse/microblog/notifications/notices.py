"""Reads what somebody was told: pages, single ones, counts; forgets what they dismiss.

What they may no longer see (a deleted post, somebody blocked since) is left out of every page.
"""

from collections.abc import Sequence
from dataclasses import replace

from msgspec import UNSET

from teahouse.errors import InvalidParam, NotFound
from teahouse.kernel.http import Page, bounded
from teahouse.kernel.storage import Tx
from teahouse.microblog.core import Core
from teahouse.microblog.entities.forms import timestamp
from teahouse.microblog.entities.notifications import Notification
from teahouse.microblog.moderation import store_warnings
from teahouse.microblog.moderation.moderation import warning_entity
from teahouse.microblog.moderation.store_warnings import WarningRow
from teahouse.microblog.notifications import store_groups
from teahouse.microblog.notifications import store_notifications as store
from teahouse.microblog.notifications.records import GROUPED, KINDS, WARNING, NotificationRow
from teahouse.microblog.notifications.store_notifications import Wanted
from teahouse.microblog.paging import Found, Span, found, span_of
from teahouse.microblog.people import store_ties
from teahouse.microblog.people.accounts import AccountBook
from teahouse.microblog.people.records import AccountRow, Viewer
from teahouse.microblog.people.show import ShowAccounts
from teahouse.microblog.posts.show import ShowStatuses
from teahouse.microblog.snowflakes import time_of

DEFAULT_LIMIT, MOST = 40, 80
DEFAULT_COUNT, MOST_COUNTED = 100, 1000
MOST_ROUNDS = 8


def wanted_kinds(types: Sequence[str], exclude_types: Sequence[str]) -> list[str]:
    """Give the kinds that a request wants; kinds that nobody knows are never found."""
    chosen = [kind for kind in KINDS if kind in types] if types else list(KINDS)
    return [kind for kind in chosen if kind not in exclude_types]


class Notices:
    """The notifications of whoever asks."""

    def __init__(self, core: Core, book: AccountBook, people: ShowAccounts, show: ShowStatuses) -> None:
        self._core = core
        self._book = book
        self._people = people
        self._show = show

    async def page(self, viewer: Viewer, wanted: Wanted, page: Page) -> Found[Notification]:
        """Give a page, newest first; reads on until it is full or nothing is left. Raises InvalidParam."""
        span = span_of(page, DEFAULT_LIMIT, MOST)
        shown: list[tuple[NotificationRow, Notification]] = []
        more = True
        for _ in range(MOST_ROUNDS):
            here = replace(span, limit=span.limit - len(shown))
            rows = await self._rows(viewer, wanted, here)
            more = len(rows) > here.limit
            rows = rows[: here.limit]
            shown += await self.entities(viewer, rows)
            if not more or len(shown) >= span.limit:
                break
            span = replace(span, above=rows[-1].id) if span.upwards else replace(span, below=rows[-1].id)
        if span.upwards:
            shown.reverse()
        return found(span, [one for _, one in shown], [row.id for row, _ in shown], more=more)

    async def _rows(self, viewer: Viewer, wanted: Wanted, span: Span) -> list[NotificationRow]:
        return await self._core.db.read(lambda tx: store.page(tx, viewer.id, wanted, span))

    async def entities(
        self, viewer: Viewer, rows: Sequence[NotificationRow]
    ) -> list[tuple[NotificationRow, Notification]]:
        """Make the entities of those that the viewer may still see, in their order."""
        actors = {row.actor_id for row in rows}
        now = self._core.clock.now_ms()

        decided = {row.status_id for row in rows if row.kind == WARNING}

        async def job(tx: Tx) -> tuple[dict[int, AccountRow], set[int], dict[int, WarningRow]]:
            ties = await store_ties.ties_of(tx, viewer, actors, now)
            decisions = await store_warnings.by_ids(tx, decided) if decided else {}
            people = dict(await self._book.rows_in(tx, actors))
            if decided:  # It comes from one's own account, which may be away by that very decision.
                people[viewer.id] = await self._book.row_in(tx, viewer.id)
            return people, ties.blocks | ties.blocked_by, decisions

        people, apart, decisions = await self._core.db.read(job)
        statuses = await self._show.many(
            viewer, list({row.status_id for row in rows if row.status_id} - decided), "notifications"
        )
        posts = {status.id: status for status in statuses}
        made = []
        for row in rows:
            actor, post = people.get(row.actor_id), posts.get(str(row.status_id))
            decision = decisions.get(row.status_id)
            if (
                actor is None
                or row.actor_id in apart
                or (row.status_id and post is None and decision is None)
            ):
                continue
            account = self._people.account(actor)
            one = Notification(
                id=str(row.id),
                type=row.kind,
                created_at=timestamp(time_of(row.id)),
                group_key=row.group_key,
                account=account,
                status=UNSET if post is None else post,
                filtered=True if row.filtered else UNSET,
                moderation_warning=UNSET if decision is None else warning_entity(decision, account),
            )
            made.append((row, one))
        return made

    async def one(self, viewer: Viewer, number: int) -> Notification:
        """Give one notification; raises NotFound."""
        row = await self._core.db.read(lambda tx: store.by_id(tx, viewer.id, number))
        made = await self.entities(viewer, [row]) if row is not None else []
        if not made:
            raise NotFound("Record not found")
        return made[0][1]

    async def dismiss(self, viewer: Viewer, number: int) -> None:
        """Forget one notification; raises NotFound."""

        async def job(tx: Tx) -> None:
            row = await store.by_id(tx, viewer.id, number)
            if row is None:
                raise NotFound("Record not found")
            await store.delete(tx, row)

        await self._core.db.write(job)

    async def clear(self, viewer: Viewer) -> None:
        """Forget all notifications."""
        await self._core.db.write(lambda tx: store.clear(tx, viewer.id))

    async def unread(
        self, viewer: Viewer, wanted: Wanted, limit: int | None, grouped: Sequence[str] | None = None
    ) -> int:
        """Count what came since the marker of notifications, up to the limit; raises InvalidParam.

        With the kinds that may be `grouped` it counts groups.
        """
        if limit is not None and limit < 1:
            raise InvalidParam("limit must be at least 1")
        most = bounded(limit, DEFAULT_COUNT, MOST_COUNTED)

        async def job(tx: Tx) -> int:
            after = await store.last_read(tx, viewer.id)
            if grouped is None or wanted.from_id is not None:
                return await store.count_after(tx, viewer.id, wanted, after, most)
            kinds = [kind for kind in wanted.kinds if kind in GROUPED and kind in grouped]
            single = await store.count_after(tx, viewer.id, wanted, after, most, kinds)
            return min(most, single + await store_groups.count_after(tx, viewer.id, kinds, after, most))

        return await self._core.db.read(job)
