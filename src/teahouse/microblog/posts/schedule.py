"""What happens by the clock: scheduled posts go out, polls end. A restart in between loses and repeats nothing."""

import asyncio
import contextlib
from typing import Any

import structlog

from teahouse.accounts import is_locked
from teahouse.errors import Forbidden, InvalidParam, NotFound, TeahouseError
from teahouse.kernel.http import Page
from teahouse.kernel.storage import Tx
from teahouse.microblog.activity import Activity
from teahouse.microblog.core import Core
from teahouse.microblog.entities.forms import timestamp
from teahouse.microblog.entities.statuses import ScheduledStatus
from teahouse.microblog.paging import Found, found, span_of
from teahouse.microblog.people.accounts import AccountBook
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.posts import applications, compose, store_polls, store_statuses
from teahouse.microblog.posts import store_schedule as store
from teahouse.microblog.posts.attachments import Attachments
from teahouse.microblog.posts.publish import Publish
from teahouse.microblog.posts.records import VISIBILITIES, Draft
from teahouse.microblog.posts.store_schedule import ScheduledRow
from teahouse.microblog.restraints import SUSPENDED

log = structlog.get_logger(__name__)

SOONEST_MS = 5 * 60 * 1000
LATEST_MS = 2 * 366 * 24 * 3600 * 1000
MOST_SCHEDULED = 300
LOOK_EVERY_S = 30.0
AT_ONCE = 50


class Schedule:
    """Keeps drafts until they are due, and posts them then."""

    def __init__(self, core: Core, book: AccountBook, publish: Publish, attachments: Attachments) -> None:
        self._core = core
        self._book = book
        self._publish = publish
        self._attachments = attachments
        self._task: asyncio.Task[None] | None = None
        self._sooner = asyncio.Event()

    async def add(self, viewer: Viewer, draft: Draft, due_ms: int) -> ScheduledStatus:
        """Keep a draft for later; the same posting key gives the same one. Raises InvalidParam."""
        compose.check(draft, has_media=bool(draft.media_ids))
        self._check_time(due_ms)

        async def job(tx: Tx) -> ScheduledStatus:
            made = (
                await store_statuses.made_with_key(tx, viewer.id, draft.posting_key)
                if draft.posting_key
                else None
            )
            known = await store.find(tx, viewer.id, made[1]) if made is not None else None
            if known is not None:
                return await self._shown(tx, known)
            if await store.count(tx, viewer.id) >= MOST_SCHEDULED:
                raise InvalidParam("You have exceeded the limit of scheduled posts")
            row = ScheduledRow(self._core.snowflakes.next(), viewer.id, due_ms, draft)
            await self._publish.check_place(tx, viewer, draft)
            await self._attachments.check(tx, viewer.id, draft.media_ids)
            await store.put(tx, row)
            if draft.posting_key:
                await self._publish.keep_key(tx, viewer, draft.posting_key, ("scheduled", row.id))
            return await self._shown(tx, row)

        shown = await self._core.db.write(job)
        self._sooner.set()
        return shown

    def _check_time(self, due_ms: int) -> None:
        if not SOONEST_MS <= due_ms - self._core.clock.now_ms() <= LATEST_MS:
            raise InvalidParam("Scheduled at must be at least five minutes in the future")

    async def page(self, viewer: Viewer, page: Page) -> Found[ScheduledStatus]:
        """Give a page of what the viewer has scheduled."""
        span = span_of(page, 20, 40)

        async def job(tx: Tx) -> Found[ScheduledStatus]:
            cut, more = span.cut(await store.page(tx, viewer.id, span))
            return found(
                span, [await self._shown(tx, row) for row in cut], [row.id for row in cut], more=more
            )

        return await self._core.db.read(job)

    async def one(self, viewer: Viewer, scheduled_id: int) -> ScheduledStatus:
        """Give one scheduled post; raises NotFound."""

        async def job(tx: Tx) -> ScheduledStatus:
            return await self._shown(tx, await self._own(tx, viewer, scheduled_id))

        return await self._core.db.read(job)

    async def move(self, viewer: Viewer, scheduled_id: int, due_ms: int) -> ScheduledStatus:
        """Let a post go out at another time; raises NotFound and InvalidParam."""
        self._check_time(due_ms)

        async def job(tx: Tx) -> ScheduledStatus:
            row = await self._own(tx, viewer, scheduled_id)
            row.due_ts = due_ms
            await store.put(tx, row)
            return await self._shown(tx, row)

        shown = await self._core.db.write(job)
        self._sooner.set()
        return shown

    async def cancel(self, viewer: Viewer, scheduled_id: int) -> None:
        """Let a post not go out; raises NotFound."""

        async def job(tx: Tx) -> None:
            await self._own(tx, viewer, scheduled_id)
            await store.delete(tx, scheduled_id)

        await self._core.db.write(job)

    async def _own(self, tx: Tx, viewer: Viewer, scheduled_id: int) -> ScheduledRow:
        row = await store.find(tx, viewer.id, scheduled_id)
        if row is None:
            raise NotFound("Record not found")
        return row

    async def _shown(self, tx: Tx, row: ScheduledRow) -> ScheduledStatus:
        draft = row.draft
        poll = draft.poll
        params: dict[str, Any] = {
            "text": draft.text,
            "poll": None if poll is None else {
                "options": poll.options, "expires_in": poll.expires_in_s, "multiple": poll.multiple,
                "hide_totals": poll.hide_totals,
            },
            "media_ids": draft.media_ids or None,
            "sensitive": draft.sensitive,
            "spoiler_text": draft.spoiler,  # COMPAT(Tusky): never null.
            "visibility": VISIBILITIES[draft.visibility],
            "in_reply_to_id": None if draft.in_reply_to is None else str(draft.in_reply_to),
            "language": draft.language,
            "application_id": applications.number_of(draft.application),
            "scheduled_at": None,
            "idempotency": None,
            "with_rate_limit": False,
            "quoted_status_id": None if draft.quote_of is None else str(draft.quote_of),
        }  # fmt: skip
        media = await self._attachments.shown(tx, row.account_id, draft.media_ids)
        return ScheduledStatus(
            id=str(row.id), scheduled_at=timestamp(row.due_ts), params=params, media_attachments=media
        )

    # By the clock

    def start(self) -> None:
        """Begin to watch the clock."""
        self._task = asyncio.create_task(self._watch(), name="microblog clock")

    async def stop(self) -> None:
        """End watching; what is due goes out after the next start."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _watch(self) -> None:
        while True:
            wait_s = LOOK_EVERY_S
            try:
                while await self.run_due():
                    pass
                wait_s = await self._until_next()
            except TeahouseError as error:
                log.warning("could not look for what is due", error=error.message)
            except Exception:
                log.exception("what was due could not be done")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._sooner.wait(), wait_s)
            self._sooner.clear()

    async def _until_next(self) -> float:
        async def job(tx: Tx) -> list[int | None]:
            return [await store.next_due(tx), await store_polls.next_end(tx)]

        due = [one for one in await self._core.db.read(job) if one is not None]
        left_s = (min(due) - self._core.clock.now_ms()) / 1000 if due else LOOK_EVERY_S
        return min(max(left_s, 0.05), LOOK_EVERY_S)

    async def run_due(self) -> bool:
        """Post what is due and end polls that are over; tells whether there may be more."""
        now = self._core.clock.now_ms()
        rows = await self._core.db.read(lambda tx: store.due(tx, now, AT_ONCE))
        for row in rows:
            await self._post(row)
        ended = await self._core.db.write(self._end_polls) if await self._poll_is_over(now) else 0
        return len(rows) == AT_ONCE or ended == AT_ONCE

    async def _post(self, row: ScheduledRow) -> None:
        """Post a draft and forget it in one write; one that can't be posted any more is only forgotten."""

        async def job(tx: Tx) -> None:
            if await store.find(tx, row.account_id, row.id) is None:
                return
            author = await self._book.row_in(tx, row.account_id)
            if author.suspended_ts is not None or await is_locked(tx, author.user_id):
                raise Forbidden(SUSPENDED)
            row.draft.posting_key = ""
            await self._publish.post_in(tx, Viewer(author.id, author.user_id), row.draft)
            await store.delete(tx, row.id)

        try:
            await self._core.db.write(job)
        except TeahouseError as error:
            if error.status >= 500:
                raise
            log.info("a scheduled post could not go out", reason=error.message)
            await self._core.db.write(lambda tx: store.delete(tx, row.id))

    async def _poll_is_over(self, now_ms: int) -> bool:
        first = await self._core.db.read(store_polls.next_end)
        return first is not None and first <= now_ms

    async def _end_polls(self, tx: Tx) -> int:
        ended = await store_polls.take_ended(tx, self._core.clock.now_ms(), AT_ONCE)
        for status_id, account_id in ended:
            await self._core.activities.happened(tx, Activity("poll", account_id, 0, status_id))
        return len(ended)
