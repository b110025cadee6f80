"""Ids of the microblog: decimal numbers that grow with time, as clients of the Mastodon API need them.

48 bits of milliseconds, 16 bits of order within them. They are made inside write jobs, which run one after another,
so a row with a greater id is never committed before one with a smaller id: paging by id misses nothing.
"""

import random

from teahouse.clock import Clock

LOW_BITS = 16


class Snowflakes:
    """Makes ids, each greater than the one before, also when the clock is set back."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        """Give the next id."""
        # The random start keeps another process, such as the command line, from making the same id.
        start = (self._clock.now_ms() << LOW_BITS) + random.getrandbits(LOW_BITS - 1)
        self._last = max(self._last + 1, start)
        return self._last

    def reserve(self, count: int) -> int:
        """Give the first of `count` ids that follow one another."""
        first = self.next()
        self._last += count - 1
        return first


def time_of(snowflake: int) -> int:
    """Give the moment, in milliseconds, at which an id was made."""
    return snowflake >> LOW_BITS


def first_at(ms: int) -> int:
    """Give the smallest id of a moment."""
    return ms << LOW_BITS
