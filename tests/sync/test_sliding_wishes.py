"""The pure parts of sliding sync: wishes for state, places in a list, what a connection remembers."""

from __future__ import annotations

import pytest

from teahouse.sync.sliding.connection import Connection, Told, kept_members
from teahouse.sync.sliding.lists import places_of
from teahouse.sync.sliding.wishes import MEMBER, RoomWish, StateRule, merged


def wish(*include: tuple[str | None, str | None], limit: int = 1, lazy: bool = False) -> RoomWish:
    return RoomWish(limit, frozenset({StateRule(frozenset(include), frozenset(), lazy)}))


def test_a_pattern_for_all_types_leaves_lazy_members_out_but_named_ones_stay() -> None:
    lazy = wish((None, None), (MEMBER, "@me:x"), lazy=True)
    assert lazy.wants("m.room.name", "")
    assert lazy.wants(MEMBER, "@me:x")
    assert not lazy.wants(MEMBER, "@other:x")
    assert wish((None, None)).wants(MEMBER, "@other:x")
    assert (lazy.named_members(), wish((None, None)).named_members()) == ({"@me:x"}, None)


def test_what_is_excluded_is_not_wanted_unless_another_rule_wants_it() -> None:
    strict = RoomWish(1, frozenset({StateRule(frozenset({(None, None)}), frozenset({("a", None)}))}))
    assert strict.wants("b", "x")
    assert not strict.wants("a", "x")
    both = merged([strict, wish(("a", "x"), limit=5)])
    assert both is not None
    assert both.wants("a", "x")
    assert both.limit == 5


def test_a_lazy_wish_does_not_take_members_from_another_that_wants_all() -> None:
    both = merged([wish((None, None), lazy=True), wish((None, None))])
    assert both is not None
    assert both.wants(MEMBER, "@other:x")
    assert both.lazy


def test_a_wish_exceeds_another_by_events_or_by_state() -> None:
    small = wish(("a", ""))
    assert not small.exceeds(small, 1)
    assert wish(("a", ""), limit=2).exceeds(small, 1)
    assert not wish(("a", ""), limit=2).exceeds(small, 2)
    large = merged([small, wish(("b", ""))])
    assert large is not None
    assert large.exceeds(small, 1)
    assert not small.exceeds(large, 1)


@pytest.mark.parametrize(
    ("ranges", "places"),
    [
        ([(0, 2)], [0, 1, 2]),
        ([(3, 4), (0, 1)], [0, 1, 3, 4]),
        ([(0, 3), (2, 4)], [0, 1, 2, 3, 4]),
        ([(0, 4), (1, 2)], [0, 1, 2, 3, 4]),
        ([(8, 20)], [8, 9]),
        ([(10, 20)], []),
        ([], []),
    ],
)
def test_ranges_name_places(ranges: list[tuple[int, int]], places: list[int]) -> None:
    assert [int(room) for room in places_of(iter(map(str, range(10))), ranges)] == places


def test_a_connection_takes_an_answer_for_told_only_when_its_position_comes_back() -> None:
    connection = Connection("@a:x", "D", "")
    draft = connection.begin_draft(5)
    draft.rooms["!r"] = Told(wish(), 1, "join")
    first = connection.answered(draft)
    assert connection.rooms == {}
    assert connection.is_new
    assert connection.resume(first)
    assert "!r" in connection.rooms
    lost = connection.begin_draft(6)
    lost.rooms["!r"] = None
    connection.answered(lost)
    assert connection.resume(first)
    assert "!r" in connection.rooms
    second = connection.answered(connection.begin_draft(7))
    assert connection.resume(second)
    assert not connection.resume(first)
    assert connection.state.position == 7


def test_of_very_many_members_only_the_last_ones_are_remembered() -> None:
    many = frozenset(map(str, range(299)))
    assert kept_members(many, {"1"}, {"x"}) == (many - {"1"}) | {"x"}
    assert kept_members(many, set(), {"x", "y"}) == {"x", "y"}
    assert kept_members(many, {"other"}, {"1"}) is many
