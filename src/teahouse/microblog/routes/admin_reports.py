"""Routes on which moderators read reports and take care of them (Mastodon's admin API)."""

from typing import Any

import msgspec
from litestar import Response, get, post, put

from teahouse.errors import NotFound
from teahouse.kernel.http import Page, Scope, moderates, taking
from teahouse.microblog.entities.admin import AdminReport
from teahouse.microblog.entities.forms import parse_id
from teahouse.microblog.moderators.reports import ReportFilter
from teahouse.microblog.routes.answers import WireRequest, page_of
from teahouse.microblog.service import Microblog

REPORTS = "/api/v1/admin/reports"
ONE = REPORTS + "/{report_id:str}"
READS = moderates("admin:read:reports")
WRITES = moderates("admin:write:reports")


class ReportsWanted(Page, kw_only=True):
    """Which reports: the open ones, unless others are asked for."""

    resolved: bool = False
    unresolved: bool = False
    account_id: str | None = None
    target_account_id: str | None = None


class Classified(msgspec.Struct):
    category: str | None = None
    rule_ids: list[int] | None = None


def _account(text: str | None) -> int | None:
    """Read whose reports are asked for; what can't be an account has none, so it is one that nobody has."""
    try:
        return parse_id(text) if text else None
    except NotFound:
        return 0


@get(REPORTS, guards=[READS], dependencies=taking(ReportsWanted))
async def get_admin_reports(
    request: WireRequest, caller: Scope, microblog: Microblog, params: ReportsWanted
) -> Response[Any]:
    """Give reports to a moderator, the newest first: those that are open, unless others are asked for."""
    closed = None if params.resolved and params.unresolved else params.resolved
    wish = ReportFilter(closed, _account(params.account_id), _account(params.target_account_id))
    viewer = await microblog.book.viewer(caller)
    return page_of(request, microblog, await microblog.moderators.reports.page(viewer, wish, params))


@get(ONE, guards=[READS])
async def get_admin_report(caller: Scope, microblog: Microblog, report_id: str) -> AdminReport:
    """Give one report to a moderator, with the posts that it names."""
    viewer = await microblog.book.viewer(caller)
    return await microblog.moderators.reports.one(viewer, parse_id(report_id))


@put(ONE, guards=[WRITES], dependencies=taking(Classified))
async def update_admin_report(
    caller: Scope, microblog: Microblog, report_id: str, params: Classified
) -> AdminReport:
    """Put a report into another category, or name the rules that were broken."""
    viewer, number = await microblog.book.viewer(caller), parse_id(report_id)
    return await microblog.moderators.reports.classify(viewer, number, params.category, params.rule_ids)


@post(ONE + "/assign_to_self", guards=[WRITES], status_code=200)
async def assign_report(caller: Scope, microblog: Microblog, report_id: str) -> AdminReport:
    """Take care of a report."""
    viewer = await microblog.book.viewer(caller)
    return await microblog.moderators.reports.assign(viewer, parse_id(report_id), to_me=True)


@post(ONE + "/unassign", guards=[WRITES], status_code=200)
async def unassign_report(caller: Scope, microblog: Microblog, report_id: str) -> AdminReport:
    """Leave a report to others."""
    viewer = await microblog.book.viewer(caller)
    return await microblog.moderators.reports.assign(viewer, parse_id(report_id), to_me=False)


@post(ONE + "/resolve", guards=[WRITES], status_code=200)
async def resolve_report(caller: Scope, microblog: Microblog, report_id: str) -> AdminReport:
    """Be done with a report."""
    viewer = await microblog.book.viewer(caller)
    return await microblog.moderators.reports.close(viewer, parse_id(report_id), done=True)


@post(ONE + "/reopen", guards=[WRITES], status_code=200)
async def reopen_report(caller: Scope, microblog: Microblog, report_id: str) -> AdminReport:
    """Look at a report again."""
    viewer = await microblog.book.viewer(caller)
    return await microblog.moderators.reports.close(viewer, parse_id(report_id), done=False)


ROUTES = [
    get_admin_reports,
    get_admin_report,
    update_admin_report,
    assign_report,
    unassign_report,
    resolve_report,
    reopen_report,
]
