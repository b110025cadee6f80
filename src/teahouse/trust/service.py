"""The slice's door: the public log, and what the server does for it by the clock."""

import asyncio
import contextlib

import structlog

from teahouse.accounts import Accounts
from teahouse.clock import Clock
from teahouse.config import Config
from teahouse.errors import TeahouseError
from teahouse.kernel.http import RateLimiter
from teahouse.kernel.storage import Database
from teahouse.trust.log import PublicLog, load_or_create_log_key

LOOK_EVERY_S = 3600
log = structlog.get_logger(__name__)


class Trust:
    """Keeps the public log; made once in app.py and given to routes as `trust`."""

    def __init__(
        self, db: Database, config: Config, clock: Clock, limiter: RateLimiter, accounts: Accounts
    ) -> None:
        self.config = config
        self.limiter = limiter
        key = load_or_create_log_key(config.data / "log.key", config.server_name)
        self.log = PublicLog(db, clock, config.server_name, key)
        self._teller: asyncio.Task[None] | None = None
        accounts.on_deactivate(self._deactivated)

    async def start(self) -> None:
        """Begin the log where there is none; tell, soon after each week's end, what its entries were."""
        await self._look()
        self._teller = asyncio.create_task(self._look_again(), name="weeks of the log")

    async def stop(self) -> None:
        """End it."""
        if self._teller is not None:
            self._teller.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._teller

    async def _look_again(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self._look()

    async def _look(self) -> None:
        """Write what is due; a full disk, or a database that is away, must not keep the server from serving."""
        try:
            await self.log.begin(self.config.instance.house_rules)
            await self.log.tell_weeks()
        except TeahouseError as error:
            log.warning("the public log's own entries must wait", error=error.message)

    async def _deactivated(self, user_id: str, erase: bool) -> None:
        if erase:
            await self.log.forget(user_id)
