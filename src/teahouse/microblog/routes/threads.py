"""Routes of what hangs on posts: context, comments, edits, quotes, polls, scheduled posts."""

from typing import Any

import msgspec
from litestar import Response, delete, get, post, put
from msgspec import UNSET, UnsetType

from teahouse.errors import NotFound
from teahouse.kernel.http import JsonObject, Page, Scope, maybe_requires, paged, requires, taking
from teahouse.microblog.entities.forms import parse_id
from teahouse.microblog.entities.people import Account
from teahouse.microblog.entities.statuses import (
    Context,
    Poll,
    PreviewCard,
    ScheduledStatus,
    Status,
    StatusEdit,
    StatusSource,
)
from teahouse.microblog.posts.edit import EditWish
from teahouse.microblog.posts.records import QUOTE_POLICIES, REPLY_POLICIES, PollWish
from teahouse.microblog.routes.answers import WireRequest, page_of
from teahouse.microblog.routes.statuses import STATUS, NewPoll, due_of, language_of, one_of
from teahouse.microblog.service import Microblog

POLL = "/api/v1/polls/{poll_id:str}"
SCHEDULED = "/api/v1/scheduled_statuses"


class CommentsPage(Page, kw_only=True):
    """A page of a post's comments."""

    order: str = "hot"
    cursor: str = ""


class MediaWish(msgspec.Struct):
    id: str = ""
    description: str | None = None
    focus: str | None = None


class EditedStatus(msgspec.Struct, kw_only=True):
    status: str | UnsetType = UNSET
    spoiler_text: str | UnsetType = UNSET
    sensitive: bool | UnsetType = UNSET
    language: str | UnsetType = UNSET
    media_ids: list[str] | UnsetType = UNSET
    media_attributes: list[MediaWish] = []
    poll: NewPoll | UnsetType | None = UNSET
    quote_approval_policy: str | None = None


class Policies(msgspec.Struct):
    quote_approval_policy: str | None = None
    reply_policy: str | None = None


class Votes(msgspec.Struct):
    choices: list[str] = []


class NewTime(msgspec.Struct):
    scheduled_at: str | None = None


@get(STATUS + "/context", guards=[maybe_requires("read:statuses")])
async def get_status_context(maybe_caller: Scope | None, microblog: Microblog, status_id: str) -> Context:
    """Give what a post answers, and what answers it."""
    return await microblog.threads.context(await microblog.book.viewer(maybe_caller), parse_id(status_id))


@get(STATUS + "/comments", guards=[maybe_requires("read:statuses")], dependencies=taking(CommentsPage))
async def get_status_comments(
    request: WireRequest,
    maybe_caller: Scope | None,
    microblog: Microblog,
    status_id: str,
    params: CommentsPage,
) -> Response[list[Status]]:
    """Give a page of a post's own comments: the hottest, the newest or the oldest first (no route of Mastodon's)."""
    viewer = await microblog.book.viewer(maybe_caller)
    found = await microblog.threads.comments(viewer, parse_id(status_id), params.order, params, params.cursor)
    return paged(
        request, found.items, older=found.older, newer=None, public_url=microblog.core.public_url,
        names=("cursor", "min_id"),
    )  # fmt: skip


@get(STATUS + "/favourited_by", guards=[maybe_requires("read:statuses")], dependencies=taking(Page))
async def get_favourited_by(
    request: WireRequest, maybe_caller: Scope | None, microblog: Microblog, status_id: str, params: Page
) -> Response[list[Account]]:
    """Give a page of who likes a post."""
    viewer = await microblog.book.viewer(maybe_caller)
    found = await microblog.threads.people(viewer, parse_id(status_id), "favourite", params)
    return page_of(request, microblog, found)


@get(STATUS + "/reblogged_by", guards=[maybe_requires("read:statuses")], dependencies=taking(Page))
async def get_reblogged_by(
    request: WireRequest, maybe_caller: Scope | None, microblog: Microblog, status_id: str, params: Page
) -> Response[list[Account]]:
    """Give a page of who reposted a post."""
    viewer = await microblog.book.viewer(maybe_caller)
    found = await microblog.threads.people(viewer, parse_id(status_id), "reblog", params)
    return page_of(request, microblog, found)


@get(STATUS + "/quotes", guards=[requires("read:statuses")], dependencies=taking(Page))
async def get_quotes(
    request: WireRequest, caller: Scope, microblog: Microblog, status_id: str, params: Page
) -> Response[list[Status]]:
    """Give a page of the posts that quote a post."""
    viewer = await microblog.book.viewer(caller)
    return page_of(request, microblog, await microblog.threads.quotes(viewer, parse_id(status_id), params))


@post(STATUS + "/quotes/{quoting_id:str}/revoke", guards=[requires("write:statuses")], status_code=200)
async def revoke_quote(caller: Scope, microblog: Microblog, status_id: str, quoting_id: str) -> Status:
    """Show an own post no longer inside a post that quotes it; gives the latter."""
    viewer, quoting = await microblog.book.viewer(caller), parse_id(quoting_id)
    await microblog.threads.revoke_quote(viewer, parse_id(status_id), quoting)
    return await microblog.show.one(viewer, quoting)


@put(STATUS + "/interaction_policy", guards=[requires("write:statuses")], dependencies=taking(Policies))
async def set_interaction_policy(
    caller: Scope, microblog: Microblog, status_id: str, params: Policies
) -> Status:
    """Say who may quote an own post, and (an addition of ours) who may comment on it."""
    viewer, number = await microblog.book.viewer(caller), parse_id(status_id)
    await microblog.threads.set_policies(viewer, number, *_policies(params))
    return await microblog.show.one(viewer, number)


def _policies(params: Policies | EditedStatus) -> tuple[int | None, int | None]:
    quotes, replies = params.quote_approval_policy, getattr(params, "reply_policy", None)
    return (
        None if quotes is None else one_of(quotes, QUOTE_POLICIES, "Quote approval policy"),
        None if replies is None else one_of(replies, REPLY_POLICIES, "Reply policy"),
    )


@put(STATUS, guards=[requires("write:statuses")], dependencies=taking(EditedStatus))
async def edit_status(caller: Scope, microblog: Microblog, status_id: str, params: EditedStatus) -> Status:
    """Edit an own post; what is not sent stays as it is."""
    viewer, number = await microblog.book.viewer(caller), parse_id(status_id)
    poll = params.poll
    language = UNSET if isinstance(params.language, UnsetType) else language_of(params.language)
    wish = EditWish(
        text=params.status if isinstance(params.status, UnsetType) else params.status.replace("\r\n", "\n"),
        spoiler=params.spoiler_text,
        sensitive=params.sensitive,
        language=language,
        media_ids=params.media_ids,
        described=[msgspec.to_builtins(one) for one in params.media_attributes],
        poll=UNSET
        if isinstance(poll, UnsetType) or poll is None or not poll.options
        else PollWish(poll.options, poll.expires_in, poll.multiple, poll.hide_totals),
    )
    policies = _policies(params)
    await microblog.edit.edit(viewer, number, wish)
    if policies != (None, None):
        await microblog.threads.set_policies(viewer, number, *policies)
    return await microblog.show.one(viewer, number)


@get(STATUS + "/history", guards=[maybe_requires("read:statuses")])
async def get_status_history(
    maybe_caller: Scope | None, microblog: Microblog, status_id: str
) -> list[StatusEdit]:
    """Give every version of a post."""
    return await microblog.edit.history(await microblog.book.viewer(maybe_caller), parse_id(status_id))


@get(STATUS + "/source", guards=[requires("read:statuses")])
async def get_status_source(caller: Scope, microblog: Microblog, status_id: str) -> StatusSource:
    """Give a post as it was written, for editing."""
    return await microblog.edit.source(await microblog.book.viewer(caller), parse_id(status_id))


@get(STATUS + "/card", guards=[maybe_requires("read:statuses")])
async def get_status_card(
    maybe_caller: Scope | None, microblog: Microblog, status_id: str
) -> PreviewCard | dict[str, Any]:
    """Give the preview of a post's link, or an empty object when there is none."""
    shown = await microblog.show.one(await microblog.book.viewer(maybe_caller), parse_id(status_id))
    return shown.card or {}


@post(STATUS + "/translate", guards=[requires("read:statuses")], status_code=200)
async def translate_status(caller: Scope, microblog: Microblog, status_id: str) -> Status:
    """Refuse: this server translates nothing, and says so in its instance's configuration."""
    await microblog.show.one(await microblog.book.viewer(caller), parse_id(status_id))
    raise NotFound("Record not found")


@get(POLL, guards=[maybe_requires("read:statuses")])
async def get_poll(maybe_caller: Scope | None, microblog: Microblog, poll_id: str) -> Poll:
    """Give a poll."""
    return await microblog.polls.one(await microblog.book.viewer(maybe_caller), parse_id(poll_id))


@post(POLL + "/votes", guards=[requires("write:statuses")], dependencies=taking(Votes), status_code=200)
async def vote_on_poll(caller: Scope, microblog: Microblog, poll_id: str, params: Votes) -> Poll:
    """Vote."""
    return await microblog.polls.vote(await microblog.book.viewer(caller), parse_id(poll_id), params.choices)


@get(SCHEDULED, guards=[requires("read:statuses")], dependencies=taking(Page))
async def get_scheduled_statuses(
    request: WireRequest, caller: Scope, microblog: Microblog, params: Page
) -> Response[list[ScheduledStatus]]:
    """Give a page of what one has scheduled."""
    viewer = await microblog.book.viewer(caller)
    return page_of(request, microblog, await microblog.schedule.page(viewer, params))


@get(SCHEDULED + "/{scheduled_id:str}", guards=[requires("read:statuses")])
async def get_scheduled_status(caller: Scope, microblog: Microblog, scheduled_id: str) -> ScheduledStatus:
    """Give one scheduled post."""
    return await microblog.schedule.one(await microblog.book.viewer(caller), parse_id(scheduled_id))


@put(SCHEDULED + "/{scheduled_id:str}", guards=[requires("write:statuses")], dependencies=taking(NewTime))
async def reschedule_status(
    caller: Scope, microblog: Microblog, scheduled_id: str, params: NewTime
) -> ScheduledStatus:
    """Let a scheduled post go out at another time."""
    viewer, number = await microblog.book.viewer(caller), parse_id(scheduled_id)
    return await microblog.schedule.move(viewer, number, due_of(params.scheduled_at))


@delete(SCHEDULED + "/{scheduled_id:str}", guards=[requires("write:statuses")], status_code=200)
async def cancel_scheduled_status(caller: Scope, microblog: Microblog, scheduled_id: str) -> JsonObject:
    """Let a scheduled post not go out."""
    await microblog.schedule.cancel(await microblog.book.viewer(caller), parse_id(scheduled_id))
    return {}


ROUTES = [
    get_status_context, get_status_comments, get_favourited_by, get_reblogged_by, get_quotes, revoke_quote,
    set_interaction_policy, edit_status, get_status_history, get_status_source, get_status_card, translate_status,
    get_poll, vote_on_poll, get_scheduled_statuses, get_scheduled_status, reschedule_status,
    cancel_scheduled_status,
]  # fmt: skip
