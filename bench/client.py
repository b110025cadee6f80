"""A Matrix user as the scenarios need one: register, log in, make rooms, join, send, sync, page back.

Owns the paths and bodies of the few client-server API calls that the benchmark makes. Refuses any answer that
is not a success: a benchmark of refusals would measure nothing.
"""

import asyncio
import hashlib
import hmac
import itertools
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import orjson

from bench.wire import Address, Answer, Connection, encode_request

Json = dict[str, Any]
T = TypeVar("T")
PASSWORD = "a long pass phrase for the bench"
ELEMENT_FILTER: Json = {
    "room": {"timeline": {"limit": 20}, "state": {"lazy_load_members": True}},
}
_V3 = "/_matrix/client/v3"
_txn_ids = itertools.count()


class Client:
    """One device of one user, on a connection of its own that is opened when it is first used."""

    def __init__(self, address: Address, user_id: str = "", token: str | None = None) -> None:
        self.address = address
        self.user_id = user_id
        self.token = token
        self.connection = Connection(address)

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def on_own_connection(self) -> "Client":
        """Return the same device on another connection."""
        return Client(self.address, self.user_id, self.token)

    async def call(self, method: str, path: str, body: Json | None = None) -> Json:
        """Make one call and return its answer; raise RuntimeError unless the status is 200."""
        payload = None if body is None else orjson.dumps(body)
        request = encode_request(method, path, self.address, self.token, payload)
        return decode(await self.connection.ask(request), path)

    async def log_in(self) -> "Client":
        """Return a new device of the same user."""
        body = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": self.user_id},
            "password": PASSWORD,
        }
        answer = await self.call("POST", f"{_V3}/login", body)
        return Client(self.address, self.user_id, answer["access_token"])

    async def create_room(self, **options: Any) -> str:
        """Create a public room without an alias and return its id."""
        body = {"preset": "public_chat", "visibility": "private", **options}
        answer = await self.call("POST", f"{_V3}/createRoom", body)
        return str(answer["room_id"])

    async def join(self, room_id: str) -> None:
        """Join a public room."""
        await self.call("POST", f"{_V3}/join/{quote(room_id)}", {})

    def send_request(self, room_id: str, text: str) -> bytes:
        """Return the bytes that send a text message, for a caller that times them himself."""
        path = f"{_V3}/rooms/{quote(room_id)}/send/m.room.message/b{next(_txn_ids)}"
        body = orjson.dumps({"msgtype": "m.text", "body": text})
        return encode_request("PUT", path, self.address, self.token, body)

    async def send(self, room_id: str, text: str) -> str:
        """Send a text message and return its event id."""
        answer = await self.connection.ask(self.send_request(room_id, text))
        return str(decode(answer, "send")["event_id"])

    async def keep_filter(self, definition: Json) -> str:
        """Store a filter, as Element does once for each device, and return its id."""
        path = f"{_V3}/user/{quote(self.user_id)}/filter"
        return str((await self.call("POST", path, definition))["filter_id"])

    def sync_request(self, since: str | None, filter_id: str, timeout_ms: int) -> bytes:
        """Return the bytes of a sync."""
        query = {"filter": filter_id, "timeout": str(timeout_ms)}
        if since is not None:
            query["since"] = since
        path = f"{_V3}/sync?{urlencode(query)}"
        return encode_request("GET", path, self.address, self.token, None)

    async def sync(self, since: str | None, filter_id: str, timeout_ms: int = 0) -> Json:
        """Sync once and return the whole answer."""
        return decode(await self.connection.ask(self.sync_request(since, filter_id, timeout_ms)), "sync")

    async def joined_members(self, room_id: str) -> int:
        """Return how many people are in a room."""
        answer = await self.call("GET", f"{_V3}/rooms/{quote(room_id)}/joined_members")
        return len(answer["joined"])

    async def page_back(self, room_id: str, start: str | None, limit: int) -> Json:
        """Return one page of a room's history, newest first."""
        query = {"dir": "b", "limit": str(limit)}
        if start is not None:
            query["from"] = start
        return await self.call("GET", f"{_V3}/rooms/{quote(room_id)}/messages?{urlencode(query)}")


def decode(answer: Answer | None, what: str) -> Json:
    """Return the body of a successful answer; raise RuntimeError for any other."""
    if answer is None:
        raise ConnectionError(f"{what}: the connection broke")
    if answer.status != 200:
        raise RuntimeError(f"{what}: HTTP {answer.status} {answer.body[:300]!r}")
    body = orjson.loads(answer.body)
    assert isinstance(body, dict)
    return body


async def register(address: Address, secret: str, name: str) -> Client:
    """Make a user through the shared-secret registration that both servers offer."""
    client = Client(address)
    path = "/_synapse/admin/v1/register"
    nonce = (await client.call("GET", path))["nonce"]
    words = "\x00".join([nonce, name, PASSWORD, "notadmin"])
    mac = hmac.new(secret.encode(), words.encode(), hashlib.sha1).hexdigest()
    body = {"nonce": nonce, "username": name, "password": PASSWORD, "admin": False, "mac": mac}
    answer = await client.call("POST", path, body)
    client.user_id, client.token = answer["user_id"], answer["access_token"]
    return client


async def in_parallel(items: Iterable[T], work: Callable[[T], Awaitable[None]], width: int) -> None:
    """Do `work` for every item, at most `width` at the same time; the first error ends it."""
    queue = iter(items)

    async def worker() -> None:
        for item in queue:
            await work(item)

    async with asyncio.TaskGroup() as group:
        for _ in range(width):
            group.create_task(worker())
