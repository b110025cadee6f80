"""Strangers whose notifications wait, and the policy that makes them wait."""

from collections.abc import Sequence
from dataclasses import replace

from teahouse.errors import InvalidParam, NotFound
from teahouse.kernel.http import Page
from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact
from teahouse.microblog.core import Core
from teahouse.microblog.entities.forms import timestamp
from teahouse.microblog.entities.notifications import (
    NotificationPolicy,
    NotificationRequest,
    OldNotificationPolicy,
    PolicySummary,
)
from teahouse.microblog.notifications import store_requests as store
from teahouse.microblog.notifications.policy import FILTER, WISHES, Policy
from teahouse.microblog.notifications.records import RequestRow
from teahouse.microblog.paging import Found, found, span_of
from teahouse.microblog.people.accounts import AccountBook
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.people.show import ShowAccounts
from teahouse.microblog.posts.show import ShowStatuses
from teahouse.microblog.snowflakes import time_of


class Requests:
    """The waiting strangers of whoever asks."""

    def __init__(self, core: Core, book: AccountBook, people: ShowAccounts, show: ShowStatuses) -> None:
        self._core = core
        self._book = book
        self._people = people
        self._show = show

    async def policy(self, viewer: Viewer) -> NotificationPolicy:
        """Give the viewer's policy with what waits because of it."""
        policy, waiting = await self._core.db.read(lambda tx: self._standing(tx, viewer))
        return NotificationPolicy(
            for_not_following=policy.for_not_following,
            for_not_followers=policy.for_not_followers,
            for_new_accounts=policy.for_new_accounts,
            for_private_mentions=policy.for_private_mentions,
            for_limited_accounts=policy.for_limited_accounts,
            summary=PolicySummary(*waiting),
        )

    async def old_policy(self, viewer: Viewer) -> OldNotificationPolicy:
        """Give the policy as its first version was written."""
        policy, waiting = await self._core.db.read(lambda tx: self._standing(tx, viewer))
        return OldNotificationPolicy(
            filter_not_following=policy.for_not_following != "accept",
            filter_not_followers=policy.for_not_followers != "accept",
            filter_new_accounts=policy.for_new_accounts != "accept",
            filter_private_mentions=policy.for_private_mentions != "accept",
            summary=PolicySummary(*waiting),
        )

    async def _standing(self, tx: Tx, viewer: Viewer) -> tuple[Policy, tuple[int, int]]:
        return await store.policy_of(tx, viewer.id), await store.waiting(tx, viewer.id)

    async def change_policy(self, viewer: Viewer, wishes: dict[str, str]) -> None:
        """Change what is named; raises InvalidParam for a wish that there is not."""
        for name, wish in wishes.items():
            if wish not in WISHES:
                raise InvalidParam(f"{name} must be one of {', '.join(WISHES)}")

        async def job(tx: Tx) -> None:
            await store.put_policy(tx, viewer.id, replace(await store.policy_of(tx, viewer.id), **wishes))

        await self._core.db.write(job)

    async def change_old_policy(self, viewer: Viewer, wishes: dict[str, bool]) -> None:
        """Change the policy as its first version was written."""
        named = {
            f"for_{name.removeprefix('filter_')}": FILTER if on else "accept" for name, on in wishes.items()
        }
        await self.change_policy(viewer, named)

    async def page(self, viewer: Viewer, page: Page) -> Found[NotificationRequest]:
        """Give a page of waiting strangers, the newest first; raises InvalidParam."""
        span = span_of(page, 40, 80)
        rows, more = span.cut(await self._core.db.read(lambda tx: store.page(tx, viewer.id, span)))
        return found(span, await self._entities(viewer, rows), [row.id for row in rows], more=more)

    async def one(self, viewer: Viewer, number: int) -> NotificationRequest:
        """Give one waiting stranger; raises NotFound."""
        rows = await self._core.db.read(lambda tx: store.by_ids(tx, viewer.id, [number]))
        made = await self._entities(viewer, rows)
        if not made:
            raise NotFound("Record not found")
        return made[0]

    async def settle(
        self, viewer: Viewer, numbers: Sequence[int], *, accept: bool, must_exist: bool = False
    ) -> None:
        """Let strangers through with what waited, or turn them away; raises NotFound where `must_exist`."""

        async def job(tx: Tx) -> None:
            rows = await store.by_ids(tx, viewer.id, numbers)
            if must_exist and not rows:
                raise NotFound("Record not found")
            for row in rows:
                await (store.let_through if accept else store.turn_away)(tx, row)
            if accept and rows:
                tx.announce(Fact(tx.next_position(), "notifications_merged", body=viewer.id))

        await self._core.db.write(job)

    async def _entities(self, viewer: Viewer, rows: Sequence[RequestRow]) -> list[NotificationRequest]:
        people = await self._core.db.read(lambda tx: self._book.rows_in(tx, {row.from_id for row in rows}))
        statuses = await self._show.many(viewer, [row.last_status_id for row in rows if row.last_status_id])
        posts = {status.id: status for status in statuses}
        return [
            NotificationRequest(
                id=str(row.id),
                created_at=timestamp(time_of(row.id)),
                updated_at=timestamp(row.updated_ts),
                notifications_count=str(row.waiting),
                account=self._people.account(people[row.from_id]),
                last_status=posts.get(str(row.last_status_id)),
            )
            for row in rows
            if row.from_id in people
        ]
