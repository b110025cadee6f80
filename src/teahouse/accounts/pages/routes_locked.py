"""The page of people whom operators locked: why, and what they say against it."""

from teahouse.accounts.pages.visit import Answer, Visit, page_get, page_post
from teahouse.accounts.records import LockShown
from teahouse.errors import TeahouseError

LOCKED = "/account/locked"


async def _page(visit: Visit, *, wrong: str = "", status: int = 200) -> Answer:
    session, desk = visit.locked, visit.accounts.oversight.desk
    if session is None:
        return visit.go("/account")
    shown = await desk.about(session.user_id) if desk is not None else None
    return visit.show(
        "locked.html",
        visit.t("locked_title"),
        status=status,
        wrong=wrong,
        user=session.user_id,
        lock=shown or LockShown(session.locked_reason or "", None, None),
        may_appeal=shown is not None and shown.appeal is None,
    )


@page_get(LOCKED)
async def locked_shown(visit: Visit) -> Answer:
    """Show why the account is locked."""
    return await _page(visit)


@page_post(LOCKED)
async def locked_taken(visit: Visit) -> Answer:
    """Take an appeal against the lock."""
    desk = visit.accounts.oversight.desk
    if visit.locked is None or desk is None:
        return visit.go("/account")
    try:
        await desk.appeal(visit.locked.user_id, visit.field("appeal"))
    except TeahouseError as error:
        return await _page(visit, wrong=visit.explain(error), status=error.status)
    return visit.go(LOCKED)


ROUTES = [locked_shown, locked_taken]
