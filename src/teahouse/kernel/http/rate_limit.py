"""Token buckets in memory, by kind and key; they run on the monotonic clock, so a clock jump frees nobody."""

from collections.abc import Callable
from dataclasses import dataclass

from cachetools import LRUCache

from teahouse.errors import LimitExceeded


@dataclass(frozen=True, slots=True)
class Bucket:
    """The rule of one kind: it holds `burst` and refills at `per_second`."""

    per_second: float
    burst: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a key may still do: of `limit` there are `remaining`, and all of them again in `full_in_s` seconds."""

    limit: int
    remaining: int
    full_in_s: float


class RateLimiter:
    """Counts what each key (a user, an address) does; at most `most_keys` keys are remembered."""

    def __init__(
        self, buckets: dict[str, Bucket], monotonic: Callable[[], float], *, most_keys: int = 100_000
    ):
        self._buckets = buckets
        self._monotonic = monotonic
        self._levels: LRUCache[tuple[str, str], tuple[float, float]] = LRUCache(most_keys)

    def check(self, kind: str, key: str, cost: float = 1.0) -> None:
        """Take `cost` from the bucket of `kind` and `key`; raises LimitExceeded with the time to wait."""
        bucket = self._buckets.get(kind)
        if bucket is None:
            return
        now = self._monotonic()
        level, seen = self._levels.get((kind, key), (float(bucket.burst), now))
        level = min(bucket.burst, level + (now - seen) * bucket.per_second)
        if level < cost:
            self._levels[(kind, key)] = (level, now)
            wait_s = (cost - level) / bucket.per_second
            raise LimitExceeded(
                "Too many requests; slow down", retry_after_ms=int(wait_s * 1000) + 1, limit=bucket.burst
            )
        self._levels[(kind, key)] = (level - cost, now)

    def left(self, kind: str, key: str) -> Allowance | None:
        """Tell what is left to a key after `check`; None when this kind is not limited."""
        bucket = self._buckets.get(kind)
        if bucket is None:
            return None
        level, _ = self._levels.get((kind, key), (float(bucket.burst), 0.0))
        return Allowance(bucket.burst, int(level), (bucket.burst - level) / bucket.per_second)

    def give_back(self, kind: str, key: str, cost: float = 1.0) -> None:
        """Return what `check` took, for attempts that should not count (such as a login that succeeded)."""
        bucket = self._buckets.get(kind)
        held = self._levels.get((kind, key))
        if bucket is not None and held is not None:
            self._levels[(kind, key)] = (min(bucket.burst, held[0] + cost), held[1])


def network_of(address: str) -> str:
    """Give the key of an address: an IPv6 address counts as its /64, since one person holds all of that."""
    if ":" in address and "." not in address:
        head = address.partition("%")[0].partition("::")[0].split(":")
        return ":".join(([*head, "0", "0", "0", "0"])[:4])
    return address
