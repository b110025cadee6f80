"""Activation of web push pushers (MSC4174): nothing is told before the app gave a token back that was pushed to it.

So nobody lets this server push to a subscription that is not theirs. Of the token only a hash is kept: it is pushed
once, tried again for as long as it is good, and after a restart the app has to set its pusher again.
"""

import asyncio
import contextlib
import hashlib
import hmac
import uuid
from dataclasses import replace

import structlog

from teahouse.clock import Clock
from teahouse.errors import InvalidParam, NotFound
from teahouse.kernel.http import Scope
from teahouse.kernel.storage import Database, Tx
from teahouse.kernel.stream import Fact
from teahouse.push import store
from teahouse.push.delivery.gateway import GatewayFailed
from teahouse.push.delivery.ways import Ways
from teahouse.push.records import PUSHERS_CHANGED, WEB_PUSH, Pusher

GOOD_FOR_MS = 5 * 60 * 1000
PAUSES_S = (1.0, 3.0, 10.0, 30.0, 60.0, 120.0)
MOST_AT_ONCE = 200

log = structlog.get_logger(__name__)


class Activation:
    """Sends tokens, and takes them back."""

    def __init__(self, db: Database, clock: Clock, ways: Ways) -> None:
        self._db = db
        self._clock = clock
        self._ways = ways
        self._sending: set[asyncio.Task[None]] = set()

    def with_token(self, pusher: Pusher) -> tuple[Pusher, str]:
        """Give the pusher as one that waits for the token given with it."""
        token = str(uuid.uuid4())
        until = self._clock.now_ms() + GOOD_FOR_MS
        return replace(pusher, activated=False, ack_hash=_hash(token), ack_until=until), token

    def send(self, pusher: Pusher, token: str) -> None:
        """Push the token, behind the request that set the pusher."""
        if len(self._sending) >= MOST_AT_ONCE:
            return  # The app sets its pusher again when no token comes.
        task = asyncio.create_task(self._send(pusher, token), name="a pusher's token")
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def stop(self) -> None:
        """Send nothing more."""
        for task in list(self._sending):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def take(self, caller: Scope, app_id: str, token: str) -> None:
        """Activate the caller's pusher that waits for the token; raises NotFound and InvalidParam."""

        async def job(tx: Tx) -> None:
            of_app = [
                pusher
                for pusher in await store.pushers_of(tx, caller.user_id)
                if pusher.kind == WEB_PUSH and pusher.app_id == app_id
            ]
            if not of_app:
                raise NotFound("You have no web push pusher of this app")
            found = next(
                (one for one in of_app if hmac.compare_digest(one.ack_hash or "", _hash(token))), None
            )
            if found is None:
                raise InvalidParam(
                    "No pusher waits for this token", errcode="M_UNKNOWN_ACTIVATION_TOKEN", status=400
                )
            if found.ack_until < self._clock.now_ms():
                raise InvalidParam(
                    "This token came too late", errcode="M_EXPIRED_ACTIVATION_TOKEN", status=410
                )
            # What was said before is nothing to tell it.
            await store.activate_pusher(tx, found.key, tx.position)
            tx.announce(Fact(tx.position, PUSHERS_CHANGED, user_id=caller.user_id))

        await self._db.write(job)

    async def _send(self, pusher: Pusher, token: str) -> None:
        for pause in (*PAUSES_S, None):
            try:
                if not await self._ways.tell_token(pusher, token):
                    await self._db.write(lambda tx: store.delete_pusher(tx, pusher.key))
                return
            except GatewayFailed as failure:
                log.info("a pusher's token could not be sent", reason=str(failure))
            except Exception:
                log.exception("a pusher's token could not be sent")
                return
            if pause is not None:
                await asyncio.sleep(pause)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
