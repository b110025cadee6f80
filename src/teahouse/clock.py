"""What time it is: the only module that asks the machine. Tests pass a clock of their own instead.

Owns nothing else; whoever needs the time takes a `Clock` and never calls `time` itself.
"""

import time


class Clock:
    """The machine's two clocks: the wall for timestamps, the monotonic one for durations."""

    def now_ms(self) -> int:
        """Return the wall clock in milliseconds since 1970; it can jump when the machine's time is set."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Return seconds that never run backwards; only differences between two readings mean anything."""
        return time.monotonic()

    def steady_ms(self) -> int:
        """Return the wall clock as it was when first asked, carried on by the monotonic one.

        For lifetimes: when the machine's time is set, nothing ends early and nothing revives.
        """
        start_ms = self.__dict__.setdefault("_start_ms", self.now_ms() - int(self.monotonic() * 1000))
        return int(start_ms) + int(self.monotonic() * 1000)


SYSTEM_CLOCK = Clock()
