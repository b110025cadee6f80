"""Routes of what operators give everybody and are told: emoji, announcements, texts, reports (Mastodon API)."""

import msgspec
from litestar import delete, get, post, put

from teahouse.errors import Forbidden
from teahouse.kernel.http import (
    JsonObject,
    Scope,
    maybe_requires,
    open_to_all,
    requires,
    requires_app,
    taking,
)
from teahouse.microblog.entities.forms import parse_id, parse_ids
from teahouse.microblog.entities.house import Announcement, Report
from teahouse.microblog.entities.instance import ExtendedDescription, PrivacyPolicy, TermsOfService
from teahouse.microblog.entities.people import Emoji
from teahouse.microblog.reports.reports import ReportWish
from teahouse.microblog.service import Microblog

ANNOUNCEMENTS = "/api/v1/announcements"
REACTION = ANNOUNCEMENTS + "/{announcement_id:str}/reactions/{name:str}"


@get("/api/v1/custom_emojis", guards=[maybe_requires("read")])
async def get_custom_emojis(microblog: Microblog) -> list[Emoji]:
    """Give the server's own emoji."""
    return microblog.core.emojis.all()


@get(ANNOUNCEMENTS, guards=[requires("read")])
async def get_announcements(caller: Scope, microblog: Microblog) -> list[Announcement]:
    """Give what the operators announce."""
    return await microblog.announcements.current(await microblog.book.viewer(caller))


@post(ANNOUNCEMENTS + "/{announcement_id:str}/dismiss", guards=[requires("write:accounts")], status_code=200)
async def dismiss_announcement(caller: Scope, microblog: Microblog, announcement_id: str) -> JsonObject:
    """Put an announcement away."""
    viewer = await microblog.book.viewer(caller)
    await microblog.announcements.dismiss(viewer, parse_id(announcement_id))
    return {}


@put(REACTION, guards=[requires("write:favourites")], status_code=200)
async def add_announcement_reaction(
    caller: Scope, microblog: Microblog, announcement_id: str, name: str
) -> JsonObject:
    """React to an announcement with an emoji."""
    viewer = await microblog.book.viewer(caller)
    await microblog.announcements.react(viewer, parse_id(announcement_id), name)
    return {}


@delete(REACTION, guards=[requires("write:favourites")], status_code=200)
async def remove_announcement_reaction(
    caller: Scope, microblog: Microblog, announcement_id: str, name: str
) -> JsonObject:
    """Take a reaction to an announcement back."""
    viewer = await microblog.book.viewer(caller)
    await microblog.announcements.unreact(viewer, parse_id(announcement_id), name)
    return {}


@get("/api/v1/instance/extended_description", guards=[open_to_all])
async def get_extended_description(microblog: Microblog) -> ExtendedDescription:
    """Give the server's description as HTML."""
    return await microblog.house_texts.description()


@get("/api/v1/instance/privacy_policy", guards=[open_to_all])
async def get_privacy_policy(microblog: Microblog) -> PrivacyPolicy:
    """Give the privacy policy as HTML."""
    return await microblog.house_texts.privacy_policy()


@get("/api/v1/instance/terms_of_service", guards=[open_to_all])
async def get_terms_of_service(microblog: Microblog) -> TermsOfService:
    """Give the terms of service as HTML."""
    return await microblog.house_texts.terms()


@get("/api/v1/instance/terms_of_service/{date:str}", guards=[open_to_all])
async def get_terms_of_service_of_a_day(microblog: Microblog, date: str) -> TermsOfService:
    """Give the terms of service that hold since a day."""
    return await microblog.house_texts.terms(date)


class NewReport(msgspec.Struct):
    account_id: str = ""
    status_ids: list[str] = []
    rule_ids: list[str] = []
    comment: str = ""
    category: str = "other"


@post("/api/v1/reports", guards=[requires("write:reports")], dependencies=taking(NewReport), status_code=200)
async def file_report(caller: Scope, microblog: Microblog, params: NewReport) -> Report:
    """Tell the operators of somebody. What an app would forward to another server stays here: there is none."""
    wish = ReportWish(
        parse_id(params.account_id), parse_ids(params.status_ids), parse_ids(params.rule_ids), params.comment,
        params.category,
    )  # fmt: skip
    return await microblog.reports.file(await microblog.book.viewer(caller), wish)


@post("/api/v1/emails/confirmations", guards=[requires_app("write:accounts")], status_code=200)
async def resend_confirmation() -> None:
    """Refuse to send a confirmation anew: accounts have no address that would wait for one."""
    raise Forbidden("This method is only available while the e-mail is awaiting confirmation")


@get("/api/v1/emails/check_confirmation", guards=[requires_app("read:accounts")])
async def check_confirmation() -> bool:
    """Tell whether the account is confirmed: each is, from its beginning."""
    return True


ROUTES = [
    get_custom_emojis, get_announcements, dismiss_announcement, add_announcement_reaction,
    remove_announcement_reaction, get_extended_description, get_privacy_policy, get_terms_of_service,
    get_terms_of_service_of_a_day, file_report, resend_confirmation, check_confirmation,
]  # fmt: skip
