"""Account data: what an app keeps for its user, for all rooms or for one; tags and the ignore list are such.

Each change takes a position and is announced as `Fact(kind="account_data", user_id, room_id, body=AccountData)`,
with no room_id for global account data.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from cachetools import LRUCache

from teahouse.accounts import store_people as store
from teahouse.accounts.records import AccountData
from teahouse.errors import BadJson, InvalidParam, NotFound, TooLarge
from teahouse.kernel.http import JsonObject
from teahouse.kernel.storage import Database, Tx
from teahouse.kernel.stream import Fact

MOST_BYTES = 64 * 1024
MOST_TYPE_BYTES = 255
MOST_IN_ROOM = 500
MOST_IN_ALL = 50_000
MOST_CHARS_IN_ALL = 16 * 1024 * 1024
"""A first sync has to carry them all."""
MOST_TAGS = 100
BY_SERVER_ONLY = frozenset({"m.fully_read", "m.push_rules"})
IGNORED_USERS = "m.ignored_user_list"
TAGS = "m.tag"

WithinIgnoring = Callable[[Tx, str, frozenset[str]], Awaitable[None]]


class AccountDataOf:
    """Reads and writes account data, always of one user; who may ask is checked at the routes."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._ignored: LRUCache[str, frozenset[str]] = LRUCache(20_000)
        self._epoch = 0
        self._sizes: LRUCache[str, int] = LRUCache(20_000)
        """Characters of all that a user keeps, for those who wrote lately."""
        self._within_ignoring: list[WithinIgnoring] = []
        db.on_reset(self._forget_all)

    def within_ignoring(self, hook: WithinIgnoring) -> None:
        """Await `hook(tx, user_id, ignored)` inside each write that changes whom a user ignores."""
        self._within_ignoring.append(hook)

    async def get(self, user_id: str, room_id: str, kind: str) -> JsonObject:
        """Give one piece; raises NotFound."""
        content = await self._db.read(lambda tx: store.find_account_data(tx, user_id, room_id, kind))
        if content is None:
            raise NotFound("There is no such account data")
        found: JsonObject = orjson.loads(content)
        return found

    async def find_in(self, tx: Tx, user_id: str, room_id: str, kind: str) -> JsonObject | None:
        """Give one piece inside a job, or None."""
        content = await store.find_account_data(tx, user_id, room_id, kind)
        return None if content is None else orjson.loads(content)

    async def put(self, user_id: str, room_id: str, kind: str, content: JsonObject) -> None:
        """Set one piece; raises BadJson (405) for types that only the server sets, TooLarge, InvalidParam."""
        if kind in BY_SERVER_ONLY:
            raise BadJson(f"Cannot set {kind} through this API", status=405)
        await self._db.write(lambda tx: self.put_in(tx, user_id, room_id, kind, content))

    async def put_in(self, tx: Tx, user_id: str, room_id: str, kind: str, content: JsonObject) -> int:
        """Set one piece inside the caller's write, of any type, and give its position."""
        text = orjson.dumps(content).decode()
        if len(text.encode()) > MOST_BYTES:
            raise TooLarge("A piece of account data may have at most 64 KiB")
        if not 0 < len(kind.encode()) <= MOST_TYPE_BYTES:
            raise InvalidParam("A type of account data must have 1 to 255 bytes")
        before = await store.find_account_data(tx, user_id, room_id, kind)
        if before is None:
            in_room, in_all = await store.count_account_data(tx, user_id, room_id)
            if in_room >= MOST_IN_ROOM or in_all >= MOST_IN_ALL:
                raise TooLarge("There is too much account data already")
        await self._grow(tx, user_id, len(text) - len(before or ""))
        data = AccountData(room_id, kind, text, tx.next_position())
        await store.put_account_data(tx, user_id, data)
        if kind == IGNORED_USERS and not room_id:
            tx.after_commit(lambda: self._forget(user_id))
            for hook in self._within_ignoring:
                await hook(tx, user_id, await ignored_users_in(tx, user_id))
        tx.announce(Fact(data.position, "account_data", room_id=room_id or None, user_id=user_id, body=data))
        return data.position

    async def _grow(self, tx: Tx, user_id: str, more: int) -> None:
        """Count so many more characters (or less) of a user's; raises TooLarge."""
        size = self._sizes.get(user_id)
        if size is None:
            size = self._sizes[user_id] = await store.size_of_account_data(tx, user_id)
        if more > 0 and size + more > MOST_CHARS_IN_ALL:
            raise TooLarge("There is too much account data already")

        def count() -> None:
            if user_id in self._sizes:
                self._sizes[user_id] += more

        tx.after_commit(count)

    async def tags(self, user_id: str, room_id: str) -> JsonObject:
        """Give the user's tags of a room."""
        content = await self._db.read(lambda tx: store.find_account_data(tx, user_id, room_id, TAGS))
        return _tags_of(content)

    async def put_tag(self, user_id: str, room_id: str, tag: str, info: JsonObject) -> None:
        """Put a tag on a room; raises InvalidParam for bad names and orders, and for too many tags."""
        order = info.get("order")
        if order is not None and (isinstance(order, bool) or not isinstance(order, int | float)):
            raise InvalidParam("order must be a number")
        if not 0 < len(tag.encode()) <= MOST_TYPE_BYTES:
            raise InvalidParam("A tag must have 1 to 255 bytes")

        def put(tags: JsonObject) -> None:
            tags[tag] = info
            if len(tags) > MOST_TAGS:
                raise InvalidParam(f"A room may have at most {MOST_TAGS} tags")

        await self._change_tags(user_id, room_id, put)

    async def delete_tag(self, user_id: str, room_id: str, tag: str) -> None:
        """Take a tag off a room."""
        await self._change_tags(user_id, room_id, lambda tags: tags.pop(tag, None))

    async def _change_tags(self, user_id: str, room_id: str, change: Callable[[JsonObject], Any]) -> None:
        async def job(tx: Tx) -> None:
            tags = _tags_of(await store.find_account_data(tx, user_id, room_id, TAGS))
            before = dict(tags)
            change(tags)
            if tags != before:
                await self.put_in(tx, user_id, room_id, TAGS, {"tags": tags})

        await self._db.write(job)

    async def ignored_users(self, user_id: str) -> frozenset[str]:
        """Give whom the user ignores; from memory nearly always."""
        known = self._ignored.get(user_id)
        if known is None:
            epoch = self._epoch
            known = await self._db.read(lambda tx: ignored_users_in(tx, user_id))
            if epoch == self._epoch:
                self._ignored[user_id] = known
        return known

    def _forget(self, user_id: str) -> None:
        self._epoch += 1
        self._ignored.pop(user_id, None)

    def _forget_all(self) -> None:
        self._epoch += 1
        self._ignored.clear()
        self._sizes.clear()


async def ignored_users_in(tx: Tx, user_id: str) -> frozenset[str]:
    """Give whom the user ignores, inside a job."""
    content = await store.find_account_data(tx, user_id, "", IGNORED_USERS)
    listed = orjson.loads(content).get("ignored_users") if content is not None else None
    return frozenset(listed) - {user_id} if isinstance(listed, dict) else frozenset()


async def tags_by_room(tx: Tx, user_id: str) -> dict[str, frozenset[str]]:
    """Give the names of the user's tags, by room."""
    rows = await store.account_data_of_kind(tx, user_id, TAGS)
    return {room_id: frozenset(_tags_of(content)) for room_id, content in rows if room_id}


def _tags_of(content: str | None) -> JsonObject:
    """Give the tags of an m.tag content; an app may have put anything there by the general route."""
    tags = orjson.loads(content).get("tags") if content is not None else None
    return tags if isinstance(tags, dict) else {}
