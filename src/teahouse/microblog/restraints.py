"""Who is limited or suspended by the operators. Few are, so all of them are kept in memory, and asked at each write."""

from collections.abc import Sequence
from dataclasses import dataclass

from teahouse.errors import Forbidden
from teahouse.kernel.http import Scope
from teahouse.kernel.storage import Database, Tx
from teahouse.kernel.stream import Fact
from teahouse.microblog import store_restraints as store

CHANGED = "account_restrained"
SUSPENDED = "Your account is suspended. You may read, and appeal the decision"


@dataclass(frozen=True, slots=True)
class Restrained:
    """The ids of limited accounts, and the users whose accounts are suspended."""

    limited: frozenset[int]
    suspended: frozenset[str]


class Restraints:
    """Knows them all; one a server."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: Restrained | None = None
        self._changes = 0
        db.on_reset(self._forget)
        db.doorbell.listen(self._hear)

    def _forget(self) -> None:
        self._known = None
        self._changes += 1

    def _hear(self, facts: Sequence[Fact]) -> None:
        if any(fact.kind == CHANGED for fact in facts):
            self._forget()

    async def current(self) -> Restrained:
        """Give who is restrained now."""
        known, changes = self._known, self._changes
        if known is None:
            known = await self._db.read(_read)
            if changes == self._changes:
                self._known = known
        return known

    async def check_writer(self, caller: Scope) -> None:
        """Refuse who is suspended; raises Forbidden."""
        if caller.user_id in (await self.current()).suspended:
            raise Forbidden(SUSPENDED)


async def _read(tx: Tx) -> Restrained:
    limited, suspended = await store.restrained(tx)
    return Restrained(frozenset(limited), frozenset(suspended))
