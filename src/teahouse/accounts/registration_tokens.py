"""Registration tokens: who holds one may make an account, as often and as long as it allows."""

import re
import secrets
from typing import Any

from teahouse.accounts import store_users as store
from teahouse.accounts.records import RegistrationToken
from teahouse.clock import Clock
from teahouse.errors import Conflict, InvalidParam, NotFound
from teahouse.kernel.storage import Database, Tx

_GRAMMAR = re.compile(r"[A-Za-z0-9._~-]{1,64}")


class RegistrationTokens:
    """The operator's side of registration tokens; registration itself counts their uses."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def create(
        self, token: str | None = None, uses_allowed: int | None = None, expires_ts: int | None = None
    ) -> RegistrationToken:
        """Make a token, a random one when none is given; raises InvalidParam and Conflict."""
        chosen = secrets.token_urlsafe(16) if token is None else token
        if _GRAMMAR.fullmatch(chosen) is None:
            raise InvalidParam("A registration token has 1 to 64 characters of A-Z a-z 0-9 . _ ~ -")
        if uses_allowed is not None and uses_allowed < 1:
            raise InvalidParam("A registration token must allow at least one use")
        now = self._clock.now_ms()

        async def job(tx: Tx) -> None:
            if not await store.insert_registration_token(tx, chosen, uses_allowed, expires_ts, now):
                raise Conflict("This registration token exists already", status=409)

        await self._db.write(job)
        return RegistrationToken(chosen, uses_allowed, 0, 0, expires_ts)

    async def list(self) -> list[dict[str, Any]]:
        """Give every token with its uses."""
        found = await self._db.read(lambda tx: store.all_registration_tokens(tx, self._clock.now_ms()))
        return [
            {
                "token": each.token,
                "uses_allowed": each.uses_allowed,
                "pending": each.pending,
                "completed": each.completed,
                "expires_at_ms": each.expires_ts,
                "valid": each.is_valid(self._clock.now_ms()),
            }
            for each in found
        ]

    async def revoke(self, token: str) -> None:
        """End a token; raises NotFound."""
        if not await self._db.write(lambda tx: store.delete_registration_token(tx, token)):
            raise NotFound("There is no such registration token")

    async def is_valid(self, token: str) -> bool:
        """Tell whether one more account could be made with the token now."""
        now = self._clock.now_ms()
        found = await self._db.read(lambda tx: store.find_registration_token(tx, token, now))
        return found is not None and found.is_valid(now)

    async def ensure_first(self) -> str | None:
        """Make a token, for one use, when there is neither a user nor a token yet, and give it to be printed."""
        users, tokens = await self._db.read(store.count_rows)
        return None if users or tokens else (await self.create(uses_allowed=1)).token
