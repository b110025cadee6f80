"""Locks as Matrix apps set them: of users, whether or not they have used the microblog yet."""

from teahouse.accounts import LockShown
from teahouse.errors import Forbidden, InvalidParam, NotFound
from teahouse.ids import parse_user_id, server_of
from teahouse.kernel.storage import Tx
from teahouse.microblog.core import Core
from teahouse.microblog.moderation import DISABLE, Moderation, Order, Orders, store_warnings
from teahouse.microblog.moderation.store_warnings import WarningRow
from teahouse.microblog.people import store_accounts
from teahouse.microblog.people.accounts import AccountBook
from teahouse.microblog.people.records import Viewer

UNSAID = "An administrator locked your account from an app that can't say why. You may ask by appealing."


class Locks:
    """Answers Matrix's lock endpoints, and the page of who is locked, by the same decisions as everything else."""

    def __init__(self, core: Core, book: AccountBook, moderation: Moderation, orders: Orders) -> None:
        self._core = core
        self._moderation = moderation
        self._book = book
        self._orders = orders

    async def is_locked(self, user_id: str) -> bool:
        """Say whether a user is locked; raises InvalidParam, NotFound, and Forbidden for administrators."""
        return await self._core.db.read(lambda tx: self._is_locked(tx, user_id))

    async def _is_locked(self, tx: Tx, user_id: str) -> bool:
        if server_of(parse_user_id(user_id)) != self._core.accounts.server_name:
            raise InvalidParam("This user is not of this server")
        user = (await self._core.accounts.oversight.of_users(tx, [user_id])).get(user_id)
        if user is None or await self._core.accounts.is_deactivated_in(tx, user_id):
            raise NotFound("There is no such user")
        if user.is_admin:
            raise Forbidden("Administrators can't be locked")
        return user.locked_ts is not None

    async def set_lock(self, by: Viewer, user_id: str, reason: str, *, locked: bool) -> None:
        """Lock a user or lift it, unless it is so already; raises as `is_locked`.

        The protocol has no place for a reason, so that one is told which says just that where none came.
        """

        async def job(tx: Tx) -> int | None:
            if await self._is_locked(tx, user_id) is locked:
                return None
            return await self._book.account_in(tx, user_id)

        account_id = await self._core.db.write(job)
        if account_id is None:
            return
        if locked:
            await self._orders.act(by, account_id, Order(DISABLE, reason.strip() or UNSAID))
        else:
            await self._orders.lift(by, account_id, DISABLE, reason)

    # For whom it concerns

    async def about(self, user_id: str) -> LockShown | None:
        """Give the decision that locks a user."""
        row = await self._core.db.read(lambda tx: _newest(tx, user_id))
        return None if row is None else LockShown(row.text, row.appeal, row.answer)

    async def appeal(self, user_id: str, text: str) -> None:
        """Take what a locked user says against it, once; raises NotFound and InvalidParam."""
        row = await self._core.db.read(lambda tx: _newest(tx, user_id))
        if row is None:
            raise NotFound("There is no such decision")
        await self._moderation.appeal(Viewer(row.account_id, user_id), row.id, text)


async def _newest(tx: Tx, user_id: str) -> WarningRow | None:
    account_id = await store_accounts.id_of_user(tx, user_id)
    number = None if account_id is None else await store_warnings.newest_of(tx, account_id, DISABLE)
    return None if number is None else (await store_warnings.by_ids(tx, [number])).get(number)
