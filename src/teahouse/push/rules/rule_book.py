"""Each user's push rules: kept, changed, and compiled once for each state.

Owns the cache of compiled rules. It is asked on the event loop and from reading threads alike.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cachetools import LRUCache

from teahouse.kernel.storage import Database, Tx
from teahouse.kernel.stream import Fact
from teahouse.push import store
from teahouse.push.records import RULES_CHANGED
from teahouse.push.rules.default_rules import Ruleset
from teahouse.push.rules.deviations import Deviations
from teahouse.push.rules.evaluate import CompiledRules
from teahouse.push.rules.ruleset import RuleChanges, effective_rules, follow_room

MOST_CACHED = 20_000


@dataclass(frozen=True, eq=False)
class UserRules:
    """One state of a user's rules; a changed rule makes a new object.

    What is made of the changes is large and seldom asked for: the rules as clients see them are made anew each
    time, the compiled ones when first needed. So thousands who only wait cost next to nothing.
    """

    user_id: str
    position: int
    changes: RuleChanges

    @property
    def ruleset(self) -> Ruleset:
        """The default rules with the user's changes, as clients see them."""
        return effective_rules(self.user_id, self.changes)

    @cached_property
    def compiled(self) -> CompiledRules:
        """The rules ready to judge events."""
        return CompiledRules(self.user_id, self.ruleset)

    @cached_property
    def deviations(self) -> Deviations:
        """Where the user counts otherwise than by the default rules."""
        return Deviations(self.user_id, self.ruleset)


class RuleBook:
    """The rules of all users."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._cache: LRUCache[str, UserRules] = LRUCache(MOST_CACHED)
        self._lock = threading.Lock()
        self._epoch = 0
        db.on_reset(self.forget_all)

    def peek(self, user_id: str) -> UserRules | None:
        """Give a user's rules if they are in memory."""
        with self._lock:
            known: UserRules | None = self._cache.get(user_id)
        return known

    async def load(self, tx: Tx, user_id: str) -> UserRules:
        """Give a user's rules, reading them in the caller's transaction when they aren't in memory."""
        known = self.peek(user_id)
        if known is not None:
            return known
        epoch = self._epoch
        stored, position = await store.find_changes(tx, user_id)
        rules = UserRules(user_id, position, RuleChanges.read(stored))
        with self._lock:
            if epoch == self._epoch:  # Else they may have changed since the snapshot.
                self._cache[user_id] = rules
        return rules

    async def rules_of(self, user_id: str) -> UserRules:
        """Give a user's rules."""
        known = self.peek(user_id)
        return known if known is not None else await self._db.read(lambda tx: self.load(tx, user_id))

    async def change(self, user_id: str, edit: Callable[[RuleChanges], RuleChanges]) -> None:
        """Apply a change to the user's rules and tell his devices; raises what `edit` raises."""

        await self._db.write(lambda tx: self._change_in(tx, user_id, edit))

    async def follow_room(self, tx: Tx, user_id: str, old_id: str, new_id: str) -> None:
        """Let the user's rules for a room hold for its successor too; inside the write of his join."""
        stored, _ = await store.find_changes(tx, user_id)
        if stored is not None and old_id in stored:
            await self._change_in(tx, user_id, lambda changes: follow_room(changes, old_id, new_id))

    async def _change_in(self, tx: Tx, user_id: str, edit: Callable[[RuleChanges], RuleChanges]) -> None:
        stored, _ = await store.find_changes(tx, user_id)
        changes = edit(RuleChanges.read(stored))
        text = changes.written()
        if text == stored:
            return
        position = tx.next_position()
        await store.put_changes(tx, user_id, text, position)
        tx.after_commit(lambda: self._forget(user_id))
        tx.announce(Fact(position, RULES_CHANGED, user_id=user_id))

    def _forget(self, user_id: str) -> None:
        with self._lock:
            self._epoch += 1
            self._cache.pop(user_id, None)

    def forget_all(self) -> None:
        """Empty the cache, for when memory may differ from the database."""
        with self._lock:
            self._epoch += 1
            self._cache.clear()


def as_account_data(rules: UserRules) -> dict[str, Any]:
    """Give the `m.push_rules` event of a sync answer."""
    return {"type": "m.push_rules", "content": {"global": rules.ruleset}}
