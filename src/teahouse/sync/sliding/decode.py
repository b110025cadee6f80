"""Reads sliding sync requests in both forms: the one that apps send today, and MSC4186 as it was accepted.

org.matrix.simplified_msc3575   position, timeout and presence in the query; `ranges`; state as pairs
v4                              everything in the body; `range`; state as objects to include and exclude
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from teahouse.errors import InvalidParam
from teahouse.kernel.http import FastRequest, JsonObject
from teahouse.sync.sliding.asking import (
    EVERYTHING,
    NO_FILTER,
    ListAsk,
    ListFilter,
    Scoped,
    SlidingAsk,
    ToDeviceAsk,
)
from teahouse.sync.sliding.wishes import MEMBER, Pattern, RoomWish, StateRule

MOST_LISTS = 100
MOST_SUBSCRIPTIONS = 1000
MOST_PATTERNS = 200
MOST_EVENTS = 100
MOST_TIMEOUT_MS = 120_000
MOST_MESSAGES = 100
ME, LAZY, ANY = "$ME", "$LAZY", "*"

Name = Annotated[str, Meta(max_length=255)]
Natural = Annotated[int, Meta(ge=0)]
Place = tuple[Natural, Natural]
Texts = Annotated[list[Name], Meta(max_length=1000)]
Types = Annotated[list[Name | None], Meta(max_length=100)]


class _Filter(Struct):
    is_dm: bool | None = None
    spaces: Texts | None = None
    is_encrypted: bool | None = None
    is_invite: bool | None = None
    is_invited: bool | None = None
    room_types: Types | None = None
    not_room_types: Types | None = None
    tags: Texts | None = None
    not_tags: Texts | None = None


class _OldRoom(Struct):
    timeline_limit: Natural = 0
    required_state: Annotated[list[tuple[Name, Name]], Meta(max_length=MOST_PATTERNS)] = []


class _OldList(_OldRoom):
    ranges: Annotated[list[Place], Meta(max_length=100)] | None = None
    slow_get_all_rooms: bool | None = None
    filters: _Filter | None = None


class _Element(Struct):
    type: Name | None = None
    state_key: Name | None = None


class _State(Struct):
    include: Annotated[list[_Element], Meta(max_length=MOST_PATTERNS)] = []
    exclude: Annotated[list[_Element], Meta(max_length=MOST_PATTERNS)] = []
    lazy_members: bool = False


class _NewRoom(Struct):
    timeline_limit: Natural
    required_state: _State


class _NewList(_NewRoom):
    range: Place | None = None
    filters: _Filter | None = None


class _Extension(Struct):
    enabled: bool | None = None
    lists: Texts | None = None
    rooms: Texts | None = None


class _ToDevice(Struct):
    enabled: bool | None = None
    since: Name | None = None
    limit: Natural | None = None


class _Extensions(Struct):
    to_device: _ToDevice | None = None
    e2ee: _Extension | None = None
    account_data: _Extension | None = None
    receipts: _Extension | None = None
    typing: _Extension | None = None


class _Body(Struct):
    conn_id: Name | None = None
    txn_id: Name | None = None
    extensions: _Extensions | None = None


class _OldBody(_Body):
    lists: Annotated[dict[Name, _OldList], Meta(max_length=MOST_LISTS)] | None = None
    room_subscriptions: Annotated[dict[Name, _OldRoom], Meta(max_length=MOST_SUBSCRIPTIONS)] | None = None


class _NewBody(_Body):
    pos: Name | None = None
    timeout: Natural | None = None
    set_presence: Name | None = None
    lists: Annotated[dict[Name, _NewList], Meta(max_length=MOST_LISTS)] | None = None
    room_subscriptions: Annotated[dict[Name, _NewRoom], Meta(max_length=MOST_SUBSCRIPTIONS)] | None = None


def read_unstable(request: FastRequest, content: JsonObject, newest: int) -> tuple[SlidingAsk, str]:
    """Read a request in the form before MSC4186 was accepted, with the presence it sets.

    Raises InvalidParam, and msgspec.ValidationError for a body of another shape.
    """
    body = msgspec.convert(content, _OldBody)
    query = request.query()
    me = request.caller.user_id
    lists = {
        name: ListAsk(
            None
            if one.slow_get_all_rooms or one.ranges is None
            else tuple(_in_order(place) for place in one.ranges),
            _old_wish(one, me),
            _filter(one.filters),
        )
        for name, one in (body.lists or {}).items()
    }
    subscriptions = {room: _old_wish(one, me) for room, one in (body.room_subscriptions or {}).items()}
    ask = SlidingAsk(
        request.caller, request.token, False, body.conn_id or "", query.get("pos") or None,
        _seconds(query.get("timeout")), lists, subscriptions, txn_id=body.txn_id or "",
    )  # fmt: skip
    _read_extensions(ask, body.extensions, newest)
    return ask, query.get("set_presence", "online")


def read_stable(request: FastRequest, content: JsonObject, newest: int) -> tuple[SlidingAsk, str]:
    """Read a request of the accepted form, with the presence it sets; raises as read_unstable does."""
    body = msgspec.convert(content, _NewBody)
    lists = {
        name: ListAsk(
            None if one.range is None else (_in_order(one.range),), _new_wish(one), _filter(one.filters)
        )
        for name, one in (body.lists or {}).items()
    }
    subscriptions = {room: _new_wish(one) for room, one in (body.room_subscriptions or {}).items()}
    ask = SlidingAsk(
        request.caller, request.token, True, body.conn_id or "", body.pos or None,
        min(body.timeout or 0, MOST_TIMEOUT_MS) / 1000, lists, subscriptions,
    )  # fmt: skip
    _read_extensions(ask, body.extensions, newest)
    return ask, body.set_presence or "online"


def _in_order(place: Place) -> Place:
    if place[0] > place[1]:
        raise InvalidParam("A range must not end before it begins")
    return place


def _seconds(text: str | None) -> float:
    if not text:
        return 0.0
    if not text.isascii() or not text.isdigit():
        raise InvalidParam("timeout must be a number of milliseconds, 0 or more")
    return min(int(text[:15]), MOST_TIMEOUT_MS) / 1000


def _old_wish(room: _OldRoom, me: str) -> RoomWish:
    include: set[Pattern] = set()
    lazy = False
    for event_type, state_key in room.required_state:
        if (event_type, state_key) == (MEMBER, LAZY):
            lazy = True
            continue
        key = me if state_key == ME else None if state_key == ANY else state_key
        include.add((None if event_type == ANY else event_type, key))
    rule = StateRule(frozenset(include), frozenset(), lazy)
    return RoomWish(min(room.timeline_limit, MOST_EVENTS), frozenset({rule}))


def _new_wish(room: _NewRoom) -> RoomWish:
    state = room.required_state
    rule = StateRule(_elements(state.include), _elements(state.exclude), state.lazy_members)
    return RoomWish(min(room.timeline_limit, MOST_EVENTS), frozenset({rule}))


def _elements(elements: list[_Element]) -> frozenset[Pattern]:
    return frozenset((element.type, element.state_key) for element in elements)


def _filter(given: _Filter | None) -> ListFilter:
    if given is None:
        return NO_FILTER
    invited = given.is_invite if given.is_invited is None else given.is_invited
    return ListFilter(
        given.is_dm, _names(given.spaces), given.is_encrypted, invited, _kinds(given.room_types),
        _kinds(given.not_room_types), _names(given.tags), _names(given.not_tags),
    )  # fmt: skip


def _names(texts: list[str] | None) -> frozenset[str] | None:
    return None if texts is None else frozenset(texts)


def _kinds(texts: list[str | None] | None) -> frozenset[str | None] | None:
    # An app whose lists can't be absent sends an empty one and means nothing by it.
    return frozenset(texts) if texts else None


def _read_extensions(ask: SlidingAsk, given: _Extensions | None, newest: int) -> None:
    """Put the extensions that are enabled into the request; unknown ones were passed over."""
    if given is None:
        return
    ask.account_data = _scoped(given.account_data)
    ask.receipts = _scoped(given.receipts)
    ask.typing = _scoped(given.typing)
    ask.e2ee = given.e2ee is not None and given.e2ee.enabled is True
    if given.to_device is not None and given.to_device.enabled:
        limit = MOST_MESSAGES if given.to_device.limit is None else given.to_device.limit
        ask.to_device = ToDeviceAsk(
            _arrived(given.to_device.since, newest), max(1, min(limit, MOST_MESSAGES))
        )


def _scoped(given: _Extension | None) -> Scoped | None:
    if given is None or not given.enabled:
        return None
    return Scoped(_all_unless(given.lists), _all_unless(given.rooms))


def _all_unless(given: list[str] | None) -> frozenset[str]:
    return EVERYTHING if given is None else frozenset(given)


def _arrived(since: Any, newest: int) -> int:
    """Give the position that a to-device token stands for; raises InvalidParam for what is none of ours.

    A token from beyond our data acknowledges nothing: the database may have been restored.
    """
    if not since:
        return 0
    if not since.isascii() or not since.isdigit() or len(since) > 18:
        raise InvalidParam("to_device.since is no token of this server")
    position = int(since)
    return position if position <= newest else 0
