"""Which rooms a user calls direct messages: his account data `m.direct`, kept by user."""

from collections.abc import Sequence

from cachetools import LRUCache

from teahouse.accounts import AccountData, Accounts
from teahouse.kernel.storage import Database
from teahouse.kernel.stream import Fact

DIRECT = "m.direct"


class DirectRooms:
    """The direct rooms of users who use sliding sync; what changes them makes them be read again."""

    def __init__(self, db: Database, accounts: Accounts) -> None:
        self._db = db
        self._accounts = accounts
        self._known: LRUCache[str, frozenset[str]] = LRUCache(20_000)
        self._epoch = 0
        db.on_reset(self._forget_all)
        db.doorbell.listen(self._on_facts)

    async def of(self, user_id: str) -> frozenset[str]:
        """Give the rooms; the same object as long as nothing changed."""
        known = self._known.get(user_id)
        while known is None:
            epoch = self._epoch
            content = await self._db.read(lambda tx: self._accounts.account_data_in(tx, user_id, "", DIRECT))
            rooms = _rooms_of(content)
            if epoch == self._epoch:
                known = self._known[user_id] = rooms
        return known

    def _on_facts(self, facts: Sequence[Fact]) -> None:
        for fact in facts:
            if fact.kind == "account_data" and fact.room_id is None and _may_be_direct(fact.body):
                self._epoch += 1
                self._known.pop(fact.user_id or "", None)

    def _forget_all(self) -> None:
        self._epoch += 1
        self._known.clear()


def _may_be_direct(data: AccountData | None) -> bool:
    return data is None or data.type == DIRECT


def _rooms_of(content: object) -> frozenset[str]:
    """Give the rooms that the lists of `m.direct` name; an app may have put anything there."""
    if not isinstance(content, dict):
        return frozenset()
    return frozenset(
        room_id
        for listed in content.values()
        if isinstance(listed, list)
        for room_id in listed
        if isinstance(room_id, str)
    )
