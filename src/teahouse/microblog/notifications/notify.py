"""Keeps what somebody is to be told, inside the write of the act itself, so that neither is there without the other."""

from collections.abc import Collection, Sequence

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
from teahouse.microblog.posts import store_passed, store_statuses
from teahouse.microblog.posts.records import DIRECT
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

    async def _happened(self, tx: Tx, acts: Sequence[Activity]) -> None:
        act = acts[0]
        if act.kind in FOR_MANY:
            await self._tell_many(tx, act)
        elif act.kind == WARNING:
            # No mute, block or policy keeps somebody from hearing what was decided about them.
            await self._keep(tx, act, {act.target_id: ACCEPT})
        else:
            await self._tell_one(tx, act, {one.actor_id for one in acts})

    async def _tell_many(self, tx: Tx, act: Activity) -> None:
        """One statement keeps them all: only those who asked for it, voted, reposted or quoted are told."""
        row = act.post or await store_statuses.by_id(tx, act.status_id or 0)
        if row is None or (act.kind == "status" and row.reblog_of is not None):
            return
        about = {"status": act.actor_id, "poll": row.poll_id or 0}.get(act.kind, row.id)
        first = self._core.snowflakes.reserve(store.MOST_TOLD + 1)
        now = self._core.clock.now_ms()
        told = await store.insert_for_many(tx, first, act.kind, about, act.actor_id, row.id, now)
        if act.kind == "poll":
            number = first + told
            key = group_key("poll", row.id, 0, number)
            await store.insert_all(
                tx, [NotificationRow(number, act.actor_id, "poll", act.actor_id, row.id, key, 0)]
            )
            told += 1
        if told:
            tx.announce(Fact(tx.next_position(), "notified", body=(first, first + told - 1, 0)))

    async def _tell_one(self, tx: Tx, act: Activity, actor_ids: set[int]) -> None:
        """Tell the one whom it concerns of an act, once for each who did it."""
        now = self._core.clock.now_ms()
        people = await store_accounts.by_ids(tx, {act.target_id, *actor_ids})
        target = people.pop(act.target_id, None)
        if target is None or target.gone_ts is not None or not people:
            return
        ties = await store_ties.ties_of(tx, Viewer(target.id, target.user_id), people, now)
        actors = {number: row for number, row in people.items() if not ties.apart(number)}
        for muted in await store.silenced_among(tx, target.id, ties.mutes & actors.keys(), now):
            del actors[muted]
        if not actors:
            return
        if act.status_id is not None and await store.is_thread_muted(tx, target.id, act.status_id):
            return
        verdicts = await self._verdicts(tx, act, target, actors, ties)
        told = await self._told_before(tx, act, verdicts, now)
        await self._keep(tx, act, {one: way for one, way in verdicts.items() if one not in told})

    async def _told_before(self, tx: Tx, act: Activity, actor_ids: Collection[int], now: int) -> set[int]:
        if act.kind not in REPEATABLE or not actor_ids:
            return set()
        since = first_at(now - AGAIN_MS)
        return await store.told_among(tx, act.target_id, (act.kind, act.status_id or 0), actor_ids, since)

    async def _verdicts(
        self, tx: Tx, act: Activity, target: AccountRow, actors: dict[int, AccountRow], ties: Ties
    ) -> dict[int, str]:
        """Give by actor whether it is told or waits; who is to be dropped is left out.

        Asks no more than decides: who is followed is never held back, and most are not held back either.
        """
        verdicts = dict.fromkeys(actors, ACCEPT)
        strangers = actors.keys() - ties.follows
        if not strangers:
            return verdicts
        now = self._core.clock.now_ms()
        policy = await store_requests.policy_of(tx, target.id)
        follows = await store_ties.follow_ids(tx, strangers & ties.followed_by, target.id)
        post = act.post
        if post is None and act.status_id is not None:
            post = await store_statuses.by_id(tx, act.status_id)
        for number in strangers:
            sender = Sender(
                follows_since_ms=time_of(follows[number]) if number in follows else None,
                age_ms=now - actors[number].created_ts,
                receiver_age_ms=now - target.created_ts,
                is_private=act.kind == "mention" and post is not None and post.visibility == DIRECT,
                answers_receiver=post is not None and post.in_reply_to_account == target.id,
                is_limited=actors[number].limited_ts is not None,
            )
            verdicts[number] = verdict(policy, act.kind, sender, now)
        held = [number for number, way in verdicts.items() if way != ACCEPT]
        for number in await store_requests.permitted_among(tx, target.id, held):
            verdicts[number] = ACCEPT
        return {number: way for number, way in verdicts.items() if way != DROP}

    async def _keep(self, tx: Tx, act: Activity, verdicts: dict[int, str]) -> None:
        """Keep a notification for each actor; what waits is counted among the requests."""
        if not verdicts:
            return
        now, first = self._core.clock.now_ms(), self._core.snowflakes.reserve(len(verdicts))
        status_id, rows = act.status_id or 0, []
        for number, (actor_id, way) in enumerate(verdicts.items(), first):
            key = group_key(act.kind, status_id, now, number)
            waits = int(way != ACCEPT)
            rows.append(NotificationRow(number, act.target_id, act.kind, actor_id, status_id, key, waits))
        await store.insert_all(tx, rows)
        await store_requests.add_waiting(
            tx,
            [
                RequestRow(act.target_id, row.actor_id, self._core.snowflakes.next(), status_id, 1, now)
                for row in rows
                if row.filtered
            ],
        )
        if not all(row.filtered for row in rows):
            fact = Fact(tx.next_position(), "notified", body=(first, rows[-1].id, act.target_id))
            tx.announce(fact)
            if not self._core.serves:
                await store_passed.keep(tx, fact)
