"""Pages on which people look after their account: profile, sessions, password, keys, the end."""

from dataclasses import dataclass
from typing import Any

from teahouse.accounts.browsers import describe_browser
from teahouse.accounts.oauth.metadata import ACTIONS, RESET_KEYS
from teahouse.accounts.oauth.scopes import MATRIX
from teahouse.accounts.pages.routes_consent import all_lines
from teahouse.accounts.pages.visit import Answer, Visit, page_get, page_post
from teahouse.accounts.records import User
from teahouse.accounts.store_browsers import BrowserSession
from teahouse.errors import Forbidden, TeahouseError

FRESH_MS = 10 * 60 * 1000
"""How long after a sign-in somebody without a password may do what else asks for the password."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A session as the page shows it."""

    name: str
    created_ts: int
    seen_ts: int | None
    address: str
    rights: str = ""
    device_id: str = ""
    is_matrix: bool = False
    session_id: int = 0
    is_this: bool = False


@page_get("/account")
async def account_shown(visit: Visit) -> Answer:
    """Show the profile; apps lead to the other pages by an action."""
    if visit.session is None:
        return visit.sign_in_first()
    action, device_id = visit.asked("action"), visit.asked("device_id")
    if ACTIONS.get(action):
        ending = "&end=1" if action in ("org.matrix.device_delete", "org.matrix.session_end") else ""
        named = f"?device_id={device_id}{ending}" if device_id.replace("-", "").isalnum() else ""
        return visit.go(f"/account{ACTIONS[action]}{named}")
    return await _profile_page(visit, visit.session)


async def _profile_page(visit: Visit, session: BrowserSession, **more: Any) -> Answer:
    profile = await visit.accounts.profile(session.user_id)
    name = profile.get("displayname")
    return visit.show(
        "profile.html",
        visit.t("profile"),
        place="profile",
        display_name=name if isinstance(name, str) else "",
        **more,
    )


@page_post("/account")
async def account_taken(visit: Visit) -> Answer:
    """Take a new display name."""
    if visit.session is None:
        return visit.sign_in_first("/account")
    name = visit.field("display_name").strip()
    profiles = visit.accounts.profiles
    try:
        await profiles.set_field(visit.session.user_id, "displayname", name)
    except TeahouseError as error:
        return await _profile_page(visit, visit.session, wrong=visit.explain(error), status=error.status)
    return await _profile_page(visit, visit.session, message=visit.t("saved"))


@page_get("/account/sessions")
async def sessions_shown(visit: Visit) -> Answer:
    """List where the visitor is signed in."""
    if visit.session is None:
        return visit.sign_in_first()
    return await _sessions_page(visit, visit.session)


async def _sessions_page(visit: Visit, session: BrowserSession, message: str = "") -> Answer:
    accounts, t = visit.accounts, visit.t
    apps = [
        Shown(
            one.display_name or one.app_name or "",
            one.created_ts,
            one.last_seen_ts,
            one.last_seen_ip or "",
            rights=all_lines(t, None if one.grants is None else one.grants.split()),
            device_id=one.device_id,
            is_matrix=one.grants is None or MATRIX in one.grants.split(),
        )
        for one in await accounts.devices.sessions(session.user_id)
    ]
    browsers = [
        Shown(
            _browser_name(visit, one.browser),
            one.created_ts,
            one.seen_ts,
            one.address,
            session_id=one.session_id,
            is_this=one.session_id == session.session_id,
        )
        for one in await accounts.browsers.all_of(session.user_id)
    ]
    return visit.show(
        "sessions.html",
        t("sessions_title"),
        place="sessions",
        apps=apps,
        browsers=browsers,
        consents=await _allowed_apps(visit, session),
        now=accounts.now_ms(),
        named=visit.asked("device_id"),
        ending=bool(visit.asked("end")),
        message=message,
    )


async def _allowed_apps(visit: Visit, session: BrowserSession) -> list[dict[str, Any]]:
    """Give the apps that the visitor allowed something, as the page shows them."""
    return [
        {
            "client_id": one.client_id,
            "name": one.name,
            "rights": all_lines(visit.t, one.grants.split()),
            "allowed_ts": one.allowed_ts,
        }
        for one in await visit.accounts.oauth.consents.all_of(session.user_id)
    ]


def _browser_name(visit: Visit, agent: str) -> str:
    browser, system = describe_browser(agent)
    if not system:
        return browser or visit.t("unknown_browser")
    return visit.t("on_system", browser=browser or visit.t("unknown_browser"), system=system)


@page_post("/account/sessions")
async def sessions_taken(visit: Visit) -> Answer:
    """End sessions: those selected, all but this browser, or what apps were allowed."""
    if visit.session is None:
        return visit.sign_in_first("/account/sessions")
    accounts, user_id, own_id = visit.accounts, visit.session.user_id, visit.session.session_id
    if visit.field("end") == "all":
        await accounts.devices.delete_all(user_id, keep_browser=own_id)
        return await _sessions_page(visit, visit.session, visit.t("ended"))
    if visit.field("end") == "consents":
        withdrawn = visit.form.get("consent", [])
        await accounts.oauth.consents.withdraw(user_id, withdrawn)
        done = visit.t("withdrawn") if withdrawn else visit.t("select_nothing")
        return await _sessions_page(visit, visit.session, done)
    devices = visit.form.get("device", [])
    browsers = [int(one) for one in visit.form.get("browser", []) if one.isdecimal() and len(one) < 19]
    if devices:
        await accounts.devices.delete(user_id, devices)
    if browsers:
        await accounts.browsers.end(user_id, browsers)
    if own_id in browsers:
        visit.cookies.append(accounts.browsers.no_session)
        return visit.go("/account/sign-in")
    done = visit.t("ended") if devices or browsers else visit.t("select_nothing")
    return await _sessions_page(visit, visit.session, done)


@page_get("/account/password")
async def password_shown(visit: Visit) -> Answer:
    """Ask for a new password."""
    if visit.session is None:
        return visit.sign_in_first()
    user = await _user(visit, visit.session)
    if user.password_hash is None:
        return _no_password_page(visit)
    return visit.show("password.html", visit.t("change_password"), place="change_password")


def _no_password_page(visit: Visit) -> Answer:
    provider = visit.accounts.config.upstream.name
    return visit.message(
        visit.t("change_password"), visit.t("no_password", provider=provider), place="change_password"
    )


@page_post("/account/password")
async def password_taken(visit: Visit) -> Answer:
    """Take a new password for the old one."""
    if visit.session is None:
        return visit.sign_in_first("/account/password")
    session, title = visit.session, visit.t("change_password")
    try:
        await _check_password(visit, session)
        await visit.accounts.lifecycle.set_password(
            session.user_id,
            visit.field("new_password"),
            logout_devices=visit.field("sessions") == "1",
            keep_browser=session.session_id,
        )
    except TeahouseError as error:
        return visit.show(
            "password.html", title, place="change_password", wrong=_told(visit, error), status=error.status
        )
    return visit.message(
        title, place="change_password", message=visit.t("password_changed"), link=visit.base + "/account"
    )


@page_get("/account/close")
async def close_shown(visit: Visit) -> Answer:
    """Ask whether the account shall really end."""
    if visit.session is None:
        return visit.sign_in_first()
    user = await _user(visit, visit.session)
    return _close_page(visit, user)


def _close_page(visit: Visit, user: User, *, wrong: str = "", status: int = 200) -> Answer:
    return visit.show(
        "close.html",
        visit.t("close_title"),
        place="close_account",
        with_password=user.password_hash is not None,
        wrong=wrong,
        status=status,
    )


@page_post("/account/close")
async def close_taken(visit: Visit) -> Answer:
    """End the account."""
    if visit.session is None:
        return visit.sign_in_first("/account/close")
    user = await _user(visit, visit.session)
    if user.password_hash is None and not _is_fresh(visit, visit.session):
        return visit.sign_in_first("/account/close")
    try:
        if user.password_hash is not None:
            await _check_password(visit, visit.session)
        await visit.accounts.deactivate_user(user.user_id, erase=visit.field("erase") == "1")
    except TeahouseError as error:
        return _close_page(visit, user, wrong=_told(visit, error), status=error.status)
    visit.session = None
    visit.cookies.append(visit.accounts.browsers.no_session)
    return visit.message(visit.t("closed_title"), visit.t("closed"))


@page_get("/account/keys")
async def keys_shown(visit: Visit) -> Answer:
    """Ask whether the keys that others verified shall be replaced."""
    if visit.session is None:
        return visit.sign_in_first()
    return visit.show("keys.html", visit.t("keys_title"))


@page_post("/account/keys")
async def keys_taken(visit: Visit) -> Answer:
    """Let the visitor's app replace the keys once."""
    if visit.session is None:
        return visit.sign_in_first("/account/keys")
    await visit.accounts.oauth.authorize.approve(visit.session.user_id, RESET_KEYS)
    return visit.message(visit.t("keys_allowed_title"), visit.t("keys_allowed"))


async def _user(visit: Visit, session: BrowserSession) -> User:
    user = await visit.accounts.find_user(session.user_id)
    if user is None:
        raise Forbidden("There is no such user")
    return user


def _is_fresh(visit: Visit, session: BrowserSession) -> bool:
    return 0 <= visit.accounts.now_ms() - session.created_ts < FRESH_MS


async def _check_password(visit: Visit, session: BrowserSession) -> None:
    try:
        await visit.accounts.login.check_password(
            session.user_id, visit.field("current_password"), visit.address
        )
    except Forbidden as error:
        raise _WrongPassword(error.message) from error


class _WrongPassword(Forbidden):
    """The current password is wrong."""


def _told(visit: Visit, error: TeahouseError) -> str:
    return visit.t("error_password") if isinstance(error, _WrongPassword) else visit.explain(error)


ROUTES = [
    account_shown,
    account_taken,
    sessions_shown,
    sessions_taken,
    password_shown,
    password_taken,
    close_shown,
    close_taken,
    keys_shown,
    keys_taken,
]
