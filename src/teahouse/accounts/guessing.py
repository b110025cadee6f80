"""How often somebody may guess: by address, by account, with a delay that grows with each wrong try.

Kept in memory on the monotonic clock. An attempt is counted before it is checked, so that a hundred at once
count as a hundred; success gives it back.
"""

from cachetools import LRUCache

from teahouse.clock import Clock
from teahouse.errors import LimitExceeded
from teahouse.kernel.http import RateLimiter, network_of

FREE_TRIES = 5
FORGET_AFTER_S = 15 * 60.0
FIRST_DELAY_S = 10.0


class GuessLimits:
    """Guards everything that answers whether a secret was right."""

    def __init__(self, limiter: RateLimiter, clock: Clock, *, enabled: bool) -> None:
        self._limiter = limiter
        self._clock = clock
        self._enabled = enabled
        self._tries: LRUCache[str, tuple[int, float]] = LRUCache(100_000)

    def begin(self, account: str, address: str) -> None:
        """Count a try; raises LimitExceeded while the account or the address has to wait."""
        if not self._enabled:
            return
        self._limiter.check("login", _by_address(address))
        now = self._clock.monotonic()
        count, last = self._tries.get(account, (0, now))
        if now - last > FORGET_AFTER_S:
            count = 0
        wait_s = last + _delay_s(count) - now
        if wait_s > 0:
            raise LimitExceeded(
                "Too many wrong tries; wait before the next", retry_after_ms=int(wait_s * 1000) + 1
            )
        self._tries[account] = (count + 1, now)

    def succeeded(self, account: str, address: str) -> None:
        """Give the try back: who knows the secret does not guess."""
        if self._enabled:
            self._limiter.give_back("login", _by_address(address))
            self._tries.pop(account, None)

    def not_checked(self, account: str, address: str) -> None:
        """Give one try back that was never answered, because the server was too busy to check it."""
        if self._enabled:
            self._limiter.give_back("login", _by_address(address))
            count, last = self._tries.get(account, (1, 0.0))
            self._tries[account] = (max(0, count - 1), last)

    def count_registration(self, address: str) -> None:
        """Count an attempt to register; raises LimitExceeded."""
        self._limiter.check("registration", _by_address(address))


def _by_address(address: str) -> str:
    return f"address {network_of(address)}"


def _delay_s(tries: int) -> float:
    return 0.0 if tries < FREE_TRIES else min(FORGET_AFTER_S, FIRST_DELAY_S * 2.0 ** (tries - FREE_TRIES))
