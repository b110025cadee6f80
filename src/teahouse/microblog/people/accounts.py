"""Accounts: they appear with the first use of the microblog or the first app signed in to it, follow chat's profile,
and are found by id and name.
"""

from collections.abc import Iterable, Sequence

from cachetools import LRUCache

from teahouse.errors import Forbidden, NotFound, Unauthenticated
from teahouse.ids import localpart_of
from teahouse.kernel.http import Scope
from teahouse.kernel.search_keys import asked_for
from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact
from teahouse.microblog import store_usage
from teahouse.microblog.core import Core
from teahouse.microblog.entities.people import Account
from teahouse.microblog.people import store_accounts as store
from teahouse.microblog.people import store_ties
from teahouse.microblog.people.records import NOBODY, AccountRow, Viewer
from teahouse.microblog.people.show import ShowAccounts
from teahouse.microblog.usage import Usage

MOST_KNOWN = 50_000
OPENING = frozenset({"read", "write", "follow"})
"""Rights of this API. A session with one of them is a first use of the microblog, if an app has it."""


class AccountBook:
    """Who is who: users and their accounts."""

    def __init__(self, core: Core, people: ShowAccounts, usage: Usage) -> None:
        self._core = core
        self._usage = usage
        self._people = people
        self._known: LRUCache[str, int] = LRUCache(MOST_KNOWN)
        core.db.on_reset(self._known.clear)
        core.accounts.within_change_of_person(self._follow_person)
        core.accounts.within_session_of_app(self._appear)

    async def viewer(self, caller: Scope | None) -> Viewer:
        """Give who looks; an account is made for a user who has none yet. Raises Unauthenticated and Forbidden."""
        if caller is None:
            return NOBODY
        known = self._known.get(caller.user_id)
        if known is None:
            known = await self._core.db.write(lambda tx: self.account_in(tx, caller.user_id))
            self._known[caller.user_id] = known
        await self._usage.note(known)
        return Viewer(known, caller.user_id)

    async def account_in(self, tx: Tx, user_id: str) -> int:
        """Give the id of a user's account inside a write, and make the account when there is none."""
        known = await store.id_of_user(tx, user_id)
        if known is not None:
            return known
        if not user_id:
            raise Unauthenticated("This method requires an authenticated user")
        if await self._core.accounts.is_deactivated_in(tx, user_id):
            raise Forbidden("This account is deactivated")
        profile = await self.chat_profile(tx, user_id)
        now = self._core.clock.now_ms()
        row = AccountRow(
            id=self._core.snowflakes.next(), user_id=user_id, username=localpart_of(user_id),
            display_name=profile["display_name"], avatar=profile["avatar"],
            header="", profile_apart=0, note="", fields="[]", preferences="{}", locked=0, bot=0, discoverable=1,
            indexable=1, hide_collections=0, created_ts=now, gone_ts=None, limited_ts=None,
            suspended_ts=None, sensitized_ts=None, statuses=0, followers=0, following=0, last_status_id=0,
        )  # fmt: skip
        await store.insert(tx, row)
        await store_usage.count(tx, now, "accounts")
        for ignored in await self._core.accounts.ignored_users_in(tx, user_id):
            await store_ties.insert_block(tx, user_id, ignored, self._core.snowflakes.next())
        tx.announce(Fact(tx.next_position(), "account_changed", user_id=user_id, body=row.id))
        return row.id

    async def _appear(self, tx: Tx, user_id: str, grants: frozenset[str]) -> None:
        """Make the account of who signs in with an app of this API: others may look for it before the app asks."""
        if OPENING & {grant.partition(":")[0] for grant in grants}:
            await self.account_in(tx, user_id)

    async def chat_profile(self, tx: Tx, user_id: str) -> dict[str, str]:
        """Give name and picture as chat shows them."""
        profile = await self._core.accounts.profile_in(tx, user_id)
        return {
            "display_name": str(profile.get("displayname") or ""),
            "avatar": str(profile.get("avatar_url") or ""),
        }

    async def _follow_person(self, tx: Tx, user_id: str) -> None:
        """Copy chat's profile, and hide the account of who was deactivated, in the same write."""
        account_id = await store.id_of_user(tx, user_id)
        if account_id is None:
            return
        row = await self.row_in(tx, account_id, gone_too=True)
        if await self._core.accounts.is_deactivated_in(tx, user_id):
            if row.gone_ts is None:
                now = self._core.clock.now_ms()
                await store.set_gone(tx, user_id, now)
                await store_usage.count(tx, now, "gone")
                await store_usage.forget_seen(tx, account_id)
        elif not row.profile_apart:
            await store.update(tx, account_id, await self.chat_profile(tx, user_id))
        tx.announce(Fact(tx.next_position(), "account_changed", user_id=user_id, body=account_id))

    async def row(self, account_id: int) -> AccountRow:
        """Give an account; raises NotFound for one that is gone or never was."""
        return await self._core.db.read(lambda tx: self.row_in(tx, account_id))

    async def row_in(self, tx: Tx, account_id: int, *, gone_too: bool = False) -> AccountRow:
        """Give an account inside a job; raises NotFound."""
        row = await store.by_id(tx, account_id)
        if row is None or (row.gone_ts is not None and not gone_too):
            raise NotFound("Record not found")
        return row

    async def rows_in(self, tx: Tx, account_ids: Iterable[int]) -> dict[int, AccountRow]:
        """Give by id those of the accounts that exist and are neither gone nor suspended."""
        found = await store.by_ids(tx, account_ids)
        return {key: row for key, row in found.items() if not row.is_away}

    async def lookup_in(self, tx: Tx, acct: str) -> AccountRow | None:
        """Find an account by its name, with or without @ and this server's host; None when there is none."""
        name, _, host = acct.strip().removeprefix("@").partition("@")
        if not name or not self._core.is_here(host):
            return None
        found = await store.by_names(tx, [name.lower()])
        return found[0] if found else None

    async def one(self, account_id: int) -> Account:
        """Give the entity of an account; raises NotFound."""
        return self._people.account(await self.row(account_id))

    async def many(self, account_ids: Iterable[int]) -> list[Account]:
        """Give the entities of those of the accounts that exist, in their order."""
        wanted = list(account_ids)
        return await self._core.db.read(lambda tx: self.many_in(tx, wanted))

    async def many_in(self, tx: Tx, wanted: Sequence[int]) -> list[Account]:
        """Give entities inside a job."""
        rows = await self.rows_in(tx, wanted)
        return [self._people.account(rows[number]) for number in wanted if number in rows]

    async def search(
        self, viewer: Viewer, words: str, limit: int, offset: int, *, following: bool
    ) -> list[Account]:
        """Give accounts with a word for each beginning, a full name first; those followed come first.

        Who is blocked is found by the full name only: apps look people up by it to unblock them.
        """
        wanted = words.strip().removeprefix("@")
        beginnings = asked_for(wanted.partition("@")[0])
        if not beginnings or not self._core.is_here(wanted.partition("@")[2] if " " not in wanted else ""):
            return []

        async def job(tx: Tx) -> list[AccountRow]:
            exact = (
                await self.lookup_in(tx, wanted)
                if " " not in wanted and offset == 0 and not following
                else None
            )
            if exact is not None and exact.suspended_ts is not None:
                exact = None
            rows = await store.search(tx, beginnings, viewer.id, following=following, limit=offset + limit)
            rows = ([exact] if exact else []) + [
                row for row in rows[offset:] if exact is None or row.id != exact.id
            ]
            ties = await store_ties.ties_of(tx, viewer, [row.id for row in rows], self._core.clock.now_ms())
            named = {exact.id} - ties.blocked_by if exact else set()
            return [row for row in rows if row.id in named or not ties.apart(row.id)][:limit]

        return [self._people.account(row) for row in await self._core.db.read(job)]

    async def lookup(self, acct: str) -> Account | None:
        """Give the entity of the account of this name, if there is one."""
        row = await self._core.db.read(lambda tx: self.lookup_in(tx, acct))
        return None if row is None else self._people.account(row)
