"""Beginning a session on a device, however the person proved to be who they are, and telling the others of it.

The notice is the piece of account data `teahouse.new_session`, which every other session gets with its next sync:
`device_id`, `display_name` and `ts` of the newest session. Apps show it or not; the account pages always list all.
"""

from teahouse.accounts import store_sessions, store_users
from teahouse.accounts.account_data import AccountDataOf
from teahouse.accounts.devices import Devices
from teahouse.accounts.records import Issued, NewDevice, User
from teahouse.accounts.tokens import Tokens
from teahouse.clock import Clock
from teahouse.errors import TooLarge
from teahouse.kernel.http import AccountLocked
from teahouse.kernel.storage import Tx

NOTICE = "teahouse.new_session"


class NewSessions:
    """The one way into a session for users who exist already."""

    def __init__(self, clock: Clock, tokens: Tokens, devices: Devices, account_data: AccountDataOf) -> None:
        self._clock = clock
        self._tokens = tokens
        self._devices = devices
        self._account_data = account_data

    async def active_user(self, tx: Tx, user_id: str) -> User | None:
        """Give the user unless the account ended."""
        user = await store_users.find_user(tx, user_id)
        return user if user is not None and user.is_active else None

    async def begin(self, tx: Tx, user_id: str, device: NewDevice) -> Issued:
        """Begin a session inside the caller's write; raises InvalidParam for a bad device, AccountLocked."""
        user = await store_users.find_user(tx, user_id)
        if user is not None and user.locked_reason is not None:
            raise AccountLocked(user.locked_reason)
        others = await store_sessions.device_names(tx, [user_id])
        issued = await self._tokens.issue(tx, user_id, device)
        await self._devices.make_room_in(tx, user_id, keep=issued.device_id)
        if any(device_id != issued.device_id for device_id in others.get(user_id, {})):
            await self._tell_others(tx, issued, device)
        return issued

    async def _tell_others(self, tx: Tx, issued: Issued, device: NewDevice) -> None:
        notice = {
            "device_id": issued.device_id,
            "display_name": device.display_name or "",
            "ts": self._clock.now_ms(),
        }
        try:
            await self._account_data.put_in(tx, issued.user_id, "", NOTICE, notice)
        except TooLarge:
            return  # Whoever keeps that much here shall still be able to sign in.
