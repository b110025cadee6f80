"""What every capability of the slice stands on: the database, the clock, ids, settings, and who is told of acts."""

import re
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from teahouse.accounts import Accounts
from teahouse.clock import Clock
from teahouse.config import Config
from teahouse.kernel.http import RateLimiter
from teahouse.kernel.storage import Database
from teahouse.microblog.activity import Activities
from teahouse.microblog.emojis.book import EmojiBook
from teahouse.microblog.restraints import Restraints
from teahouse.microblog.snowflakes import Snowflakes

_PLAIN = re.compile(r"[A-Za-z0-9_.-]+")
"""A name that stands in an address as it is."""


@dataclass
class Core:
    """Shared by all capabilities; one a server."""

    db: Database
    config: Config
    clock: Clock
    limiter: RateLimiter
    accounts: Accounts
    snowflakes: Snowflakes = field(init=False)
    emojis: EmojiBook = field(init=False)
    restraints: Restraints = field(init=False)
    activities: Activities = field(default_factory=Activities)
    public_url: str = field(init=False)
    """The address under which apps and browsers reach the server, without a slash at its end."""
    serves: bool = False
    """Whether apps are connected to this process: a command is not one that serves."""

    def __post_init__(self) -> None:
        """Make what depends on the rest."""
        self.public_url = self.config.public_url.rstrip("/")
        self.snowflakes = Snowflakes(self.clock)
        self.emojis = EmojiBook(self.db, self.public_url)
        self.restraints = Restraints(self.db)

    @property
    def host(self) -> str:
        """The host and port of the public address: what follows the second @ of a full name."""
        return urlsplit(self.config.public_url).netloc

    def is_here(self, host: str) -> bool:
        """Tell whether a name's host means this server."""
        return host.lower() in ("", self.host.lower(), self.config.server_name.lower())

    def profile_url(self, username: str) -> str:
        """Give the address of a person's page."""
        name = username if _PLAIN.fullmatch(username) else quote(username, safe="")
        return f"{self.public_url}/@{name}"

    def status_url(self, username: str, status_id: int) -> str:
        """Give the address of a post's page."""
        return f"{self.profile_url(username)}/{status_id}"
