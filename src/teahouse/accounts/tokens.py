"""Access and refresh tokens: issue, check, rotate, end. Only SHA-256 of a token ever reaches the database.

A token's Scope is cached in memory; ending a token removes it there at the commit that ends it, and announces
`Fact(kind="token_revoked", user_id, body=frozenset of token ids)` so that open polls end too.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

import structlog

from teahouse.accounts import store_sessions as store
from teahouse.accounts.records import Issued, NewDevice, StoredToken
from teahouse.clock import Clock
from teahouse.errors import InvalidParam, TeahouseError, Unauthenticated
from teahouse.ids import new_access_token, new_device_id, new_refresh_token
from teahouse.kernel.http import ALL_GRANTS, AccountLocked, Scope
from teahouse.kernel.storage import Database, Tx
from teahouse.kernel.stream import Fact

log = structlog.get_logger(__name__)

ACCESS_TOKEN_LIFETIME_MS = 60 * 60 * 1000
"""How long an access token lives whose client can refresh it; others live until they are ended."""
WATCH_SPENT_MS = 30 * 24 * 60 * 60 * 1000
SEEN_EVERY_MS = 60_000
MOST_CACHED = 50_000
LONGEST_DEVICE_ID = 255
LONGEST_DEVICE_NAME = 200


EndSession = Callable[[Tx, str, list[str]], Awaitable[None]]
WithinSession = Callable[[Tx, str, frozenset[str]], Awaitable[None]]


def hash_token(token: str) -> str:
    """Give what is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Known:
    scope: Scope
    expires_ts: int | None
    locked_reason: str | None


class Tokens:
    """Knows who is behind a token. `authenticate` is the door of every signed-in request."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        # Every request asks here, so a plain dict, emptied when full, beats an orderly one.
        self._cache: dict[str, _Known] = {}
        self._hashes: dict[int, str] = {}
        self._epoch = 0
        self._seen: dict[tuple[str, str], tuple[int, str]] = {}
        self._seen_flush_at = 0
        self._flushing: asyncio.Task[None] | None = None
        self._end_session: EndSession = self.end
        self._within_session: list[WithinSession] = []
        db.on_reset(self.forget_all)

    def end_sessions_by(self, end: EndSession) -> None:
        """Have `end(tx, user_id, device_ids)` end a session whose token was copied: it is more than its tokens."""
        self._end_session = end

    def within_session_of_app(self, hook: WithinSession) -> None:
        """Await `hook(tx, user_id, grants)` inside each write that signs an app in."""
        self._within_session.append(hook)

    async def authenticate(self, token: str, address: str = "") -> Scope:
        """Give the caller behind an access token; raises Unauthenticated, softly when it only expired or is locked."""
        digest = hash_token(token)
        known = self._cache.get(digest)
        if known is None:
            known = await self._load(digest)
        if known.expires_ts is not None and known.expires_ts <= self._clock.steady_ms():
            raise Unauthenticated("This access token expired; refresh it", soft_logout=True)
        if known.locked_reason is not None:
            raise AccountLocked(known.locked_reason, known.scope)
        if known.scope.user_id:
            self._note_seen(known.scope, self._clock.now_ms(), address)
        return known.scope

    async def _load(self, digest: str) -> _Known:
        epoch = self._epoch
        stored = await self._db.read(lambda tx: store.find_access_token(tx, digest))
        if stored is None:
            raise Unauthenticated("This access token is unknown or was ended", soft_logout=False)
        if stored.replaces_id is not None:
            await self._db.write(lambda tx: self._confirm_refresh(tx, stored.token_id))
        known = _Known(_scope_of(stored), stored.expires_ts, stored.locked_reason)
        if epoch == self._epoch:  # Else a token may have been ended while this one was read.
            self._remember(digest, known)
        return known

    def _remember(self, digest: str, known: _Known) -> None:
        if len(self._hashes) >= MOST_CACHED:
            self.forget_all()
        self._cache[digest] = known
        self._hashes[known.scope.token_id] = digest

    def forget_all(self) -> None:
        """Empty the cache, for when memory may differ from the database."""
        self._epoch += 1
        self._cache.clear()
        self._hashes.clear()

    async def issue(self, tx: Tx, user_id: str, device: NewDevice) -> Issued:
        """Sign the user in on a device, inside the caller's write; earlier tokens of the device end.

        Raises InvalidParam for a device id or name that is empty or too long.
        """
        device_id = new_device_id() if device.device_id is None else device.device_id
        if not 0 < len(device_id.encode()) <= LONGEST_DEVICE_ID:
            raise InvalidParam("A device id must have 1 to 255 bytes")
        if device.display_name is not None and len(device.display_name) > LONGEST_DEVICE_NAME:
            raise InvalidParam(f"A device's name may have at most {LONGEST_DEVICE_NAME} characters")
        await store.upsert_device(tx, user_id, device_id, device, self._clock.now_ms())
        await self.end(tx, user_id, [device_id])
        if device.client_id is not None:
            for hook in self._within_session:
                await hook(tx, user_id, frozenset((device.grants or "").split()))
        return await self._new_pair(
            tx, (user_id, device_id), refreshable=device.wants_refresh, replaces_id=None
        )

    async def _new_pair(
        self, tx: Tx, owner: tuple[str, str], *, refreshable: bool, replaces_id: int | None
    ) -> Issued:
        now = self._clock.now_ms()
        access, token_id = new_access_token(), tx.next_position()
        expires_ts = self._clock.steady_ms() + ACCESS_TOKEN_LIFETIME_MS if refreshable else None
        await store.insert_access_token(tx, token_id, hash_token(access), owner, expires_ts, replaces_id)
        if not refreshable:
            return Issued(*owner, access)
        refresh = new_refresh_token()
        await store.insert_refresh_token(tx, hash_token(refresh), token_id, owner, now)
        return Issued(*owner, access, refresh, ACCESS_TOKEN_LIFETIME_MS)

    async def refresh(self, refresh_token: str) -> Issued:
        """Give a new pair for a refresh token of a password's session; raises Unauthenticated."""
        issued = await self._db.write(lambda tx: self.refresh_in(tx, refresh_token, client_id=None))
        if issued is None:
            raise Unauthenticated("This refresh token is unknown or was used before", soft_logout=False)
        return issued

    async def refresh_in(self, tx: Tx, refresh_token: str, client_id: str | None) -> Issued | None:
        """Give a new pair, inside the caller's write; the old pair ends when the new one is first used.

        A token whose successor was already used was copied by somebody: the session ends, its device with it.
        None then, for unknown tokens and for those of another app.
        """
        stored = await store.find_refresh_token(tx, hash_token(refresh_token))
        if stored is None or stored.client_id != client_id:
            return None
        owner = (stored.user_id, stored.device_id)
        if stored.spent:
            await self._end_session(tx, stored.user_id, [stored.device_id])
            return None
        await self._confirm_refresh(tx, stored.access_token_id)
        self.announce_end(
            tx, stored.user_id, await store.delete_unused_successors(tx, stored.access_token_id)
        )
        await store.delete_old_spent(tx, *owner, self._clock.now_ms() - WATCH_SPENT_MS)
        return await self._new_pair(tx, owner, refreshable=True, replaces_id=stored.access_token_id)

    async def _confirm_refresh(self, tx: Tx, token_id: int) -> None:
        """The new pair is in use: now the pair that it replaced ends."""
        replaced = await store.forget_replaced(tx, token_id)
        if replaced is not None:
            await store.delete_access_token(tx, replaced)
            await store.spend_refresh_token(tx, replaced)
            self._uncache_after_commit(tx, [replaced])

    async def end(self, tx: Tx, user_id: str, device_ids: Iterable[str]) -> None:
        """End every token of these devices, inside the caller's write; open polls hear of it."""
        self.announce_end(tx, user_id, await store.delete_tokens(tx, user_id, device_ids))

    def announce_end(self, tx: Tx, user_id: str, token_ids: list[int]) -> None:
        """Forget tokens whose rows the caller's write deleted, and tell open polls."""
        if token_ids:
            self._uncache_after_commit(tx, token_ids)
            tx.announce(Fact(tx.next_position(), "token_revoked", user_id=user_id, body=frozenset(token_ids)))

    def _uncache_after_commit(self, tx: Tx, token_ids: list[int]) -> None:
        def uncache() -> None:
            self._epoch += 1
            for token_id in token_ids:
                self._cache.pop(self._hashes.pop(token_id, ""), None)

        tx.after_commit(uncache)

    def last_seen(self, user_id: str, device_id: str) -> tuple[int, str] | None:
        """Give when and from where the device was seen, if that is newer than what the database knows."""
        return self._seen.get((user_id, device_id))

    def sightings(self) -> Mapping[tuple[str, str], tuple[int, str]]:
        """Give by user and device when and from where those were seen of whom the database does not know it yet."""
        return self._seen

    def _note_seen(self, scope: Scope, now_ms: int, address: str) -> None:
        """Remember the sighting; all of the last minute are written together, so no request pays a write."""
        self._seen[(scope.user_id, scope.device_id)] = (now_ms, address)
        # The upper bound is for a machine whose time was set back meanwhile.
        is_due = not now_ms < self._seen_flush_at <= now_ms + SEEN_EVERY_MS
        if is_due and (self._flushing is None or self._flushing.done()):
            self._seen_flush_at = now_ms + SEEN_EVERY_MS
            self._flushing = asyncio.create_task(self.flush_seen(), name="last seen")

    async def flush_seen(self) -> None:
        """Write the sightings gathered since the last time."""
        seen = [(ts, ip, user, device) for (user, device), (ts, ip) in self._seen.items()]
        if not seen:
            return
        try:
            await self._db.write(lambda tx: store.mark_seen(tx, seen))
        except TeahouseError as error:
            log.warning("could not note when devices were seen", error=error.message)
            return
        for ts, ip, user, device in seen:
            if self._seen.get((user, device)) == (ts, ip):
                del self._seen[(user, device)]


def _scope_of(stored: StoredToken) -> Scope:
    grants = ALL_GRANTS if stored.grants is None else frozenset(stored.grants.split())
    return Scope(
        stored.user_id,
        stored.device_id,
        stored.token_id,
        is_admin=stored.is_admin,
        grants=grants,
        client_id=stored.client_id or "",
    )
