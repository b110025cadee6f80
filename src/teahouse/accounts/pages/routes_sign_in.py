"""Pages for coming and going: sign in, sign up, sign out, and the style of all of them."""

from typing import Any

from litestar import Response, get

from teahouse.accounts.login import named_user
from teahouse.accounts.pages.show import STYLE
from teahouse.accounts.pages.visit import Answer, Visit, page_get, page_post
from teahouse.accounts.sign_up import BadRegistrationToken, is_closed, sign_up
from teahouse.errors import Forbidden, TeahouseError
from teahouse.kernel.http import open_to_all


def sign_in_page(visit: Visit, *, username: str = "", wrong: str = "", status: int = 200) -> Answer:
    """Show the sign-in page."""
    config = visit.accounts.config
    return visit.show(
        "sign_in.html",
        visit.t("sign_in_title", server=config.server_name),
        status=status,
        username=username,
        wrong=wrong,
        next=visit.next,
        with_password=not config.upstream.is_only,
        provider=config.upstream.name if config.upstream.issuer else "",
        may_sign_up=config.registration.mode != "closed" and not config.upstream.is_only,
    )


@page_get("/account/sign-in")
async def sign_in_shown(visit: Visit) -> Answer:
    """Show the sign-in page."""
    return sign_in_page(visit) if visit.locked is None else visit.go("/account/locked")


@page_post("/account/sign-in")
async def sign_in_taken(visit: Visit) -> Answer:
    """Sign a person in and lead on."""
    accounts, username = visit.accounts, visit.field("username").strip()
    if accounts.config.upstream.is_only:
        raise Forbidden("People sign in with the outside provider here")
    user_id = named_user({"type": "m.id.user", "user": username}, None, accounts.server_name)
    try:
        user = await accounts.login.check_password(user_id, visit.field("password"), visit.address)
        await visit.begin_session(user.user_id, lambda tx: accounts.login.still_fits(tx, user))
    except Forbidden:
        return sign_in_page(visit, username=username, wrong=visit.t("error_wrong"), status=403)
    except TeahouseError as error:
        return sign_in_page(visit, username=username, wrong=visit.explain(error), status=error.status)
    return visit.go(visit.next)


def sign_up_page(visit: Visit, *, wrong: str = "", status: int = 200) -> Answer:
    """Show the sign-up page."""
    config = visit.accounts.config
    return visit.show(
        "sign_up.html",
        visit.t("sign_up_title", server=config.server_name),
        status=status,
        wrong=wrong,
        lead="",
        action="/account/sign-up",
        username=visit.field("username"),
        token=visit.field("registration_token"),
        next=visit.next,
        with_password=True,
        needs_token=config.registration.mode == "token",
    )


def _closed_page(visit: Visit) -> Answer:
    return visit.message(
        visit.t("sign_up_closed_title"), visit.t("sign_up_closed"), status=403, link=visit.base + "/account"
    )


@page_get("/account/sign-up")
async def sign_up_shown(visit: Visit) -> Answer:
    """Show the sign-up page, or that nobody can sign up."""
    return _closed_page(visit) if is_closed(visit.accounts) else sign_up_page(visit)


@page_post("/account/sign-up")
async def sign_up_taken(visit: Visit) -> Answer:
    """Make an account, sign its person in and lead on."""
    if is_closed(visit.accounts):
        return _closed_page(visit)
    try:
        user_id, _ = await sign_up(
            visit.accounts, visit.field("username"), visit.field("password"), visit.field("registration_token"),
            visit.address,
        )  # fmt: skip
    except TeahouseError as error:
        wrong = visit.t("error_token") if isinstance(error, BadRegistrationToken) else visit.explain(error)
        return sign_up_page(visit, wrong=wrong, status=error.status)
    await visit.begin_session(user_id)
    return visit.go(visit.next)


@page_post("/account/sign-out")
async def sign_out_taken(visit: Visit) -> Answer:
    """Sign this browser out."""
    session = visit.session or visit.locked
    if session is not None:
        await visit.accounts.browsers.end(session.user_id, [session.session_id])
    visit.cookies.append(visit.accounts.browsers.no_session)
    return visit.go(visit.next) if visit.field("next") else visit.go("/account/sign-in")


@get("/account/style.css", guards=[open_to_all], include_in_schema=False, opt={"page": True})
async def account_style() -> Response[Any]:
    """Give the pages' style; its address changes with it."""
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(STYLE, headers=headers, media_type="text/css")


ROUTES = [
    sign_in_shown,
    sign_in_taken,
    sign_up_shown,
    sign_up_taken,
    sign_out_taken,
    account_style,
]
