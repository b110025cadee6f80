"""G48: guessing gets slower with each wrong try, for the account and for the address."""

from teahouse.accounts.guessing import FREE_TRIES, GuessLimits
from teahouse.errors import LimitExceeded
from teahouse.kernel.http import Bucket, RateLimiter
from tests.accounts.conftest import SetClock

ALICE, BOB = "@alice:example.org", "@bob:example.org"


def limits(clock: SetClock, burst: int = 1000) -> GuessLimits:
    """Make limits on a clock that stands still."""
    buckets = {"login": Bucket(0.2, burst)}
    return GuessLimits(RateLimiter(buckets, clock.monotonic), clock, enabled=True)


def wait_ms(guesses: GuessLimits, account: str, address: str = "192.0.2.1") -> int:
    """Make one more try and give how long it has to wait, 0 when it may go on."""
    try:
        guesses.begin(account, address)
    except LimitExceeded as error:
        return error.retry_after_ms
    return 0


def test_the_delay_of_an_account_grows_and_leaves_others_alone(clock: SetClock) -> None:
    guesses = limits(clock)
    assert [wait_ms(guesses, ALICE) for _ in range(FREE_TRIES)] == [0] * FREE_TRIES
    first = wait_ms(guesses, ALICE)
    assert 9_000 < first <= 10_001
    clock.forward(11)
    assert wait_ms(guesses, ALICE) == 0
    assert wait_ms(guesses, ALICE) > first
    assert wait_ms(guesses, BOB) == 0


def test_at_most_about_a_dozen_guesses_an_hour_after_the_free_ones(clock: SetClock) -> None:
    guesses = limits(clock)
    allowed = 0
    for _ in range(3600):
        clock.forward(1)
        allowed += wait_ms(guesses, ALICE) == 0
    assert allowed <= FREE_TRIES + 12


def test_success_clears_the_account_and_a_quiet_time_too(clock: SetClock) -> None:
    guesses = limits(clock)
    for _ in range(FREE_TRIES - 1):
        wait_ms(guesses, ALICE)
    guesses.begin(ALICE, "192.0.2.1")
    guesses.succeeded(ALICE, "192.0.2.1")
    assert [wait_ms(guesses, ALICE) for _ in range(FREE_TRIES)] == [0] * FREE_TRIES
    assert wait_ms(guesses, ALICE) > 0
    clock.forward(16 * 60)
    assert wait_ms(guesses, ALICE) == 0


def test_one_address_cannot_try_many_accounts(clock: SetClock) -> None:
    guesses = limits(clock, burst=10)
    waits = [wait_ms(guesses, f"@user{number}:example.org") for number in range(11)]
    assert waits[:10] == [0] * 10
    assert waits[10] > 0
    assert wait_ms(guesses, BOB, "198.51.100.1") == 0


def test_a_whole_ipv6_network_counts_as_one_address(clock: SetClock) -> None:
    guesses = limits(clock, burst=10)
    waits = [wait_ms(guesses, f"@user{n}:example.org", f"2001:db8:1:2::{n:x}") for n in range(11)]
    assert waits[10] > 0


def test_a_try_that_was_never_checked_does_not_count(clock: SetClock) -> None:
    guesses = limits(clock)
    for _ in range(20):
        guesses.begin(ALICE, "192.0.2.1")
        guesses.not_checked(ALICE, "192.0.2.1")


def test_switched_off_nobody_waits(clock: SetClock) -> None:
    guesses = GuessLimits(RateLimiter({}, clock.monotonic), clock, enabled=False)
    for _ in range(100):
        guesses.begin(ALICE, "192.0.2.1")
