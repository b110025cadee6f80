"""Notifications in groups (API v2): a group stands where its newest notification stands, and on one page only."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec import UNSET

from teahouse.errors import NotFound
from teahouse.kernel.http import Page
from teahouse.kernel.storage import Tx
from teahouse.microblog.core import Core
from teahouse.microblog.entities.forms import timestamp
from teahouse.microblog.entities.notifications import GroupedNotifications, NotificationGroup, PartialAccount
from teahouse.microblog.entities.people import Account
from teahouse.microblog.notifications import store_groups
from teahouse.microblog.notifications import store_notifications as store
from teahouse.microblog.notifications.notices import DEFAULT_LIMIT, MOST, Notices
from teahouse.microblog.notifications.records import GROUPED, NotificationRow
from teahouse.microblog.notifications.store_groups import GroupRow
from teahouse.microblog.notifications.store_notifications import Wanted
from teahouse.microblog.paging import Found, Span, found, span_of
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.snowflakes import time_of

SAMPLE = 8


@dataclass(slots=True)
class _Collected:
    """The groups of a page, in the span's order: of each the newest of its notifications, and what is counted."""

    rows: dict[str, list[NotificationRow]] = field(default_factory=dict)
    whole: dict[str, GroupRow] = field(default_factory=dict)
    more: bool = False


class Groups:
    """The notifications of whoever asks, in groups."""

    def __init__(self, core: Core, notices: Notices) -> None:
        self._core = core
        self._notices = notices

    async def page(
        self, viewer: Viewer, wanted: Wanted, page: Page, grouped: Sequence[str], *, partial: bool
    ) -> Found[GroupedNotifications]:
        """Give a page of groups; `grouped` are the kinds that may be grouped, `partial` shortens sample accounts."""
        span = span_of(page, DEFAULT_LIMIT, MOST)
        kinds = frozenset(grouped) & frozenset(GROUPED)
        collected = await self._core.db.read(lambda tx: self._collect(tx, viewer, wanted, span, kinds))
        keys = sorted(collected.rows, key=lambda key: collected.rows[key][0].id, reverse=True)
        answer = await self._answer(viewer, collected, keys, partial=partial)
        cursors = [collected.rows[key][0].id for key in keys]
        paged = found(span, [answer], cursors, more=collected.more)
        return paged if cursors else Found([answer], None, None)

    async def _collect(
        self, tx: Tx, viewer: Viewer, wanted: Wanted, span: Span, kinds: frozenset[str]
    ) -> _Collected:
        """Merge what stands alone with the groups, each of which stands where its newest one does."""
        if wanted.from_id is not None:
            kinds = frozenset()  # Of one person there is little to group.
        single = {f"ungrouped-{row.id}": row for row in await store.page(tx, viewer.id, wanted, span, kinds)}
        whole = await store_groups.page(tx, viewer.id, [one for one in wanted.kinds if one in kinds], span)
        places = {key: row.id for key, row in single.items()} | {one.key: one.newest_id for one in whole}
        keys = sorted(places, key=places.__getitem__, reverse=not span.upwards)
        taken = set(keys[: span.limit])
        collected = _Collected(more=len(keys) > span.limit)
        collected.whole = {one.key: one for one in whole if one.key in taken}
        collected.rows = {key: [row] for key, row in single.items() if key in taken}
        collected.rows |= await store_groups.newest_of(tx, viewer.id, list(collected.whole), SAMPLE)
        return collected

    async def _answer(
        self, viewer: Viewer, collected: _Collected, keys: Sequence[str], *, partial: bool
    ) -> GroupedNotifications:
        firsts = [row for key in keys for row in collected.rows[key][:SAMPLE]]
        made = await self._notices.entities(viewer, firsts)
        visible = {row.id: one for row, one in made}
        answer = GroupedNotifications(accounts=[], statuses=[], notification_groups=[])
        accounts: dict[str, Account] = {}
        shown_first: set[str] = set()
        for key in keys:
            sample = [row for row in collected.rows[key][:SAMPLE] if row.id in visible]
            if not sample:
                continue
            passed, whole = collected.rows[key], collected.whole.get(key)
            post = visible[sample[0].id].status
            actors = list(dict.fromkeys(visible[row.id].account.id for row in sample))
            accounts |= {visible[row.id].account.id: visible[row.id].account for row in sample}
            shown_first.add(actors[0])
            answer.notification_groups.append(
                NotificationGroup(
                    group_key=key,
                    notifications_count=whole.count if whole else 1,
                    type=sample[0].kind,
                    most_recent_notification_id=whole.newest_id if whole else passed[0].id,
                    page_min_id=str(whole.oldest_id if whole else passed[-1].id),
                    page_max_id=str(passed[0].id),
                    latest_page_notification_at=timestamp(time_of(passed[0].id)),
                    sample_account_ids=actors,
                    status_id=UNSET if post is UNSET else post.id,
                    moderation_warning=visible[sample[0].id].moderation_warning,
                )
            )
            if post is not UNSET and all(known.id != post.id for known in answer.statuses):
                answer.statuses.append(post)
        answer.accounts = [one for key, one in accounts.items() if not partial or key in shown_first]
        if partial:
            answer.partial_accounts = [
                _partial(one) for key, one in accounts.items() if key not in shown_first
            ]
        return answer

    async def one(self, viewer: Viewer, key: str) -> GroupedNotifications:
        """Give one group; raises NotFound."""
        collected = await self._whole(viewer, key)
        answer = await self._answer(viewer, collected, [key], partial=False)
        for group in answer.notification_groups:
            group.page_min_id = group.page_max_id = group.latest_page_notification_at = UNSET
        return answer

    async def accounts(self, viewer: Viewer, key: str, page: Page) -> Found[Account]:
        """Give a page of those behind a group, the newest first; raises NotFound and InvalidParam."""
        span = span_of(page, DEFAULT_LIMIT, MOST)
        rows = (await self._whole(viewer, key, most=1000)).rows[key]
        within = [row for row in rows if span.above < row.id < span.below]
        cut, more = span.cut(within[::-1] if span.upwards else within)
        made = await self._notices.entities(viewer, cut)
        people = list({one.account.id: one.account for _, one in made}.values())
        return found(span, people, [row.id for row in cut], more=more)

    async def dismiss(self, viewer: Viewer, key: str) -> None:
        """Forget a group; raises NotFound."""
        await self._whole(viewer, key)
        await self._core.db.write(lambda tx: store_groups.delete(tx, viewer.id, _stored(key)))

    async def _whole(self, viewer: Viewer, key: str, most: int = SAMPLE) -> _Collected:
        async def job(tx: Tx) -> _Collected:
            rows = await store_groups.newest_of(tx, viewer.id, [_stored(key)], most)
            whole = await store_groups.by_keys(tx, viewer.id, [_stored(key)])
            return _Collected({key: rows[_stored(key)]} if rows else {}, whole)

        collected = await self._core.db.read(job)
        if not collected.rows:
            raise NotFound("Record not found")
        return collected


def _stored(key: str) -> str:
    """Give the key under which a group is kept."""
    return key[:200]


def _partial(account: Account) -> PartialAccount:
    return PartialAccount(
        account.id,
        account.acct,
        account.url,
        account.avatar,
        account.avatar_static,
        account.locked,
        account.bot,
    )
