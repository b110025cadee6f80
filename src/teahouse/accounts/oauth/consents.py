"""What people let apps do: remembered by user and app, asked anew when an app wants more, taken back on the pages.

Only an app on a web site goes through without a page the next time: its address proves who asks. Programs share
their schemes and ports with whatever else runs on the machine, so for them the page comes each time and says what
was allowed before (RFC 8252, section 8.6).
"""

from collections.abc import Sequence

from teahouse.accounts import store_consents as store
from teahouse.accounts.devices import Devices
from teahouse.accounts.oauth.authorize import Consent
from teahouse.accounts.oauth.scopes import is_within
from teahouse.accounts.store_consents import Consented
from teahouse.clock import Clock
from teahouse.kernel.storage import Database, Tx


class Consents:
    """The memory of what was allowed."""

    def __init__(self, db: Database, clock: Clock, devices: Devices) -> None:
        self._db = db
        self._clock = clock
        self._devices = devices

    async def find(self, user_id: str, client_id: str) -> Consented | None:
        """Give what the user allowed the app before."""
        return await self._db.read(lambda tx: store.find_consent(tx, user_id, client_id))

    async def all_of(self, user_id: str) -> Sequence[Consented]:
        """Give every app that the user allowed something, the newest first."""
        return await self._db.read(lambda tx: store.consents_of(tx, user_id))

    async def suffices(self, user_id: str, consent: Consent) -> bool:
        """Say whether what was allowed before answers this request, so that nobody need be asked."""
        if "consent" in consent.prompt or not consent.redirect_uri.startswith("https://"):
            return False
        known = await self.find(user_id, consent.client.client_id)
        return known is not None and is_within(consent.wanted.grants, known.grants.split())

    async def remember(self, user_id: str, client_id: str, grants: frozenset[str]) -> None:
        """Add to what the user allows the app."""

        async def job(tx: Tx) -> None:
            known = await store.find_consent(tx, user_id, client_id)
            together = grants | frozenset(known.grants.split() if known else ())
            await store.put_consent(tx, user_id, client_id, " ".join(sorted(together)), self._clock.now_ms())

        await self._db.write(job)

    async def withdraw(self, user_id: str, client_ids: Sequence[str]) -> None:
        """Forget what the user allowed these apps, and end the sessions that they have."""

        async def job(tx: Tx) -> None:
            await store.delete_consents(tx, user_id, client_ids)
            sessions = await store.devices_of_clients(tx, user_id, client_ids)
            if sessions:
                await self._devices.delete_in(tx, user_id, sessions)

        await self._db.write(job, frees_space=True)
