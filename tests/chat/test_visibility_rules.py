"""Which stretches of a room one person may read: the pure rule behind every way of reading."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teahouse.chat.access import FOREVER, Step, readable_ranges

MEMBERSHIPS = ("join", "invite", "leave", "ban", "knock")
MODES = ("joined", "invited", "shared", "world_readable", "nonsense")


@pytest.mark.parametrize(
    ("mode", "ranges"),
    [
        ("world_readable", ((0, FOREVER),)),
        ("shared", ((0, 30),)),
        ("nonsense", ((0, 30),)),
        ("invited", ((10, 30),)),
        ("joined", ((20, 30),)),
    ],
)
def test_who_was_invited_joined_and_left_reads_by_the_mode(
    mode: str, ranges: tuple[tuple[int, int], ...]
) -> None:
    stay = [(10, "invite"), (20, "join"), (30, "leave")]
    assert readable_ranges(stay, [(0, mode)]) == ranges


def test_a_stranger_reads_only_while_the_room_is_world_readable() -> None:
    assert readable_ranges([], [(0, "shared")]) == ()
    assert readable_ranges([], [(1, "shared"), (5, "world_readable"), (9, "joined")]) == ((5, 9),)


def test_coming_back_opens_shared_history_and_no_other() -> None:
    stays = [(10, "join"), (20, "leave"), (30, "join")]
    assert readable_ranges(stays, [(0, "shared")]) == ((0, FOREVER),)
    assert readable_ranges(stays, [(0, "joined")]) == ((10, 20), (30, FOREVER))


def test_the_end_of_ones_own_invite_is_all_that_is_read_of_a_room_never_joined() -> None:
    assert readable_ranges([(10, "invite"), (20, "leave")], [(0, "joined")]) == ((20, 20),)
    assert readable_ranges([(10, "knock"), (20, "ban"), (30, "leave")], [(0, "shared")]) == ((20, 20),)


def is_readable(position: int, memberships: list[Step], visibilities: list[Step]) -> bool:
    """Say it as the specification does: event by event, by what held before or after it."""

    def held(steps: list[Step], at: int, default: str) -> str:
        return next((value for start, value in reversed(steps) if start <= at), default)

    ended = held(memberships, position - 1, "leave"), held(memberships, position, "leave")
    if ended[0] in ("invite", "knock") and ended[1] in ("leave", "ban"):
        return True
    for at in (position - 1, position):
        member, mode = held(memberships, at, "leave"), held(visibilities, at, "shared")
        joins_later = any(start > at and value == "join" for start, value in memberships)
        if mode == "world_readable" or member == "join" or (mode == "invited" and member == "invite"):
            return True
        if mode in ("shared", "nonsense") and joins_later:
            return True
    return False


def steps(values: tuple[str, ...], parity: int) -> st.SearchStrategy[list[Step]]:
    """Make histories whose positions never meet those of the other kind: one event changes one thing."""
    drawn = st.lists(
        st.tuples(st.integers(1, 30), st.sampled_from(values)), max_size=6, unique_by=lambda s: s[0]
    )
    return drawn.map(lambda found: sorted((place * 2 + parity, value) for place, value in found))


@given(steps(MEMBERSHIPS, 0), steps(MODES, 1))
def test_ranges_say_what_the_rule_says_event_by_event(
    memberships: list[Step], visibilities: list[Step]
) -> None:
    ranges = readable_ranges(memberships, visibilities)
    for position in range(1, 70):
        found = any(low <= position <= high for low, high in ranges)
        assert found is is_readable(position, memberships, visibilities), position
