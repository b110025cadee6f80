"""Routes of what was decided about one's own account. Not of Mastodon, whose apps lead to a page instead."""

import msgspec
from litestar import get, post

from teahouse.kernel.http import Scope, requires, taking
from teahouse.microblog.entities.forms import parse_id
from teahouse.microblog.entities.house import AccountWarning
from teahouse.microblog.service import Microblog

WARNINGS = "/api/v1/account_warnings"


class AppealText(msgspec.Struct):
    text: str = ""


@get(WARNINGS, guards=[requires("read:accounts", suspended_too=True)])
async def get_account_warnings(caller: Scope, microblog: Microblog) -> list[AccountWarning]:
    """Give what operators decided about one's account, the newest first, with the reasons."""
    return await microblog.moderation.about(await microblog.book.viewer(caller))


@get(WARNINGS + "/{warning_id:str}", guards=[requires("read:accounts", suspended_too=True)])
async def get_account_warning(caller: Scope, microblog: Microblog, warning_id: str) -> AccountWarning:
    """Give one decision about one's account."""
    return await microblog.moderation.one(await microblog.book.viewer(caller), parse_id(warning_id))


@post(
    WARNINGS + "/{warning_id:str}/appeal",
    guards=[requires("write:accounts", suspended_too=True)],
    dependencies=taking(AppealText),
    status_code=200,
)
async def appeal_account_warning(
    caller: Scope, microblog: Microblog, warning_id: str, params: AppealText
) -> AccountWarning:
    """Say why a decision about one's account is wrong; once each."""
    viewer, number = await microblog.book.viewer(caller), parse_id(warning_id)
    await microblog.moderation.appeal(viewer, number, params.text)
    return await microblog.moderation.one(viewer, number)


ROUTES = [get_account_warnings, get_account_warning, appeal_account_warning]
