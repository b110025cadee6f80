"""The clocks."""

import time

from teahouse.clock import SYSTEM_CLOCK


def test_the_wall_clock_counts_milliseconds_since_1970() -> None:
    before = int(time.time() * 1000)
    assert before - 1 <= SYSTEM_CLOCK.now_ms() <= int(time.time() * 1000) + 1


def test_the_monotonic_clock_never_runs_backwards() -> None:
    first = SYSTEM_CLOCK.monotonic()
    assert SYSTEM_CLOCK.monotonic() >= first
