"""The restraints of accounts: what holds, putting one on and taking it off, each by the one door of decisions."""

from collections.abc import Sequence

from teahouse.errors import InvalidParam
from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact
from teahouse.microblog import store_restraints
from teahouse.microblog.core import Core
from teahouse.microblog.moderation.decisions import (
    DISABLE,
    LIMIT,
    SENSITIVE,
    SUSPEND,
    Decided,
    Decisions,
)
from teahouse.microblog.people.records import AccountRow
from teahouse.microblog.restraints import CHANGED as RESTRAINED

WORDS = {
    LIMIT: "limited",
    SUSPEND: "suspended",
    SENSITIVE: "marked as sensitive",
    DISABLE: "locked",
}


class Holds:
    """Puts restraints on and takes them off, inside its callers' writes."""

    def __init__(self, core: Core, door: Decisions) -> None:
        self._core = core
        self._door = door

    async def held(self, tx: Tx, account: AccountRow) -> list[str]:
        """Give the restraints that an account is under."""
        users = await self._core.accounts.oversight.of_users(tx, [account.user_id])
        since = {
            LIMIT: account.limited_ts, SUSPEND: account.suspended_ts, SENSITIVE: account.sensitized_ts,
            DISABLE: users[account.user_id].locked_ts,
        }  # fmt: skip
        return [action for action, at in since.items() if at is not None]

    async def put(self, tx: Tx, decided: Decided) -> int:
        """Put a restraint, one of WORDS, on an account; gives the decision's id. Raises InvalidParam for two."""
        account, action = decided.account, decided.action
        if action in await self.held(tx, account):
            raise InvalidParam(f"{account.username} is {WORDS[action]} already")
        await self.change(tx, account, action, decided.reason)
        return await self._door.decide(tx, decided)

    async def lift(self, tx: Tx, held: Sequence[str], decided: Decided) -> int:
        """Take restraints from an account; gives the decision's id."""
        for action in held:
            await self.change(tx, decided.account, action, None)
        return await self._door.decide(tx, decided)

    async def change(self, tx: Tx, account: AccountRow, action: str, reason: str | None) -> None:
        """Let a restraint hold for a reason, or no longer for None; whoever calls has written the decision or will."""
        if action == DISABLE and reason is not None:
            await self._core.accounts.oversight.lock(tx, account.user_id, reason)
        elif action == DISABLE:
            await self._core.accounts.oversight.unlock(tx, account.user_id)
        else:
            since = None if reason is None else self._core.clock.now_ms()
            await store_restraints.CHANGES[action](tx, account.id, since)
        tx.announce(Fact(tx.next_position(), RESTRAINED, body=account.id))
