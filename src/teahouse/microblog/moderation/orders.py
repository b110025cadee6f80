"""What administrators decide from their apps: the same decisions as on the command line, with who made them.

An app may send no reason, but nobody is told of a decision without one: it is looked for where it can be (decision 43).
"""

from dataclasses import dataclass

from teahouse.errors import Forbidden, InvalidParam, NotFound
from teahouse.kernel.storage import Tx
from teahouse.microblog.core import Core
from teahouse.microblog.house_texts import under_rule
from teahouse.microblog.moderation import store_warnings as store
from teahouse.microblog.moderation.decisions import ERASE, LIFT, SUSPEND, WARN, Decided
from teahouse.microblog.moderation.holds import WORDS
from teahouse.microblog.moderation.moderation import APPEALED_WITHIN_MS, Moderation, check_text
from teahouse.microblog.people.accounts import AccountBook
from teahouse.microblog.people.records import AccountRow, Viewer
from teahouse.microblog.reports import store_reports
from teahouse.microblog.reports.store_reports import ReportRow

NOT_ALLOWED = "This action is not allowed"
NO_REASON = "Text can't be blank: whoever it concerns is told the reason. Send a text, or the report that this answers"
UNREASONED = "This server runs for a test suite: no reason was given."
CATEGORY_WORDS = {
    "spam": "Your account was reported for unwanted advertising or repeated messages, and we agree.",
    "legal": "Your account was reported for something that the law forbids, and we agree.",
}
LIFTED = "We looked at it again, and take it back."


@dataclass(frozen=True, slots=True)
class Order:
    """What an administrator wants: a restraint or "none" for a warning, and what may say why."""

    action: str
    text: str = ""
    report_id: int | None = None
    preset: str = ""


class Orders:
    """Carries out what administrators decide about other people's accounts."""

    def __init__(self, core: Core, book: AccountBook, moderation: Moderation) -> None:
        self._core = core
        self._book = book
        self._moderation = moderation

    async def act(self, by: Viewer, account_id: int, order: Order) -> int:
        """Decide; gives the decision's id. Raises NotFound, Forbidden for administrators, and InvalidParam."""
        if order.action != WARN and order.action not in WORDS:
            raise InvalidParam("Type is not included in the list")

        async def job(tx: Tx) -> int:
            account = await self._other(tx, account_id)
            warns = order.action == WARN
            report = await self._report(tx, account, order)
            reason = self._reason(order, report)
            # As at Mastodon: a warning answers the report that it names, everything else all that are open.
            is_open = report is not None and (report.closed_ts is None or not warns)
            number = report.id if report is not None and is_open else None
            decided = Decided(
                account,
                order.action,
                reason,
                report_id=number,
                by=by.id,
                closes_all=not warns,
                rule=self._preset(order),
            )
            if warns:
                return await self._moderation.door.decide(tx, decided)
            return await self._moderation.holds.put(tx, decided)

        return await self._core.db.write(job)

    async def lift(self, by: Viewer, account_id: int, action: str, text: str) -> None:
        """Take one restraint away; what is not there is none to decide about. Raises NotFound and InvalidParam."""
        reason = text.strip() or LIFTED
        check_text(reason)

        async def job(tx: Tx) -> None:
            account = await self._book.row_in(tx, account_id)
            if action in await self._moderation.holds.held(tx, account):
                await self._moderation.holds.lift(tx, [action], Decided(account, LIFT, reason, by=by.id))

        await self._core.db.write(job)

    async def erase(self, by: Viewer, account_id: int) -> None:
        """Delete all that a suspended person kept here, once nobody can appeal; raises NotFound and Forbidden."""

        async def within(tx: Tx, _: str) -> None:
            account = await self._book.row_in(tx, account_id, gone_too=True)
            number = await store.newest_of(tx, account.id, SUSPEND)
            last = None if number is None else (await store.by_ids(tx, [number]))[number]
            since = self._core.clock.now_ms() - APPEALED_WITHIN_MS
            is_final = last is not None and (last.appeal_state == "rejected" or last.created_ts < since)
            if account.suspended_ts is None or last is None or not is_final or last.appeal_state == "pending":
                raise Forbidden(NOT_ALLOWED)
            decided = Decided(account, ERASE, last.text, by=by.id, closes_all=True)
            await self._moderation.door.decide(tx, decided)

        account = await self._core.db.read(lambda tx: self._other(tx, account_id))
        await self._core.accounts.deactivate_user(account.user_id, True, within)

    async def _other(self, tx: Tx, account_id: int) -> AccountRow:
        """Give an account that administrators may act on: no administrator's, their own included."""
        account = await self._book.row_in(tx, account_id)
        users = await self._core.accounts.oversight.of_users(tx, [account.user_id])
        if users[account.user_id].is_admin:
            raise Forbidden(NOT_ALLOWED)
        return account

    async def _report(self, tx: Tx, account: AccountRow, order: Order) -> ReportRow | None:
        """Find what is answered: the report that is named, or the newest open one where it may say why or is closed."""
        if order.report_id is None:
            needs_none = order.action == WARN and (order.text.strip() or order.preset)
            return None if needs_none else await store_reports.newest_open_about(tx, account.id)
        report = await store_reports.by_id(tx, order.report_id)
        if report is None or report.target_id != account.id:
            raise NotFound("Record not found")
        return report

    def _reason(self, order: Order, report: ReportRow | None) -> str:
        """Find the words that the person is told; raises InvalidParam where there are none."""
        reason = under_rule(self._core.config.instance.house_rules, self._preset(order), order.text.strip())
        if not reason and report is not None:
            reason = self._rules(report.rule_ids) or CATEGORY_WORDS.get(report.category, "")
        if not reason and self._core.config.sign_in.test_password_grant:
            reason = UNREASONED
        if not reason:
            raise InvalidParam(NO_REASON)
        check_text(reason)
        return reason

    def _preset(self, order: Order) -> int | None:
        """Give the number of the rule that is named; raises NotFound where there is none of that number."""
        if not order.preset:
            return None
        number = int(order.preset) if order.preset.isdecimal() and len(order.preset) < 9 else 0
        if not self._rules([number]):
            raise NotFound("Record not found")
        return number

    def _rules(self, numbers: list[int]) -> str:
        known = self._core.config.instance.house_rules
        return "\n".join(known[number - 1] for number in numbers if 1 <= number <= len(known))
