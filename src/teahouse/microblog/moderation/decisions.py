"""The one door of decisions: the report is closed, the public log has its entry, and whom it concerns is told.

All of it in the write that does what was decided: no entry, no action.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from teahouse.errors import InvalidParam, NotFound
from teahouse.kernel.storage import Tx
from teahouse.microblog.activity import Activity
from teahouse.microblog.core import Core
from teahouse.microblog.moderation import store_warnings as store
from teahouse.microblog.moderation.store_warnings import NO_ENTRY, TakenDown, WarningRow
from teahouse.microblog.people.records import AccountRow
from teahouse.microblog.reports import store_reports
from teahouse.microblog.reports.store_reports import ReportRow
from teahouse.trust import APPEAL, DECISION, Logged, Trust

KIND = "moderation_warning"
WARN, REMOVE, LIMIT, SUSPEND, LIFT = "none", "delete_statuses", "silence", "suspend", "restore"
SENSITIVE, DISABLE, ERASE = "sensitive", "disable", "delete"
REMOVE_FILE, HIDE_FILE, GIVE_FILE = "remove_file", "hide_file", "give_file"
LOGGED: Mapping[str, tuple[str, str, str]] = {
    WARN: ("warn", "account", "once"),
    REMOVE: ("remove", "post", "unlimited"),
    "mark_statuses_as_sensitive": ("sensitive", "post", "unlimited"),
    SENSITIVE: ("sensitive", "account", "unlimited"),
    LIMIT: ("limit", "account", "unlimited"),
    SUSPEND: ("suspend", "account", "unlimited"),
    DISABLE: ("lock", "account", "unlimited"),
    ERASE: ("close", "account", "unlimited"),
    LIFT: ("restore", "account", "once"),
    REMOVE_FILE: ("remove", "media", "unlimited"),
    HIDE_FILE: ("hide", "media", "unlimited"),
    GIVE_FILE: ("restore", "media", "once"),
}
"""Of each action as the API names it: the log's words for it, for what it reaches, and for how long it lasts."""
_DAY_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided about an account: the action as the API names it (see LOGGED), and the reason that it is told.

    `rule` is the number of the house rule that it is about; without one, the rule of a report that names just one.
    `posts` is what is kept of posts that are taken down, `report_id` the report that this answers, which is open unless
    the decision `closes_all` reports about the account. `by` is the account of the administrator, None for a command.
    `media_id` is the file that it is about.
    """

    account: AccountRow
    action: str
    reason: str
    posts: list[TakenDown] = field(default_factory=list)
    report_id: int | None = None
    by: int | None = None
    closes_all: bool = False
    rule: int | None = None
    media_id: str | None = None


class Decisions:
    """Writes decisions and answers; nothing else may."""

    def __init__(self, core: Core, trust: Trust) -> None:
        self._core = core
        self._log = trust.log

    async def decide(self, tx: Tx, decided: Decided) -> int:
        """Write a decision, inside the write that does it, and give its id.

        Raises NotFound for a report that is not open, and InvalidParam for an action that the log knows no word for.
        """
        if decided.action not in LOGGED:
            raise InvalidParam(f"There is no action {decided.action}")
        now, account = self._core.clock.now_ms(), decided.account
        report = await self._close_report(tx, decided, now)
        row = WarningRow(
            self._core.snowflakes.next(), account.id, decided.action, decided.reason, decided.posts, decided.report_id,
            now, NO_ENTRY, by_account_id=decided.by, media_id=decided.media_id,
        )  # fmt: skip
        details = self._details(decided, report, now)
        row.log_seq = await self._log.append(
            tx, Logged(DECISION, account.user_id, _record(row, account, details), details)
        )
        await store.add(tx, row)
        await self._core.activities.happened(tx, Activity(KIND, 0, account.id, row.id))
        return row.id

    async def answer(
        self, tx: Tx, row: WarningRow, account: AccountRow, answer: str, *, accept: bool
    ) -> None:
        """Write the answer to an appeal against a decision; what an accepted one undoes is the caller's."""
        row.appeal_state, row.answer = ("approved" if accept else "rejected"), answer
        now = self._core.clock.now_ms()
        details = {"result": "overturned" if accept else "upheld", "days": _days(row.appealed_ts or now, now)}
        record = {
            "decision": str(row.id), "account": account.user_id, "appeal": row.appeal, "answer": answer,
            "answered_at": _moment(now), **details,
        }  # fmt: skip
        about = None if row.log_seq == NO_ENTRY else row.log_seq
        row.answer_log_seq = await self._log.append(
            tx, Logged(APPEAL, account.user_id, record, details, about)
        )
        await store.keep_appeal(tx, row)
        await self._core.activities.happened(tx, Activity(KIND, 0, account.id, row.id))

    async def _close_report(self, tx: Tx, decided: Decided, now: int) -> ReportRow | None:
        report_id = decided.report_id
        if decided.closes_all:
            await store_reports.close_about(tx, decided.account.id, now, decided.by)
        if report_id is None:
            return None
        if not decided.closes_all and not await store_reports.close(tx, report_id, now, decided.by):
            raise NotFound(f"There is no open report {report_id}")
        return await store_reports.by_id(tx, report_id)

    def _details(self, decided: Decided, report: ReportRow | None, now: int) -> dict[str, str]:
        word, scope, duration = LOGGED[decided.action]
        category = "none" if report is None else report.category
        return {
            "action": word,
            "scope": scope,
            "category": category if category in ("spam", "violation", "legal") else "none",
            "rule": self._rule(decided.rule, report),
            "origin": "own" if report is None else "report",
            "automated": "no",
            "duration": duration,
            "days": "none" if report is None else _days(report.created_ts, now),
        }

    def _rule(self, rule: int | None, report: ReportRow | None) -> str:
        """Name the one rule that this is about, with the beginning of its text's hash: texts change."""
        rules = self._core.config.instance.house_rules
        numbers = [rule] if rule is not None else [] if report is None else report.rule_ids
        if len(numbers) != 1 or not 1 <= numbers[0] <= len(rules):
            return "none"
        return f"{numbers[0]}@{hashlib.sha256(rules[numbers[0] - 1].encode()).hexdigest()[:8]}"


def _record(row: WarningRow, account: AccountRow, details: Mapping[str, str]) -> dict[str, Any]:
    """Give everything about a decision, for whom it concerns; who reported it stays out."""
    return {
        "decision": str(row.id),
        "account": account.user_id,
        "decided_at": _moment(row.created_ts),
        "reason": row.text,
        "posts": [{"id": one.id, "text": one.text, "spoiler_text": one.spoiler} for one in row.posts],
        **({} if row.media_id is None else {"media": row.media_id}),
        **details,
    }


def _moment(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds")


def _days(since: int, now: int) -> str:
    days = max(0, now - since) // _DAY_MS
    return "0" if days < 1 else "1-2" if days < 3 else "3-7" if days < 8 else "8+"
