"""The slice's door: one object that wires the capabilities together and names what other slices may ask."""

from teahouse.accounts.devices import Devices
from teahouse.accounts.guessing import GuessLimits
from teahouse.accounts.login import Login
from teahouse.accounts.passwords import Passwords
from teahouse.accounts.register import Register
from teahouse.accounts.registration_tokens import RegistrationTokens
from teahouse.accounts.tokens import Tokens
from teahouse.accounts.uia import Uia
from teahouse.clock import Clock
from teahouse.config import Config
from teahouse.ids import parse_server_name
from teahouse.kernel.http import RateLimiter, Scope
from teahouse.kernel.storage import Database


class Accounts:
    """Users, sessions, profiles and account data; each attribute is one capability."""

    def __init__(self, db: Database, config: Config, clock: Clock, limiter: RateLimiter) -> None:
        limits_on = config.rate_limits.enabled
        self.config = config
        self.server_name = parse_server_name(config.server_name)
        self.guesses = GuessLimits(limiter, clock, enabled=limits_on)
        self.passwords = Passwords(refuse_when_busy=limits_on)
        self.tokens = Tokens(db, clock)
        self.devices = Devices(db, self.tokens)
        self.login = Login(db, self.tokens, self.passwords, self.guesses)
        self.register = Register(
            db, clock, self.server_name, config.registration, self.tokens, self.passwords
        )
        self.registration_tokens = RegistrationTokens(db, clock)
        self.uia = Uia(db, clock, self.server_name, self.login, self.guesses)

    async def authenticate(self, token: str, address: str = "") -> Scope:
        """Give the caller behind an access token; raises Unauthenticated."""
        return await self.tokens.authenticate(token, address)

    async def ensure_first_token(self) -> str | None:
        """Give a registration token to print at first start, if registration needs one and there is none."""
        needed = self.config.registration.mode == "token" and not self.config.listen.is_loopback
        return await self.registration_tokens.ensure_first() if needed else None

    async def close(self) -> None:
        """Write what is still only in memory and end the threads."""
        await self.tokens.flush_seen()
        self.passwords.close()
