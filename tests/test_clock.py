"""The clocks."""

import time

from teahouse.clock import SYSTEM_CLOCK, Clock


def test_the_wall_clock_counts_milliseconds_since_1970() -> None:
    before = int(time.time() * 1000)
    assert before - 1 <= SYSTEM_CLOCK.now_ms() <= int(time.time() * 1000) + 1


def test_the_monotonic_clock_never_runs_backwards() -> None:
    first = SYSTEM_CLOCK.monotonic()
    assert SYSTEM_CLOCK.monotonic() >= first


def test_the_steady_clock_does_not_follow_when_the_machines_time_is_set() -> None:
    class Machine(Clock):
        wall_ms, seconds = 1_000_000_000_000, 50.0

        def now_ms(self) -> int:
            return self.wall_ms

        def monotonic(self) -> float:
            return self.seconds

    machine = Machine()
    assert machine.steady_ms() == 1_000_000_000_000
    for jump_ms in (3_600_000, -7_200_000, 10**11):
        machine.wall_ms += jump_ms
        machine.seconds += 1
    assert machine.steady_ms() == 1_000_000_003_000
