"""Stored filters of sync (specification, "Filtering"): checked, kept once per content, read from memory."""

import hashlib
from typing import Annotated, Any, Literal

import msgspec
import orjson
from cachetools import LRUCache
from msgspec import Meta, Struct

from teahouse.accounts import store_people as store
from teahouse.errors import BadJson, InvalidParam, NotFound, TooLarge
from teahouse.ids import is_room_id, is_user_id
from teahouse.kernel.http import JsonObject
from teahouse.kernel.storage import Database

MOST_BYTES = 64 * 1024
MOST_FILTERS = 2000
MOST_PATTERNS = 100

Texts = Annotated[list[str], Meta(max_length=1000)] | None
Flag = bool | None


class EventFilterForm(Struct):
    """The wire form of an event filter."""

    limit: Annotated[int, Meta(ge=0)] | None = None
    types: Texts = None
    not_types: Texts = None
    senders: Texts = None
    not_senders: Texts = None

    def has_too_many_patterns(self) -> bool:
        """Say whether either list of types holds more entries with a star than can be tried on each event."""
        lists = (self.types or (), self.not_types or ())
        return any(sum("*" in entry for entry in listed) > MOST_PATTERNS for listed in lists)

    def user_ids(self) -> list[str]:
        """Give everything that has to be a user id."""
        return [*(self.senders or ()), *(self.not_senders or ())]


class RoomEventFilterForm(EventFilterForm):
    """The wire form of a filter of room events."""

    rooms: Texts = None
    not_rooms: Texts = None
    contains_url: Flag = None
    lazy_load_members: Flag = None
    include_redundant_members: Flag = None
    unread_thread_notifications: Flag = None
    related_by_senders: Texts = None
    related_by_rel_types: Texts = None

    def user_ids(self) -> list[str]:
        """Give everything that has to be a user id."""
        return [*super().user_ids(), *(self.related_by_senders or ())]


class RoomFilterForm(Struct):
    """The wire form of a filter of rooms."""

    rooms: Texts = None
    not_rooms: Texts = None
    include_leave: Flag = None
    timeline: RoomEventFilterForm | None = None
    state: RoomEventFilterForm | None = None
    ephemeral: RoomEventFilterForm | None = None
    account_data: RoomEventFilterForm | None = None


class FilterForm(Struct):
    """The wire form of a whole filter."""

    event_fields: Texts = None
    event_format: Literal["client", "federation"] = "client"
    presence: EventFilterForm | None = None
    account_data: EventFilterForm | None = None
    room: RoomFilterForm | None = None


def check_filter(definition: JsonObject) -> None:
    """Raise BadJson or InvalidParam for whatever is no filter."""
    try:
        form = msgspec.convert(definition, FilterForm)
    except msgspec.ValidationError as error:
        raise BadJson(f"This is no filter: {error}") from error
    room = form.room or RoomFilterForm()
    in_rooms = [part for part in (room.timeline, room.state, room.ephemeral, room.account_data) if part]
    of_events = [part for part in (form.presence, form.account_data, *in_rooms) if part]
    users = [user_id for part in of_events for user_id in part.user_ids()]
    lists = [room.rooms, room.not_rooms, *(one for part in in_rooms for one in (part.rooms, part.not_rooms))]
    rooms = [room_id for listed in lists for room_id in listed or ()]
    if not all(map(is_user_id, users)) or not all(map(is_room_id, rooms)):
        raise InvalidParam("The filter names something that is not a user id or room id")
    if any(part.has_too_many_patterns() for part in of_events):
        raise InvalidParam(f"A list of types may have at most {MOST_PATTERNS} entries with a *")


class Filters:
    """Filters by the id that the server gave them; ids are small numbers, and each user has his own."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._cache: LRUCache[tuple[str, int], JsonObject] = LRUCache(20_000)
        db.on_reset(self._cache.clear)

    async def create(self, user_id: str, definition: JsonObject) -> str:
        """Keep a filter and give its id; raises BadJson, InvalidParam and TooLarge."""
        check_filter(definition)
        content = orjson.dumps(definition, option=orjson.OPT_SORT_KEYS)
        if len(content) > MOST_BYTES:
            raise TooLarge("A filter may have at most 64 KiB")
        digest = hashlib.sha256(content).hexdigest()
        given = await self._db.write(
            lambda tx: store.put_filter(tx, user_id, digest, content.decode(), MOST_FILTERS)
        )
        if given is None:
            raise TooLarge(f"At most {MOST_FILTERS} filters are kept for you; use one of them")
        return str(given)

    async def get(self, user_id: str, filter_id: str) -> dict[str, Any]:
        """Give a stored filter as it was sent; raises NotFound. The caller must not change it."""
        number = int(filter_id) if filter_id.isascii() and filter_id.isdigit() and len(filter_id) < 10 else -1
        known = self._cache.get((user_id, number))
        if known is None:
            content = await self._db.read(lambda tx: store.find_filter(tx, user_id, number))
            if content is None:
                raise NotFound("There is no such filter")
            known = self._cache[(user_id, number)] = orjson.loads(content)
        return known
