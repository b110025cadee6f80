"""Notifications in groups (API v2): a group stands where its newest notification stands, and on one page only."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from msgspec import UNSET

from teahouse.errors import NotFound
from teahouse.kernel.http import Page
from teahouse.kernel.storage import Tx
from teahouse.microblog.core import Core
from teahouse.microblog.entities.forms import timestamp
from teahouse.microblog.entities.notifications import GroupedNotifications, NotificationGroup, PartialAccount
from teahouse.microblog.entities.people import Account
from teahouse.microblog.notifications import store_notifications as store
from teahouse.microblog.notifications.notices import DEFAULT_LIMIT, MOST, Notices
from teahouse.microblog.notifications.records import GROUPED, NotificationRow
from teahouse.microblog.notifications.store_notifications import GroupRow, Wanted
from teahouse.microblog.paging import Found, Span, found, span_of
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.snowflakes import time_of

SAMPLE = 8
WINDOW = 200
MOST_ROUNDS = 10


@dataclass(slots=True)
class _Collected:
    """The groups of a page so far, in the span's order, each with those of its notifications that were passed."""

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
        """Walk the notifications until enough groups are known, newest of each first."""
        collected, at = _Collected(), replace(span, limit=WINDOW)
        for _ in range(MOST_ROUNDS):
            rows = (await store.page(tx, viewer.id, wanted, at))[:WINDOW]
            real = {row.group_key for row in rows if row.kind in kinds} - collected.whole.keys()
            collected.whole |= await store.groups(tx, viewer.id, sorted(real))
            for row in rows:
                key = row.group_key if row.kind in kinds else f"ungrouped-{row.id}"
                whole = collected.whole.get(key)
                if whole is not None and whole.newest_id >= span.below:
                    continue  # It stands on an earlier page.
                if key not in collected.rows and len(collected.rows) >= span.limit:
                    collected.more = True
                    break
                collected.rows.setdefault(key, []).append(row)
            if collected.more or len(rows) < WINDOW:
                break
            at = replace(at, above=rows[-1].id) if at.upwards else replace(at, below=rows[-1].id)
        for passed in collected.rows.values():
            passed.sort(key=lambda row: row.id, reverse=True)
        return collected

    async def _answer(
        self, viewer: Viewer, collected: _Collected, keys: Sequence[str], *, partial: bool
    ) -> GroupedNotifications:
        samples = await self._samples(viewer, [key for key in keys if key in collected.whole])
        firsts = [row for key in keys for row in (samples.get(key) or collected.rows[key])[:SAMPLE]]
        made = await self._notices.entities(viewer, firsts)
        visible = {row.id: one for row, one in made}
        answer = GroupedNotifications(accounts=[], statuses=[], notification_groups=[])
        accounts: dict[str, Account] = {}
        shown_first: set[str] = set()
        for key in keys:
            sample = [row for row in (samples.get(key) or collected.rows[key])[:SAMPLE] if row.id in visible]
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
                    page_min_id=str(passed[-1].id),
                    page_max_id=str(passed[0].id),
                    latest_page_notification_at=timestamp(time_of(passed[0].id)),
                    sample_account_ids=actors,
                    status_id=UNSET if post is UNSET else post.id,
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

    async def _samples(self, viewer: Viewer, keys: Sequence[str]) -> dict[str, list[NotificationRow]]:
        rows = (
            await self._core.db.read(lambda tx: store.newest_of_groups(tx, viewer.id, keys, SAMPLE))
            if keys
            else []
        )
        samples: dict[str, list[NotificationRow]] = {}
        for row in rows:
            samples.setdefault(row.group_key, []).append(row)
        return samples

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
        await self._core.db.write(lambda tx: store.delete_group(tx, viewer.id, _stored(key)))

    async def _whole(self, viewer: Viewer, key: str, most: int = SAMPLE) -> _Collected:
        async def job(tx: Tx) -> _Collected:
            rows = await store.newest_of_groups(tx, viewer.id, [_stored(key)], most)
            return _Collected({key: rows} if rows else {}, await store.groups(tx, viewer.id, [_stored(key)]))

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
