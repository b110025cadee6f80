"""Follows the notifications with a cursor of its own and posts them, encrypted, to push services.

What is not taken is tried again for a while. A crash repeats at most the batch that was on its way;
apps know a notification by its id.
"""

import asyncio
import contextlib
from collections.abc import Sequence

import orjson
import structlog

from teahouse.accounts import is_locked
from teahouse.errors import Unavailable
from teahouse.kernel.sealing import Sealer
from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact
from teahouse.kernel.web_push import Outcome, PushServices, ServerKey, Target
from teahouse.microblog.core import Core
from teahouse.microblog.entities.notifications import Notification
from teahouse.microblog.notifications.notices import Notices
from teahouse.microblog.notifications.records import NotificationRow
from teahouse.microblog.people import store_ties
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.snowflakes import time_of
from teahouse.microblog.web_push import store_web_push as store
from teahouse.microblog.web_push.store_web_push import Subscription
from teahouse.microblog.web_push.words import payload_of

log = structlog.get_logger(__name__)

BATCH = 100
AT_ONCE = 20
STALE_MS = 6 * 3600 * 1000
PAUSES_S = (1.0, 10.0, 60.0, 300.0, 1800.0)
KEEP_PLACE_MS = 60_000
"""How far the kept place may lie behind while nobody wants what happens: a start looks through so much again."""


class PushSender:
    """One a server."""

    def __init__(self, core: Core, notices: Notices, sealer: Sealer, key: ServerKey) -> None:
        self._core = core
        self._notices = notices
        self._sealer = sealer
        push = core.config.push
        self._services = PushServices(
            key, core.public_url, timeout_s=push.timeout_s, allow_private=push.allow_private_addresses
        )
        self._news = asyncio.Event()
        self._place = self._kept_place = 0
        self._task: asyncio.Task[None] | None = None
        self._deliveries: set[asyncio.Task[None]] = set()
        self._places = asyncio.Semaphore(AT_ONCE)
        core.db.doorbell.listen(self._hear)

    def _hear(self, facts: Sequence[Fact]) -> None:
        if any(fact.kind in ("notified", "foreign") for fact in facts):
            self._news.set()

    async def start(self) -> None:
        """Begin to follow."""
        self._services.open()
        self._news.set()
        self._task = asyncio.create_task(self._follow(), name="web push")

    async def stop(self) -> None:
        """Stop; what was not tried yet is tried after the next start."""
        for task in (self._task, *self._deliveries):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        await self._services.close()

    async def _follow(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                while await self._push_next():
                    pass
            except Unavailable:
                self._news.set()
                await asyncio.sleep(PAUSES_S[0])
            except Exception:
                log.exception("web push could not go on")
                await asyncio.sleep(PAUSES_S[0])

    async def _push_next(self) -> bool:
        """Push the next batch; False when there is nothing more."""
        wanted, upto = await self._core.db.read(lambda tx: _next(tx, self._place))
        if not wanted:
            # Nothing is written for what nobody wants, but it must not be looked through again either.
            self._place = max(self._place, upto)
            if time_of(upto) > time_of(self._kept_place) + KEEP_PLACE_MS:
                await self._keep_place(upto)
            return False
        fresh = self._core.clock.now_ms() - STALE_MS
        for row, one in wanted:
            if time_of(row.id) >= fresh and one.alerts.get(row.kind):
                await self._places.acquire()
                task = asyncio.create_task(self._deliver(row, one), name="a web push")
                self._deliveries.add(task)
                task.add_done_callback(self._delivered)
        self._place = max(self._place, upto)
        await self._keep_place(upto)
        return len(wanted) >= BATCH

    async def _keep_place(self, upto: int) -> None:
        await self._core.db.write(lambda tx: store.move_cursor(tx, upto))
        self._kept_place = upto

    def _delivered(self, task: "asyncio.Task[None]") -> None:
        self._deliveries.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a web push failed", exc_info=task.exception())

    async def _deliver(self, row: NotificationRow, one: Subscription) -> None:
        viewer = Viewer(one.account_id, one.user_id)
        try:
            if not await self._core.db.read(lambda tx: self._allows(tx, viewer, row, one)):
                return
            made = await self._notices.entities(viewer, [row])
        finally:
            self._places.release()
        for _, notification in made:
            await self._insist(one, self._payload(notification, one))

    async def _allows(self, tx: Tx, viewer: Viewer, row: NotificationRow, one: Subscription) -> bool:
        if one.policy == "none" or await is_locked(tx, one.user_id):
            return False
        if one.policy == "all":
            return True
        ties = await store_ties.ties_of(tx, viewer, [row.actor_id], self._core.clock.now_ms())
        return row.actor_id in (ties.follows if one.policy == "followed" else ties.followed_by)

    def _payload(self, notification: Notification, one: Subscription) -> bytes:
        return orjson.dumps(payload_of(notification, self._sealer.open(one.token)))

    async def _insist(self, one: Subscription, payload: bytes) -> None:
        """Post until the push service takes it, refuses it for good, or patience ends."""
        target = Target(one.endpoint, one.p256dh, self._sealer.open(one.auth), one.standard)
        for pause in (*PAUSES_S, None):
            outcome = await self._services.post(target, payload)
            if outcome is Outcome.GONE:
                await self._core.db.write(lambda tx: store.delete_dead(tx, one.id))
            if outcome is not Outcome.AGAIN:
                return
            if pause is not None:
                await asyncio.sleep(pause)
        log.info("a push service did not take a notification", subscription=one.id)


async def _next(tx: Tx, place: int) -> tuple[list[tuple[NotificationRow, Subscription]], int]:
    after, newest = max(place, await store.cursor(tx)), await store.newest_notification(tx)
    wanted = await store.wanted_after(tx, after, newest, BATCH) if newest > after else []
    # A full batch may end in the middle of a notification's subscriptions; that one is taken up again.
    upto = newest if len(wanted) < BATCH else wanted[-1][0].id - 1
    if len(wanted) >= BATCH and wanted[0][0].id < wanted[-1][0].id:
        wanted = [pair for pair in wanted if pair[0].id <= upto]
    elif len(wanted) >= BATCH:
        upto = wanted[-1][0].id
    return wanted, upto
