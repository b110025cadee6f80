"""The slice's door: wires the capabilities together and follows the ends of devices and accounts."""

from teahouse.accounts import Accounts
from teahouse.clock import Clock
from teahouse.config import EndToEnd
from teahouse.e2ee.backups import Backups
from teahouse.e2ee.changes import KeyChanges, RoomsOf
from teahouse.e2ee.cross_signing import CrossSigning
from teahouse.e2ee.dehydrated import Dehydrated
from teahouse.e2ee.inbox import Inbox
from teahouse.e2ee.keys import Keys
from teahouse.kernel.storage import Database, Tx


class Encryption:
    """What the server does for end-to-end encryption; each attribute is one capability."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        accounts: Accounts,
        settings: EndToEnd,
        *,
        encrypted_rooms_of: RoomsOf,
    ) -> None:
        self.accounts = accounts
        self.changes = KeyChanges(encrypted_rooms_of)
        self.keys = Keys(db, accounts, self.changes)
        self.cross_signing = CrossSigning(db, accounts, self.changes)
        self.inbox = Inbox(db, clock, accounts)
        self.dehydrated = Dehydrated(db, clock, accounts, self.keys, self.inbox)
        self.backups = Backups(db, settings.backup_bytes)
        accounts.on_devices_deleted(self._forget_devices)
        accounts.within_deactivation(self._forget_user)

    async def _forget_devices(self, tx: Tx, user_id: str, device_ids: list[str]) -> None:
        await self.keys.forget_devices(tx, user_id, device_ids)
        await self.inbox.forget_devices(tx, user_id, device_ids)
        await self.dehydrated.forget_devices(tx, user_id, device_ids)

    async def _forget_user(self, tx: Tx, user_id: str) -> None:
        await self.cross_signing.forget_user(tx, user_id)
        await self.backups.forget_user(tx, user_id)
        await self.changes.mark(tx, user_id)
