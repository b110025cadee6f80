"""Routes of posts: writing, reading and deleting them (Mastodon API, "statuses")."""

import re
from datetime import UTC, datetime

import msgspec
from litestar import Response, delete, get, post

from teahouse.errors import InvalidParam, TeahouseError
from teahouse.kernel.http import Scope, maybe_requires, requires, taking
from teahouse.microblog.entities.forms import parse_id, parse_ids, parse_ids_of
from teahouse.microblog.entities.statuses import ScheduledStatus, Status
from teahouse.microblog.posts import applications
from teahouse.microblog.posts.publish import UnexpectedMentions
from teahouse.microblog.posts.records import QUOTE_POLICIES, REPLY_POLICIES, VISIBILITIES, Draft, PollWish
from teahouse.microblog.routes.answers import WireRequest
from teahouse.microblog.service import Microblog

STATUSES = "/api/v1/statuses"
STATUS = STATUSES + "/{status_id:str}"
MOST_KEY_CHARS = 255
MOST_AT_ONCE = 20
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,2}")


class Ids(msgspec.Struct):
    id: list[str] = []


class NewPoll(msgspec.Struct):
    options: list[str] = []
    expires_in: int = 86_400
    multiple: bool = False
    hide_totals: bool = False


class NewStatus(msgspec.Struct, kw_only=True):
    status: str | None = None
    media_ids: list[str] = []
    poll: NewPoll | None = None
    in_reply_to_id: str | None = None
    sensitive: bool | None = None
    spoiler_text: str | None = None
    visibility: str | None = None
    language: str | None = None
    scheduled_at: str | None = None
    quoted_status_id: str | None = None
    quote_id: str | None = None
    quote_approval_policy: str | None = None
    reply_policy: str | None = None
    allowed_mentions: list[str] | None = None


class HowToReblog(msgspec.Struct):
    visibility: str | None = None


class HowToDelete(msgspec.Struct):
    delete_media: bool = False


def one_of(text: str, known: tuple[str, ...], name: str) -> int:
    """Give the number of a word among the known ones; raises InvalidParam."""
    if text not in known:
        raise InvalidParam(f"{name} is not included in the list")
    return known.index(text)


async def draft_of(microblog: Microblog, caller: Scope, params: NewStatus, posting_key: str = "") -> Draft:
    """Make the draft of what was sent, with the author's defaults for what was not."""
    wishes = await microblog.profile.preferences(await microblog.book.viewer(caller))
    poll = params.poll
    quoted = params.quoted_status_id or params.quote_id
    text, spoiler = (params.status or "").replace("\r\n", "\n"), (params.spoiler_text or "").strip()
    sensitive = wishes["sensitive"] if params.sensitive is None else params.sensitive
    if spoiler and not text.strip() and not quoted:
        # A warning alone is the text, as in Mastodon: there is nothing else to open.
        text, spoiler, sensitive = spoiler, "", True
    return Draft(
        text=text,
        spoiler=spoiler,
        sensitive=sensitive,
        visibility=one_of(params.visibility or wishes["privacy"], VISIBILITIES, "Visibility"),
        language=language_of(params.language) or wishes["language"],
        in_reply_to=parse_id(params.in_reply_to_id) if params.in_reply_to_id else None,
        quote_of=parse_id(quoted) if quoted else None,
        quote_policy=one_of(
            params.quote_approval_policy or wishes["quote_policy"], QUOTE_POLICIES, "Quote approval policy"
        ),
        reply_policy=one_of(params.reply_policy or "public", REPLY_POLICIES, "Reply policy"),
        media_ids=list(dict.fromkeys(params.media_ids)),
        poll=None
        if poll is None or not poll.options
        else PollWish(poll.options, poll.expires_in, poll.multiple, poll.hide_totals),
        application=await _application_of(microblog, caller),
        posting_key=posting_key[:MOST_KEY_CHARS],
        allowed_mentions=None if params.allowed_mentions is None else parse_ids(params.allowed_mentions),
    )


async def _application_of(microblog: Microblog, caller: Scope) -> str | None:
    app = await microblog.core.accounts.oauth.application_of(caller.client_id)
    return None if app is None else applications.written(app.name, app.website, app.number)


def language_of(code: str | None) -> str | None:
    """Give the code of a language; what is none counts as not sent, as in Mastodon."""
    return code if code and _LANGUAGE.fullmatch(code) else None


def due_of(text: str | None) -> int:
    """Read a moment in ISO 8601, in milliseconds; raises InvalidParam."""
    try:
        moment = datetime.fromisoformat(text or "")
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return int(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        # COMPAT(toot): Mastodon says no more of a date that is none, and suites know the words.
        raise TeahouseError("Record invalid", status=422) from None


@post(STATUSES, guards=[requires("write:statuses")], dependencies=taking(NewStatus), status_code=200)
async def post_status(
    request: WireRequest, caller: Scope, microblog: Microblog, params: NewStatus
) -> Response[Status] | Response[ScheduledStatus]:
    """Post, now or at a time; with an Idempotency-Key the same call gives the same post."""
    viewer = await microblog.book.viewer(caller)
    draft = await draft_of(microblog, caller, params, request.headers.get("idempotency-key", ""))
    due_ms = due_of(params.scheduled_at) if params.scheduled_at else 0
    if due_ms > microblog.core.clock.now_ms():
        return Response(await microblog.schedule.add(viewer, draft, due_ms))
    try:
        number = await microblog.publish.post(viewer, draft)
    except UnexpectedMentions as error:
        told = msgspec.to_builtins(await microblog.book.many(error.account_ids))
        raise InvalidParam(error.message, status=422, unexpected_accounts=told) from error
    return Response(await microblog.show.one(viewer, number))


@get(STATUSES, guards=[maybe_requires("read:statuses")], dependencies=taking(Ids))
async def get_statuses(maybe_caller: Scope | None, microblog: Microblog, params: Ids) -> list[Status]:
    """Give several posts by their ids."""
    viewer = await microblog.book.viewer(maybe_caller)
    return await microblog.show.many(viewer, parse_ids_of(params.id, MOST_AT_ONCE))


@get(STATUS, guards=[maybe_requires("read:statuses")])
async def get_status_by_id(maybe_caller: Scope | None, microblog: Microblog, status_id: str) -> Status:
    """Give a post."""
    viewer = await microblog.book.viewer(maybe_caller)
    return await microblog.show.one(viewer, parse_id(status_id))


@delete(STATUS, guards=[requires("write:statuses")], dependencies=taking(HowToDelete), status_code=200)
async def delete_status(caller: Scope, microblog: Microblog, status_id: str, params: HowToDelete) -> Status:
    """Delete a post, and give it with its text so that it can be written anew."""
    viewer = await microblog.book.viewer(caller)
    return await microblog.remove.delete(viewer, parse_id(status_id), with_media=params.delete_media)


@post(STATUS + "/favourite", guards=[requires("write:favourites")], status_code=200)
async def favourite_status(caller: Scope, microblog: Microblog, status_id: str) -> Status:
    """Like a post."""
    viewer = await microblog.book.viewer(caller)
    return await microblog.show.one(
        viewer, await microblog.marks.favourite(viewer, parse_id(status_id), on=True)
    )


@post(STATUS + "/unfavourite", guards=[requires("write:favourites")], status_code=200)
async def unfavourite_status(caller: Scope, microblog: Microblog, status_id: str) -> Status:
    """Like a post no longer."""
    viewer = await microblog.book.viewer(caller)
    return await microblog.show.one(
        viewer, await microblog.marks.favourite(viewer, parse_id(status_id), on=False)
    )


@post(STATUS + "/bookmark", guards=[requires("write:bookmarks")], status_code=200)
async def bookmark_status(caller: Scope, microblog: Microblog, status_id: str) -> Status:
    """Keep a post for later."""
    viewer = await microblog.book.viewer(caller)
    return await microblog.show.one(
        viewer, await microblog.marks.bookmark(viewer, parse_id(status_id), on=True)
    )


@post(STATUS + "/unbookmark", guards=[requires("write:bookmarks")], status_code=200)
async def unbookmark_status(caller: Scope, microblog: Microblog, status_id: str) -> Status:
    """Keep a post for later no longer."""
    viewer = await microblog.book.viewer(caller)
    return await microblog.show.one(
        viewer, await microblog.marks.bookmark(viewer, parse_id(status_id), on=False)
    )


@post(STATUS + "/mute", guards=[requires("write:mutes")], status_code=200)
async def mute_status(caller: Scope, microblog: Microblog, status_id: str) -> Status:
    """Hear no more of a post's thread."""
    viewer = await microblog.book.viewer(caller)
    return await microblog.show.one(viewer, await microblog.marks.mute(viewer, parse_id(status_id), on=True))


@post(STATUS + "/unmute", guards=[requires("write:mutes")], status_code=200)
async def unmute_status(caller: Scope, microblog: Microblog, status_id: str) -> Status:
    """Hear of a post's thread again."""
    viewer = await microblog.book.viewer(caller)
    return await microblog.show.one(viewer, await microblog.marks.mute(viewer, parse_id(status_id), on=False))


@post(STATUS + "/pin", guards=[requires("write:accounts")], status_code=200)
async def pin_status(caller: Scope, microblog: Microblog, status_id: str) -> Status:
    """Show an own post on top of one's profile."""
    viewer = await microblog.book.viewer(caller)
    return await microblog.show.one(viewer, await microblog.marks.pin(viewer, parse_id(status_id), on=True))


@post(STATUS + "/unpin", guards=[requires("write:accounts")], status_code=200)
async def unpin_status(caller: Scope, microblog: Microblog, status_id: str) -> Status:
    """Show an own post on top of one's profile no longer."""
    viewer = await microblog.book.viewer(caller)
    return await microblog.show.one(viewer, await microblog.marks.pin(viewer, parse_id(status_id), on=False))


@post(
    STATUS + "/reblog", guards=[requires("write:statuses")], dependencies=taking(HowToReblog), status_code=200
)
async def reblog_status(caller: Scope, microblog: Microblog, status_id: str, params: HowToReblog) -> Status:
    """Repost; gives the repost with the post in it."""
    viewer = await microblog.book.viewer(caller)
    visibility = one_of(params.visibility or "public", VISIBILITIES[:3], "Visibility")
    return await microblog.show.one(
        viewer, await microblog.marks.reblog(viewer, parse_id(status_id), visibility)
    )


@post(STATUS + "/unreblog", guards=[requires("write:statuses")], status_code=200)
async def unreblog_status(caller: Scope, microblog: Microblog, status_id: str) -> Status:
    """Take a repost back; gives the post."""
    viewer = await microblog.book.viewer(caller)
    return await microblog.show.one(viewer, await microblog.marks.unreblog(viewer, parse_id(status_id)))


ROUTES = [
    post_status,
    get_statuses,
    get_status_by_id,
    delete_status,
    favourite_status,
    unfavourite_status,
    bookmark_status,
    unbookmark_status,
    mute_status,
    unmute_status,
    pin_status,
    unpin_status,
    reblog_status,
    unreblog_status,
]
