"""Accounts as moderators see them: what everybody sees, with role, restraints and the addresses of sessions."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from teahouse.accounts import Network, Overseen, read_network
from teahouse.errors import InvalidParam, NotFound
from teahouse.kernel.http import Page
from teahouse.kernel.search_keys import asked_for
from teahouse.kernel.storage import Tx
from teahouse.microblog.core import Core
from teahouse.microblog.entities.admin import AdminAccount, AdminIp
from teahouse.microblog.entities.forms import timestamp
from teahouse.microblog.moderators import store_moderators as store
from teahouse.microblog.moderators.store_moderators import Wanted
from teahouse.microblog.paging import Found, found, span_of
from teahouse.microblog.people import store_accounts
from teahouse.microblog.people.records import AccountRow
from teahouse.microblog.people.show import ADMIN, EVERYBODY, ShowAccounts

STATUSES = ("active", "pending", "disabled", "silenced", "suspended", "sensitized")
NOT_KEPT = Overseen(is_admin=False, created_ts=0, locked_ts=None, seen=())


@dataclass(slots=True)
class AccountFilter:
    """Which accounts a moderator wants; all that is said must hold. `nobody`: what no account here can be."""

    statuses: set[str] = field(default_factory=set)
    username: str = ""
    display_name: str = ""
    address: str = ""
    roles: set[str] | None = None
    nobody: bool = False


class ModeratedAccounts:
    """Gives accounts to moderators."""

    def __init__(self, core: Core, people: ShowAccounts) -> None:
        self._core = core
        self._people = people

    async def page(self, wish: AccountFilter, page: Page) -> Found[AdminAccount]:
        """Give a page of the accounts that are not gone, the newest first; raises InvalidParam."""
        span = span_of(page, 100, 200)
        unknown = wish.statuses - set(STATUSES)
        if unknown:
            raise InvalidParam(f"Unknown status: {min(unknown)[:40]}")

        async def job(tx: Tx) -> Found[AdminAccount]:
            wanted = await self._wanted(tx, wish)
            ids, more = span.cut([] if wanted is None else await store.page(tx, wanted, span))
            known = await self.many_in(tx, ids)
            return found(span, [known[number] for number in ids if number in known], ids, more=more)

        return await self._core.db.read(job)

    async def _wanted(self, tx: Tx, wish: AccountFilter) -> Wanted | None:
        """Translate a wish; None when nobody can be meant."""
        oversight, users = self._core.accounts.oversight, []
        if wish.nobody or "pending" in wish.statuses or (wish.roles is not None and not wish.roles):
            return None
        if "disabled" in wish.statuses:
            users.append(set(await oversight.locked(tx)))
        if wish.address:
            users.append(set(await oversight.seen_in(tx, _network(wish.address))))
        without: set[str] = set()
        if wish.roles == {ADMIN.id}:
            users.append(set(await oversight.administrators(tx)))
        elif wish.roles == {EVERYBODY.id}:
            without = set(await oversight.administrators(tx))
        among = None if not users else set.intersection(*users) - without
        return Wanted(
            frozenset(wish.statuses), wish.username.strip().lower(), tuple(asked_for(wish.display_name)), among, without
        )  # fmt: skip

    async def one(self, account_id: int) -> AdminAccount:
        """Give an account; raises NotFound for one that is gone or never was."""

        async def job(tx: Tx) -> AdminAccount:
            row = await store_accounts.by_id(tx, account_id)
            if row is None or row.gone_ts is not None:
                raise NotFound("Record not found")
            return (await self._shown(tx, [row]))[row.id]

        return await self._core.db.read(job)

    async def many_in(self, tx: Tx, account_ids: Iterable[int]) -> dict[int, AdminAccount]:
        """Give accounts by their ids inside a job, gone ones too."""
        return await self._shown(tx, (await store_accounts.by_ids(tx, account_ids)).values())

    async def _shown(self, tx: Tx, rows: Iterable[AccountRow]) -> dict[int, AdminAccount]:
        listed = list(rows)
        users = await self._core.accounts.oversight.of_users(tx, [row.user_id for row in listed])
        return {row.id: self._entity(row, users.get(row.user_id, NOT_KEPT)) for row in listed}

    def _entity(self, row: AccountRow, user: Overseen) -> AdminAccount:
        return AdminAccount(
            id=str(row.id),
            username=row.username,
            created_at=timestamp(row.created_ts),
            ip=user.seen[0][0] if user.seen else None,
            role=ADMIN if user.is_admin else EVERYBODY,
            suspended=row.suspended_ts is not None,
            silenced=row.limited_ts is not None,
            disabled=user.locked_ts is not None,
            sensitized=row.sensitized_ts is not None,
            ips=[AdminIp(address, timestamp(at)) for address, at in user.seen],
            account=self._people.account(row),
        )


def _network(text: str) -> Network:
    found = read_network(text)
    if found is None:
        raise InvalidParam("Ip is not an address or a network of at most 16 million")
    return found
