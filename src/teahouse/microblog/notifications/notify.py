"""Keeps what somebody is to be told, inside the write of the act itself, so that neither is there without the other."""

from dataclasses import replace

from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact
from teahouse.microblog.activity import Activity
from teahouse.microblog.core import Core
from teahouse.microblog.notifications import store_notifications as store
from teahouse.microblog.notifications import store_requests
from teahouse.microblog.notifications.policy import ACCEPT, DROP, Sender, verdict
from teahouse.microblog.notifications.records import WARNING, NotificationRow, RequestRow, group_key
from teahouse.microblog.people import store_accounts, store_ties
from teahouse.microblog.people.records import AccountRow, Ties, Viewer
from teahouse.microblog.posts import store_statuses
from teahouse.microblog.posts.records import DIRECT, StatusRow
from teahouse.microblog.snowflakes import first_at, time_of

FOR_MANY = ("status", "poll", "update", "quoted_update")
REPEATABLE = ("favourite", "reblog", "follow", "follow_request")
"""What somebody can take back and do again; within a day that is told once, or it would be a way to pester people."""
AGAIN_MS = 24 * 3_600_000


class Notify:
    """Hooks into each act; announces `Fact("notified", body=(first id, last id, account or 0))`."""

    def __init__(self, core: Core) -> None:
        self._core = core
        core.activities.within(self._happened)

    async def _happened(self, tx: Tx, act: Activity) -> None:
        if act.kind in FOR_MANY:
            await self._tell_many(tx, act)
        elif act.kind == WARNING:
            # No mute, block or policy keeps somebody from hearing what was decided about them.
            await self._keep(tx, replace(act, actor_id=act.target_id), waits=False)
        else:
            await self._tell_one(tx, act)

    async def _tell_many(self, tx: Tx, act: Activity) -> None:
        """One statement keeps them all: only those who asked for it, voted, reposted or quoted are told."""
        row = await store_statuses.by_id(tx, act.status_id or 0)
        if row is None or (act.kind == "status" and row.reblog_of is not None):
            return
        about = {"status": act.actor_id, "poll": row.poll_id or 0}.get(act.kind, row.id)
        first = self._core.snowflakes.reserve(store.MOST_TOLD + 1)
        told = await store.insert_for_many(tx, first, act.kind, about, act.actor_id, row.id)
        if act.kind == "poll":
            number = first + told
            key = group_key("poll", row.id, 0, number)
            await store.insert(
                tx, NotificationRow(number, act.actor_id, "poll", act.actor_id, row.id, key, 0)
            )
            told += 1
        if told:
            tx.announce(Fact(tx.next_position(), "notified", body=(first, first + told - 1, 0)))

    async def _tell_one(self, tx: Tx, act: Activity) -> None:
        now = self._core.clock.now_ms()
        people = await store_accounts.by_ids(tx, [act.actor_id, act.target_id])
        actor, target = people.get(act.actor_id), people.get(act.target_id)
        if actor is None or target is None or target.gone_ts is not None:
            return
        ties = await store_ties.ties_of(tx, Viewer(target.id, target.user_id), [actor.id], now)
        if ties.apart(actor.id):
            return
        if actor.id in ties.mutes and await store.mutes_notifications(tx, target.id, actor.id, now):
            return
        if act.status_id is not None and await store.is_thread_muted(tx, target.id, act.status_id):
            return
        post = await store_statuses.by_id(tx, act.status_id) if act.status_id is not None else None
        decided = await self._verdict(tx, act, (actor, target), post, ties)
        if decided != DROP and not await self._is_told(tx, act, now):
            await self._keep(tx, act, waits=decided != ACCEPT)

    async def _is_told(self, tx: Tx, act: Activity, now: int) -> bool:
        if act.kind not in REPEATABLE:
            return False
        done = (act.kind, act.actor_id, act.status_id or 0)
        return await store.is_told(tx, act.target_id, done, first_at(now - AGAIN_MS))

    async def _verdict(
        self, tx: Tx, act: Activity, people: tuple[AccountRow, AccountRow], post: StatusRow | None, ties: Ties
    ) -> str:
        """Ask no more than decides: who is followed is never held back, and most are not held back either."""
        actor, target = people
        if actor.id in ties.follows:
            return ACCEPT
        now = self._core.clock.now_ms()
        follow = None
        if actor.id in ties.followed_by:
            follow = await store_ties.find_follow(tx, actor.id, target.id)
        sender = Sender(
            follows_since_ms=None if follow is None else time_of(follow.id),
            age_ms=now - actor.created_ts,
            receiver_age_ms=now - target.created_ts,
            is_private=act.kind == "mention" and post is not None and post.visibility == DIRECT,
            answers_receiver=post is not None and post.in_reply_to_account == target.id,
        )
        decided = verdict(await store_requests.policy_of(tx, target.id), act.kind, sender, now)
        if decided != ACCEPT and await store_requests.is_permitted(tx, target.id, actor.id):
            return ACCEPT
        return decided

    async def _keep(self, tx: Tx, act: Activity, *, waits: bool) -> None:
        now, number = self._core.clock.now_ms(), self._core.snowflakes.next()
        status_id = act.status_id or 0
        key = group_key(act.kind, status_id, now, number)
        await store.insert(
            tx, NotificationRow(number, act.target_id, act.kind, act.actor_id, status_id, key, int(waits))
        )
        if waits:
            request = RequestRow(act.target_id, act.actor_id, self._core.snowflakes.next(), status_id, 1, now)
            await store_requests.add_waiting(tx, request)
        else:
            tx.announce(Fact(tx.next_position(), "notified", body=(number, number, act.target_id)))
