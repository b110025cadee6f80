"""What those who moderate are told of users, and locks: a locked user keeps everything and may do nothing meanwhile."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from teahouse.accounts import store_oversight as store
from teahouse.accounts.networks import Network, bounds_of, holds
from teahouse.accounts.records import LockShown, Overseen
from teahouse.accounts.tokens import Tokens
from teahouse.clock import Clock
from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact


class LockDesk(Protocol):
    """Where decisions about locks are kept, in a slice above."""

    async def about(self, user_id: str) -> LockShown | None:
        """Give the decision that locks a user."""

    async def appeal(self, user_id: str, text: str) -> None:
        """Take what a locked user says against it; raises InvalidParam."""


class Oversight:
    """Asked and told inside the jobs of slices above, which know who may ask."""

    def __init__(self, clock: Clock, tokens: Tokens) -> None:
        self._clock = clock
        self._tokens = tokens
        self.desk: LockDesk | None = None

    async def of_users(self, tx: Tx, user_ids: Iterable[str]) -> dict[str, Overseen]:
        """Give by user the role, the lock, and from where the sessions that there are were last seen, newest first."""
        listed = frozenset(user_ids)
        seen = {key: at for key, at in await store.last_seen(tx, listed) if at is not None}
        seen |= {key: at for key, at in self._tokens.sightings().items() if key[0] in listed}
        newest: dict[str, dict[str, int]] = {user_id: {} for user_id in listed}
        for (user_id, _), (at, address) in seen.items():
            newest[user_id][address] = max(at, newest[user_id].get(address, 0))
        users = await store.overseen(tx, listed)
        return {
            user_id: replace(user, seen=tuple(sorted(newest[user_id].items(), key=lambda one: -one[1])))
            for user_id, user in users.items()
        }

    async def administrators(self, tx: Tx) -> list[str]:
        """Give all administrators."""
        return await store.administrators(tx)

    async def locked(self, tx: Tx) -> list[str]:
        """Give all users who are locked."""
        return await store.locked(tx)

    async def seen_in(self, tx: Tx, network: Network) -> list[str]:
        """Give the users with a session that was last seen at an address of a network, or at the only one it has."""
        just_now = [(at, user_id) for (user_id, _), (_, at) in self._tokens.sightings().items()]
        kept = await store.seen_between(tx, *bounds_of(network))
        return list({user_id for at, user_id in (*kept, *just_now) if holds(network, at)} - {""})

    async def lock(self, tx: Tx, user_id: str, reason: str) -> None:
        """Lock a user inside the caller's write, for a reason that every refusal repeats; open connections end."""
        await self._change(tx, user_id, self._clock.now_ms(), reason)

    async def unlock(self, tx: Tx, user_id: str) -> None:
        """Let a user in again, with the sessions that were there."""
        await self._change(tx, user_id, None, None)

    async def _change(self, tx: Tx, user_id: str, since_ms: int | None, reason: str | None) -> None:
        await store.set_lock(tx, user_id, since_ms, reason)
        token_ids = await store.token_ids_of(tx, user_id)
        tx.after_commit(self._tokens.forget_all)
        if since_ms is not None:
            # Whoever waits with one of these tokens asks again whether it counts, and hears of the lock.
            body = frozenset(token_ids)
            tx.announce(Fact(tx.next_position(), "token_revoked", user_id=user_id, body=body))
        else:
            tx.next_position()
