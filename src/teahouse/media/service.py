"""The slice's door: one object that wires the capabilities together and names what other slices may ask."""

from teahouse.accounts import Accounts
from teahouse.clock import Clock
from teahouse.config import Config
from teahouse.kernel.http import RateLimiter
from teahouse.kernel.storage import Database
from teahouse.media.arrivals import Arrivals
from teahouse.media.collection import Collection
from teahouse.media.derivations import Derivations
from teahouse.media.downloads import Downloads
from teahouse.media.objects import ObjectStore, open_store
from teahouse.media.own_uploads import OwnUploads
from teahouse.media.previews import Fetcher, Previews, Tools
from teahouse.media.processing import Pool, Processing
from teahouse.media.publication import Publication
from teahouse.media.quotas import Quotas
from teahouse.media.removal import Removal
from teahouse.media.report import Report
from teahouse.media.uploads import Uploads
from teahouse.media.verification import Verification


class Media:
    """Everybody's files; each attribute is one capability."""

    def __init__(
        self, db: Database, config: Config, clock: Clock, limiter: RateLimiter, accounts: Accounts
    ) -> None:
        self.settings = config.media
        self.server_name = accounts.server_name
        self.objects: ObjectStore = open_store(config.media)
        arrivals = Arrivals()
        self.quotas = Quotas(db, config.media, config.public_url)
        self.uploads = Uploads(db, clock, limiter, config.media, self.objects, self.quotas, arrivals)
        self.downloads = Downloads(db, clock, self.server_name, self.objects, arrivals)
        self.processing = Processing(Pool(config.media.workers))
        self.derivations = Derivations(db, clock, self.objects, self.processing)
        self.removal = Removal(db, clock, self.objects)
        tools = Tools(
            self.uploads,
            self.derivations,
            self.removal,
            Fetcher(allow_private=config.media.preview_private_addresses),
        )
        self.previews = Previews(db, clock, limiter, config.media, tools, self.server_name)
        self.own = OwnUploads(db)
        self.publication = Publication(db, self.uploads, self.downloads, self.derivations, self.removal)
        self.collection = Collection(
            db,
            clock,
            config.media,
            accounts,
            self.objects,
            self.removal,
            before=(self.downloads.flush_uses, self.previews.forget_old),
        )
        self.verification = Verification(db, self.objects)
        self.report = Report(db, self.objects)
        accounts.on_deactivate(self._forget_erased)

    def uri(self, media_id: str) -> str:
        """Give the address of an upload in Matrix events."""
        return f"mxc://{self.server_name}/{media_id}"

    async def _forget_erased(self, user_id: str, erase: bool) -> None:
        if erase:
            await self.removal.forget_user(user_id)

    async def open(self) -> None:
        """Get the store ready; one that is away doesn't keep the server from starting."""
        await self.objects.open()

    def start(self) -> None:
        """Begin the upkeep of a running server."""
        self.collection.start()

    async def stop(self) -> None:
        """End the upkeep."""
        await self.collection.stop()

    async def close(self) -> None:
        """End the workers, and let go of the store."""
        await self.previews.close()
        await self.processing.close()
        await self.objects.close()
