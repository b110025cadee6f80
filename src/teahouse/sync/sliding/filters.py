"""Which rooms a list's filter lets through (MSC4186, "SlidingRoomFilter"). Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from teahouse.sync.sessions import Membership
from teahouse.sync.sliding.asking import ListFilter


@dataclass(frozen=True, slots=True)
class Facts:
    """What filters ask of a user's rooms; what no filter asks for may be empty."""

    members: Mapping[str, Membership]
    dms: frozenset[str]
    types: Mapping[str, str]
    encrypted: frozenset[str]
    tags: Mapping[str, frozenset[str]]
    children: frozenset[str]
    """The rooms in the spaces that the filter names."""


Test = Callable[[str], bool]
NO_TAGS: frozenset[str] = frozenset()


def let_through(wanted: ListFilter, facts: Facts, rooms: Iterable[str]) -> frozenset[str]:
    """Give those of the rooms for which all holds that the filter asks."""
    tests = list(_tests(wanted, facts))
    return frozenset(room_id for room_id in rooms if all(test(room_id) for test in tests))


def _tests(wanted: ListFilter, facts: Facts) -> Iterable[Test]:
    if wanted.is_dm is not None:
        yield lambda room_id: (room_id in facts.dms) is wanted.is_dm
    if wanted.is_encrypted is not None:
        yield lambda room_id: (room_id in facts.encrypted) is wanted.is_encrypted
    if wanted.is_invited is not None:
        yield lambda room_id: _is_invited(facts, room_id) is wanted.is_invited
    if wanted.spaces is not None:
        yield lambda room_id: room_id in facts.children
    yield from _tests_of_type_and_tag(wanted, facts)


def _tests_of_type_and_tag(wanted: ListFilter, facts: Facts) -> Iterable[Test]:
    types, no_types = wanted.room_types, wanted.not_room_types
    if types is not None:
        yield lambda room_id: facts.types.get(room_id) in types
    if no_types is not None:
        yield lambda room_id: facts.types.get(room_id) not in no_types
    tags, no_tags = wanted.tags, wanted.not_tags
    if tags is not None:
        yield lambda room_id: not tags.isdisjoint(facts.tags.get(room_id, NO_TAGS))
    if no_tags is not None:
        yield lambda room_id: no_tags.isdisjoint(facts.tags.get(room_id, NO_TAGS))


def _is_invited(facts: Facts, room_id: str) -> bool:
    member = facts.members.get(room_id)
    return member is not None and member.membership == "invite"
