"""Reports as moderators see them: who told of whom, the posts that are named, who takes care, what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from teahouse.errors import InvalidParam, NotFound
from teahouse.kernel.http import Page
from teahouse.kernel.storage import Tx
from teahouse.microblog.core import Core
from teahouse.microblog.entities.admin import AdminAccount, AdminReport
from teahouse.microblog.entities.forms import maybe_timestamp, timestamp
from teahouse.microblog.entities.instance import Rule
from teahouse.microblog.entities.statuses import Status
from teahouse.microblog.moderators.accounts import ModeratedAccounts
from teahouse.microblog.paging import Found, found, span_of
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.posts.show import ShowStatuses
from teahouse.microblog.reports import store_reports as store
from teahouse.microblog.reports.reports import CATEGORIES
from teahouse.microblog.reports.store_reports import ReportRow


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """Which reports: closed, open or (None) either; by whom and about whom, where that is asked."""

    closed: bool | None = False
    by: int | None = None
    about: int | None = None


class ModeratedReports:
    """Gives reports to moderators, and notes what they do with them."""

    def __init__(self, core: Core, accounts: ModeratedAccounts, show: ShowStatuses) -> None:
        self._core = core
        self._accounts = accounts
        self._show = show

    async def page(self, viewer: Viewer, wish: ReportFilter, page: Page) -> Found[AdminReport]:
        """Give a page of reports, the newest first."""
        span = span_of(page, 100, 200)

        async def job(tx: Tx) -> Found[AdminReport]:
            rows = await store.page(tx, span, closed=wish.closed, by=wish.by, about=wish.about)
            cut, more = span.cut(rows)
            return found(span, await self._shown(tx, viewer, cut), [row.id for row in cut], more=more)

        return await self._core.db.read(job)

    async def one(self, viewer: Viewer, number: int) -> AdminReport:
        """Give a report; raises NotFound."""
        return await self._core.db.read(lambda tx: self._one(tx, viewer, number))

    async def classify(
        self, viewer: Viewer, number: int, category: str | None, rule_ids: list[int] | None
    ) -> AdminReport:
        """Put a report into a category, or name the rules that were broken; raises NotFound and InvalidParam."""
        if category is not None and category not in CATEGORIES:
            raise InvalidParam("Category is not included in the list")
        rules = len(self._rules())
        if rule_ids is not None and any(not 1 <= one <= rules for one in rule_ids):
            raise InvalidParam("Rules must reference valid rules")

        async def job(tx: Tx) -> AdminReport:
            row = await _row(tx, number)
            kind = category or ("violation" if rule_ids else row.category)
            listed = row.rule_ids if rule_ids is None else rule_ids
            now = self._core.clock.now_ms()
            await store.classify(tx, number, kind, listed if kind == "violation" else [], now)
            return await self._one(tx, viewer, number)

        return await self._core.db.write(job)

    async def assign(self, viewer: Viewer, number: int, *, to_me: bool) -> AdminReport:
        """Note that the moderator takes care of a report, or that nobody does; raises NotFound."""

        async def job(tx: Tx) -> AdminReport:
            wanted = viewer.id if to_me else None
            if (await _row(tx, number)).assigned_id != wanted:
                await store.assign(tx, number, wanted, self._core.clock.now_ms())
            return await self._one(tx, viewer, number)

        return await self._core.db.write(job)

    async def close(self, viewer: Viewer, number: int, *, done: bool) -> AdminReport:
        """Note that the moderator is done with a report, or that nobody is; who was first stays. Raises NotFound."""

        async def job(tx: Tx) -> AdminReport:
            await _row(tx, number)
            now = self._core.clock.now_ms()
            if done:
                await store.close(tx, number, now, viewer.id)
            else:
                await store.reopen(tx, number, now)
            return await self._one(tx, viewer, number)

        return await self._core.db.write(job)

    async def _one(self, tx: Tx, viewer: Viewer, number: int) -> AdminReport:
        [shown] = await self._shown(tx, viewer, [await _row(tx, number)])
        return shown

    async def _shown(self, tx: Tx, viewer: Viewer, rows: Iterable[ReportRow]) -> list[AdminReport]:
        """Make entities with a fixed number of queries; a report names an account and posts of that account alone."""
        listed = list(rows)
        people = {
            one for row in listed for one in (row.account_id, row.target_id, row.assigned_id, row.closed_by)
        }
        accounts = await self._accounts.many_in(tx, {one for one in people if one is not None})
        named = list(dict.fromkeys(one for row in listed for one in row.status_ids))
        posts = await self._show.evidence_in(tx, viewer, named) if named else {}
        return [
            self._entity(row, accounts, posts)
            for row in listed
            if row.account_id in accounts and row.target_id in accounts
        ]

    def _entity(
        self, row: ReportRow, accounts: dict[int, AdminAccount], posts: dict[int, Status]
    ) -> AdminReport:
        rules = self._rules()
        return AdminReport(
            id=str(row.id),
            action_taken=row.closed_ts is not None,
            action_taken_at=maybe_timestamp(row.closed_ts),
            category=row.category,
            comment=row.comment,
            created_at=timestamp(row.created_ts),
            updated_at=timestamp(row.updated_ts or row.closed_ts or row.created_ts),
            account=accounts[row.account_id],
            target_account=accounts[row.target_id],
            assigned_account=accounts.get(row.assigned_id or 0),
            action_taken_by_account=accounts.get(row.closed_by or 0),
            statuses=[posts[one] for one in row.status_ids if one in posts],
            rules=[Rule(str(one), rules[one - 1], "") for one in row.rule_ids if 1 <= one <= len(rules)],
        )

    def _rules(self) -> list[str]:
        return self._core.config.instance.house_rules


async def _row(tx: Tx, number: int) -> ReportRow:
    row = await store.by_id(tx, number)
    if row is None:
        raise NotFound("Record not found")
    return row
