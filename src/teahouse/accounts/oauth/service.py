"""The door of OAuth: its capabilities, and what other slices may ask about apps."""

from typing import Any

from cachetools import LRUCache

from teahouse.accounts.devices import Devices
from teahouse.accounts.login import Login
from teahouse.accounts.new_sessions import NewSessions
from teahouse.accounts.oauth.apps import Apps
from teahouse.accounts.oauth.authorize import Authorize
from teahouse.accounts.oauth.consents import Consents
from teahouse.accounts.oauth.metadata import server_metadata
from teahouse.accounts.oauth.records import OAuthClient
from teahouse.accounts.oauth.token_endpoint import TokenEndpoint
from teahouse.accounts.tokens import Tokens
from teahouse.clock import Clock
from teahouse.config import Config
from teahouse.ids import parse_server_name
from teahouse.kernel.http import RateLimiter
from teahouse.kernel.storage import Database

MOST_REMEMBERED = 1000


class OAuth:
    """The authorisation server; each attribute is one capability."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        config: Config,
        limiter: RateLimiter,
        tokens: Tokens,
        devices: Devices,
        new_sessions: NewSessions,
        login: Login,
    ) -> None:
        self._password_grant = password_grant = config.sign_in.test_password_grant
        self.public_url = config.public_url.rstrip("/")
        self._applications: LRUCache[str, OAuthClient | None] = LRUCache(MOST_REMEMBERED)
        db.on_reset(self._applications.clear)
        self._may_sign_up = config.registration.mode != "closed"
        self.apps = Apps(db, clock, limiter, password_grant=password_grant)
        self.consents = Consents(db, clock, devices)
        self.authorize = Authorize(db, clock, f"{self.public_url}/")
        self.token_endpoint = TokenEndpoint(
            db,
            clock,
            parse_server_name(config.server_name),
            tokens,
            new_sessions,
            login,
            f"{self.public_url}/oauth/device",
            lambda tx, user_id, device_id: devices.delete_in(tx, user_id, [device_id]),
            password_grant=password_grant,
        )

    @property
    def metadata(self) -> dict[str, Any]:
        """What the authorisation server tells of itself."""
        return server_metadata(
            self.public_url, may_sign_up=self._may_sign_up, password_grant=self._password_grant
        )

    async def application_of(self, client_id: str) -> OAuthClient | None:
        """Give the app that a session was opened for, from memory mostly; None for one that is gone or was none."""
        if not client_id:
            return None
        if client_id not in self._applications:
            self._applications[client_id] = await self.apps.find(client_id)
        return self._applications[client_id]
