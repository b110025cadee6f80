"""Routes on which moderators look at accounts and decide about them (Mastodon's admin API)."""

from typing import Any

import msgspec
from litestar import Response, delete, get, post

from teahouse.errors import Forbidden, InvalidParam
from teahouse.kernel.http import JsonObject, Page, Scope, moderates, taking
from teahouse.microblog.entities.admin import AdminAccount
from teahouse.microblog.entities.forms import parse_id
from teahouse.microblog.moderation import DISABLE, LIMIT, SENSITIVE, SUSPEND, Order
from teahouse.microblog.moderators.accounts import AccountFilter
from teahouse.microblog.people.show import ADMIN, EVERYBODY
from teahouse.microblog.routes.answers import WireRequest, page_of
from teahouse.microblog.service import Microblog

ACCOUNTS = "/api/v1/admin/accounts"
ONE = ACCOUNTS + "/{account_id:str}"
READS = moderates("admin:read:accounts")
WRITES = moderates("admin:write:accounts")
LONGEST_FILTER = 255


class AccountsOfOld(Page, kw_only=True):
    """The filters of version 1, where each state is a parameter of its own."""

    local: bool = False
    remote: bool = False
    active: bool = False
    pending: bool = False
    disabled: bool = False
    silenced: bool = False
    suspended: bool = False
    sensitized: bool = False
    staff: bool = False
    username: str = ""
    display_name: str = ""
    by_domain: str = ""
    email: str = ""
    ip: str = ""


class AccountsWanted(Page, kw_only=True):
    """The filters of version 2."""

    origin: str = ""
    status: str = ""
    permissions: str = ""
    role_ids: list[str] = msgspec.field(default_factory=list)
    invited_by: str = ""
    username: str = ""
    display_name: str = ""
    by_domain: str = ""
    email: str = ""
    ip: str = ""


class Action(msgspec.Struct):
    type: str = ""
    report_id: str | None = None
    warning_preset_id: str | None = None
    text: str | None = None
    send_email_notification: bool | None = None
    """Read and ignored: the server sends no e-mail, and whoever it concerns is always told."""


class Lift(msgspec.Struct):
    text: str | None = None
    """An addition of ours: why."""


def _filter(params: AccountsOfOld | AccountsWanted) -> AccountFilter:
    """Read what both versions have in common; accounts here have no domain, and no e-mail address is kept."""
    if max(len(params.username), len(params.display_name), len(params.ip)) > LONGEST_FILTER:
        raise InvalidParam(f"A filter may have at most {LONGEST_FILTER} characters")
    return AccountFilter(
        username=params.username, display_name=params.display_name, address=params.ip,
        nobody=bool(params.by_domain or params.email),
    )  # fmt: skip


@get(ACCOUNTS, guards=[READS], dependencies=taking(AccountsOfOld))
async def get_admin_accounts_of_old(
    request: WireRequest, microblog: Microblog, params: AccountsOfOld
) -> Response[Any]:
    """Give accounts to a moderator, the newest first; each filter that is true narrows them."""
    wish = _filter(params)
    wish.statuses = {
        name
        for name in ("active", "pending", "disabled", "silenced", "suspended", "sensitized")
        if getattr(params, name)
    }
    wish.roles = {ADMIN.id} if params.staff else None
    wish.nobody = wish.nobody or (params.remote and not params.local)
    return page_of(request, microblog, await microblog.moderators.accounts.page(wish, params))


@get("/api/v2/admin/accounts", guards=[READS], dependencies=taking(AccountsWanted))
async def get_admin_accounts(
    request: WireRequest, microblog: Microblog, params: AccountsWanted
) -> Response[Any]:
    """Give accounts to a moderator, the newest first; raises InvalidParam for words that mean nothing."""
    wish = _filter(params)
    if params.origin not in ("", "local", "remote") or params.permissions not in ("", "staff"):
        raise InvalidParam("Origin is local or remote, and permissions are staff")
    wish.statuses = {params.status} - {""}
    wish.nobody = wish.nobody or params.origin == "remote" or params.invited_by != ""
    if params.role_ids or params.permissions:
        wish.roles = {ADMIN.id, EVERYBODY.id}
        wish.roles &= set(params.role_ids) or wish.roles
        wish.roles &= {ADMIN.id} if params.permissions else wish.roles
    return page_of(request, microblog, await microblog.moderators.accounts.page(wish, params))


@get(ONE, guards=[READS])
async def get_admin_account(microblog: Microblog, account_id: str) -> AdminAccount:
    """Give one account to a moderator."""
    return await microblog.moderators.accounts.one(parse_id(account_id))


@post(ONE + "/action", guards=[WRITES], dependencies=taking(Action), status_code=200)
async def act_on_account(caller: Scope, microblog: Microblog, account_id: str, params: Action) -> JsonObject:
    """Decide about an account: warn, mark its media sensitive, lock, limit or suspend it; it is told why."""
    viewer = await microblog.book.viewer(caller)
    report = parse_id(params.report_id) if params.report_id else None
    order = Order(params.type, params.text or "", report, params.warning_preset_id or "")
    await microblog.moderators.orders.act(viewer, parse_id(account_id), order)
    return {}


async def _lifted(
    caller: Scope, microblog: Microblog, account_id: str, action: str, params: Lift
) -> AdminAccount:
    viewer, number = await microblog.book.viewer(caller), parse_id(account_id)
    await microblog.moderators.orders.lift(viewer, number, action, params.text or "")
    return await microblog.moderators.accounts.one(number)


@post(ONE + "/enable", guards=[WRITES], dependencies=taking(Lift), status_code=200)
async def enable_account(caller: Scope, microblog: Microblog, account_id: str, params: Lift) -> AdminAccount:
    """Let a locked person in again."""
    return await _lifted(caller, microblog, account_id, DISABLE, params)


@post(ONE + "/unsilence", guards=[WRITES], dependencies=taking(Lift), status_code=200)
async def unsilence_account(
    caller: Scope, microblog: Microblog, account_id: str, params: Lift
) -> AdminAccount:
    """Limit an account no longer."""
    return await _lifted(caller, microblog, account_id, LIMIT, params)


@post(ONE + "/unsuspend", guards=[WRITES], dependencies=taking(Lift), status_code=200)
async def unsuspend_account(
    caller: Scope, microblog: Microblog, account_id: str, params: Lift
) -> AdminAccount:
    """Suspend an account no longer."""
    return await _lifted(caller, microblog, account_id, SUSPEND, params)


@post(ONE + "/unsensitive", guards=[WRITES], dependencies=taking(Lift), status_code=200)
async def unsensitive_account(
    caller: Scope, microblog: Microblog, account_id: str, params: Lift
) -> AdminAccount:
    """Mark an account's media as sensitive no longer."""
    return await _lifted(caller, microblog, account_id, SENSITIVE, params)


@post([ONE + "/approve", ONE + "/reject"], guards=[WRITES], status_code=200)
async def decide_on_pending_account(microblog: Microblog, account_id: str) -> AdminAccount:
    """Refuse, as Mastodon does for an account that is not pending: here none ever is."""
    await microblog.moderators.accounts.one(parse_id(account_id))
    raise Forbidden("This action is not allowed")


@delete(ONE, guards=[WRITES], status_code=200)
async def delete_admin_account(caller: Scope, microblog: Microblog, account_id: str) -> AdminAccount:
    """Erase a suspended account whose suspension can't be appealed any more, with its user; there is no way back."""
    number = parse_id(account_id)
    shown = await microblog.moderators.accounts.one(number)
    await microblog.moderators.orders.erase(await microblog.book.viewer(caller), number)
    return shown


ROUTES = [
    get_admin_accounts_of_old,
    get_admin_accounts,
    get_admin_account,
    act_on_account,
    enable_account,
    unsilence_account,
    unsuspend_account,
    unsensitive_account,
    decide_on_pending_account,
    delete_admin_account,
]
