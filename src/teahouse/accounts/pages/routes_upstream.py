"""Pages on the way to the outside provider and back."""

from teahouse.accounts.pages.visit import Answer, Visit, page_get, page_post, safe_next
from teahouse.accounts.upstream import Newcomer, NobodyHere, ProviderFailed
from teahouse.errors import TeahouseError


@page_get("/account/upstream")
async def upstream_shown(visit: Visit) -> Answer:
    """Send the visitor to the provider."""
    try:
        return visit.leave(await visit.accounts.upstream.begin(visit.form_cookie, visit.next))
    except ProviderFailed:
        return _failed(visit)


@page_get("/account/upstream/callback")
async def upstream_callback_shown(visit: Visit) -> Answer:
    """Take the visitor back: sign in, make the account, or ask for a name."""
    try:
        who, more = await visit.accounts.upstream.finish(
            visit.form_cookie, visit.asked("state"), visit.asked("code")
        )
    except (ProviderFailed, NobodyHere) as error:
        return _failed(visit, error)
    if isinstance(more, Newcomer):
        return _name_page(visit, who, more.suggested)
    await visit.begin_session(who)
    return visit.go(safe_next(more))


def _failed(visit: Visit, error: TeahouseError | None = None) -> Answer:
    provider = visit.accounts.config.upstream.name
    words = "error_upstream_unknown" if isinstance(error, NobodyHere) else "error_upstream"
    return visit.message(
        visit.t("error_title"),
        visit.t(words, provider=provider),
        status=403,
        link=visit.base + "/account/sign-in",
        link_text="sign_in",
    )


def _name_page(visit: Visit, ticket: str, name: str, *, wrong: str = "", status: int = 200) -> Answer:
    config = visit.accounts.config
    return visit.show(
        "sign_up.html",
        visit.t("choose_name_title"),
        status=status,
        wrong=wrong,
        lead=visit.t("choose_name", provider=config.upstream.name, server=config.server_name),
        action="/account/upstream/name",
        username=name,
        token=ticket,
        next=visit.next,
        with_password=False,
        needs_token=False,
        ticket=ticket,
    )


@page_post("/account/upstream/name")
async def upstream_name_taken(visit: Visit) -> Answer:
    """Make the account under the name that the visitor chose."""
    ticket, name = visit.field("ticket"), visit.field("username").strip()
    try:
        user_id, next_page = await visit.accounts.upstream.choose_name(visit.form_cookie, ticket, name)
    except ProviderFailed as error:
        return _failed(visit, error)
    except TeahouseError as error:
        return _name_page(visit, ticket, name, wrong=visit.explain(error), status=error.status)
    await visit.begin_session(user_id)
    return visit.go(safe_next(next_page))


ROUTES = [upstream_shown, upstream_callback_shown, upstream_name_taken]
