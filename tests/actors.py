"""The people of our tests: a thin typed client that speaks the Matrix client-server API over HTTP.

Owns the vocabulary of the tests (`alice.create_room()`, `bob.join(room)`, `alice.send_text(room, "hi")`).
It refuses to be clever: no cache, no retry, no hidden state but the connection and a transaction counter.
A request whose status is not the expected one fails the test and shows the answer.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import ssl
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from tests.transport import QuickTransport

Json = dict[str, Any]
PASSWORD = "oolong-and-rain"
CLIENT_API = "/_matrix/client/v3"
_TLS = ssl.create_default_context()  # Loading it for each actor would cost more than the requests.


def segment(value: str) -> str:
    """Return the value percent-encoded as one path segment, slashes included."""
    return quote(value, safe="")


def open_client(url: str) -> httpx.AsyncClient:
    """Return an HTTP client of the server at `url` that waits long enough for a long poll."""
    return httpx.AsyncClient(base_url=url, transport=QuickTransport(_TLS), timeout=60)


@dataclass
class Actor:
    """A user on one device. An empty access token makes a stranger who is not signed in."""

    url: str
    user_id: str
    access_token: str
    device_id: str
    password: str = PASSWORD

    def __post_init__(self) -> None:
        """Open the connection pool; `close()` ends it."""
        self.http = open_client(self.url)
        self._txn_ids = (f"{uuid.uuid4().hex[:8]}.{n}" for n in itertools.count())

    async def __aenter__(self) -> Self:
        """Enter a block that closes the actor's connections at its end."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the actor's connections."""
        await self.close()

    async def close(self) -> None:
        """Close the actor's connections; the access token stays valid."""
        await self.http.aclose()

    # Requests

    async def answer(
        self,
        method: str,
        path: str,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Make one request and return the whole answer, whatever its status.

        A path that does not start with `/_` is taken under `/_matrix/client/v3`.
        """
        full = path if path.startswith(("/_", "/.")) else CLIENT_API + path
        auth = {"Authorization": f"Bearer {self.access_token}"} if self.access_token else {}
        kept = {name: value for name, value in (params or {}).items() if value is not None}
        return await self.http.request(
            method, full, json=json, params=kept or None, headers={**auth, **(headers or {})}
        )

    async def request(
        self,
        method: str,
        path: str,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
        expect: int = 200,
    ) -> Any:
        """Make one request, assert its status and return the decoded JSON body."""
        answer = await self.answer(method, path, json, params)
        assert answer.status_code == expect, (
            f"{method} {answer.request.url.path} by {self.user_id or 'a stranger'}: "
            f"expected {expect}, got {answer.status_code}: {answer.text[:2000]}"
        )
        return answer.json()

    async def refused(
        self,
        method: str,
        path: str,
        status: int,
        errcode: str,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
    ) -> Json:
        """Make one request that must be refused with this status and `errcode`; return the error's body."""
        body: Json = await self.request(method, path, json, params, expect=status)
        assert body.get("errcode") == errcode, f"{method} {path}: expected {errcode}, got {body}"
        assert isinstance(body.get("error"), str), f"{method} {path}: no words for people in {body}"
        return body

    async def get(self, path: str, **params: Any) -> Any:
        """GET the path and return its JSON."""
        return await self.request("GET", path, params=params)

    async def put(self, path: str, json: Any) -> Any:
        """PUT the JSON to the path and return the answer's JSON."""
        return await self.request("PUT", path, json)

    async def post(self, path: str, json: Any = None) -> Any:
        """POST the JSON (an empty object if none is given) and return the answer's JSON."""
        return await self.request("POST", path, {} if json is None else json)

    def next_txn_id(self) -> str:
        """Return a transaction id that this actor has never used."""
        return next(self._txn_ids)

    # Session

    async def log_in_again(self, device_id: str | None = None) -> Actor:
        """Log the same user in by password and return them on the other device."""
        body: Json = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": self.user_id},
            "password": self.password,
        }
        if device_id is not None:
            body["device_id"] = device_id
        got = await self.post("/login", body)
        return Actor(self.url, got["user_id"], got["access_token"], got["device_id"], self.password)

    async def log_out(self) -> None:
        """End this device's session."""
        await self.post("/logout")

    async def whoami(self) -> Json:
        """Return whom the server takes this actor for."""
        return dict(await self.get("/account/whoami"))

    # Rooms and membership

    async def create_room(self, **options: Any) -> str:
        """Create a room with the given `createRoom` fields and return its id."""
        return str((await self.post("/createRoom", options))["room_id"])

    async def invite(self, room_id: str, user: Actor | str, reason: str | None = None) -> None:
        """Invite a user to the room."""
        await self._membership(room_id, "invite", user, reason)

    async def kick(self, room_id: str, user: Actor | str, reason: str | None = None) -> None:
        """Remove a user from the room."""
        await self._membership(room_id, "kick", user, reason)

    async def ban(self, room_id: str, user: Actor | str, reason: str | None = None) -> None:
        """Ban a user from the room."""
        await self._membership(room_id, "ban", user, reason)

    async def unban(self, room_id: str, user: Actor | str, reason: str | None = None) -> None:
        """Lift a user's ban."""
        await self._membership(room_id, "unban", user, reason)

    async def _membership(self, room_id: str, verb: str, user: Actor | str, reason: str | None) -> None:
        body: Json = {"user_id": user.user_id if isinstance(user, Actor) else user}
        if reason is not None:
            body["reason"] = reason
        await self.post(f"/rooms/{segment(room_id)}/{verb}", body)

    async def join(self, room_id_or_alias: str, **body: Any) -> str:
        """Join a room by id or alias and return its id."""
        return str((await self.post(f"/join/{segment(room_id_or_alias)}", body))["room_id"])

    async def knock(self, room_id_or_alias: str, **body: Any) -> str:
        """Ask to be let into a room and return its id."""
        return str((await self.post(f"/knock/{segment(room_id_or_alias)}", body))["room_id"])

    async def leave(self, room_id: str, **body: Any) -> None:
        """Leave the room, or turn an invite or knock down."""
        await self.post(f"/rooms/{segment(room_id)}/leave", body)

    async def forget(self, room_id: str) -> None:
        """Forget a room that was left."""
        await self.post(f"/rooms/{segment(room_id)}/forget")

    async def joined_rooms(self) -> list[str]:
        """Return the ids of the rooms this actor is in."""
        return list((await self.get("/joined_rooms"))["joined_rooms"])

    async def members(self, room_id: str, **params: Any) -> list[Json]:
        """Return the room's member events."""
        return list((await self.get(f"/rooms/{segment(room_id)}/members", **params))["chunk"])

    async def joined_members(self, room_id: str) -> Json:
        """Return the profiles of the joined members by user id."""
        return dict((await self.get(f"/rooms/{segment(room_id)}/joined_members"))["joined"])

    # State

    async def state(self, room_id: str, event_type: str, state_key: str = "") -> Json:
        """Return the content of one piece of the room's state."""
        return dict(await self.get(self._state_path(room_id, event_type, state_key)))

    async def full_state(self, room_id: str) -> list[Json]:
        """Return every event of the room's state."""
        return list(await self.get(f"/rooms/{segment(room_id)}/state"))

    async def set_state(self, room_id: str, event_type: str, content: Json, state_key: str = "") -> str:
        """Set one piece of the room's state and return the event's id."""
        path = self._state_path(room_id, event_type, state_key)
        return str((await self.put(path, content))["event_id"])

    @staticmethod
    def _state_path(room_id: str, event_type: str, state_key: str) -> str:
        return f"/rooms/{segment(room_id)}/state/{segment(event_type)}/{segment(state_key)}"

    # Messages

    async def send(self, room_id: str, event_type: str, content: Json, txn_id: str | None = None) -> str:
        """Send a message event and return its id."""
        path = f"/rooms/{segment(room_id)}/send/{segment(event_type)}/{segment(txn_id or self.next_txn_id())}"
        return str((await self.put(path, content))["event_id"])

    async def send_text(
        self, room_id: str, body: str, txn_id: str | None = None, extra: Json | None = None
    ) -> str:
        """Send a plain text message, with further content fields if given, and return its id."""
        content = {"msgtype": "m.text", "body": body, **(extra or {})}
        return await self.send(room_id, "m.room.message", content, txn_id)

    async def edit_text(self, room_id: str, event_id: str, body: str) -> str:
        """Replace the text of an own message and return the edit's id."""
        extra = {
            "m.new_content": {"msgtype": "m.text", "body": body},
            "m.relates_to": {"rel_type": "m.replace", "event_id": event_id},
        }
        return await self.send_text(room_id, f"* {body}", extra=extra)

    async def react(self, room_id: str, event_id: str, key: str) -> str:
        """Annotate an event with the key and return the reaction's id."""
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        return await self.send(room_id, "m.reaction", {"m.relates_to": relation})

    async def reply_in_thread(self, room_id: str, root_id: str, body: str) -> str:
        """Send a text into the thread that starts at the root and return its id."""
        relation = {
            "rel_type": "m.thread",
            "event_id": root_id,
            "is_falling_back": True,
            "m.in_reply_to": {"event_id": root_id},
        }
        return await self.send_text(room_id, body, extra={"m.relates_to": relation})

    async def redact(self, room_id: str, event_id: str, reason: str | None = None) -> str:
        """Redact an event and return the redaction's id."""
        path = f"/rooms/{segment(room_id)}/redact/{segment(event_id)}/{segment(self.next_txn_id())}"
        return str((await self.put(path, {} if reason is None else {"reason": reason}))["event_id"])

    async def event(self, room_id: str, event_id: str) -> Json:
        """Return one event as this actor may see it."""
        return dict(await self.get(f"/rooms/{segment(room_id)}/event/{segment(event_id)}"))

    async def messages(self, room_id: str, direction: str = "b", **params: Any) -> Json:
        """Return one page of the room's history: `chunk`, `start` and, unless it is the last, `end`."""
        path = f"/rooms/{segment(room_id)}/messages"
        return dict(await self.request("GET", path, params={"dir": direction, **params}))

    async def context(self, room_id: str, event_id: str, **params: Any) -> Json:
        """Return the event with its surroundings."""
        return dict(await self.get(f"/rooms/{segment(room_id)}/context/{segment(event_id)}", **params))

    async def relations(self, room_id: str, event_id: str, *kinds: str, **params: Any) -> Json:
        """Return the events that relate to this one, optionally by relation type and event type."""
        path = "/".join(
            ["/_matrix/client/v1/rooms", segment(room_id), "relations", *map(segment, (event_id, *kinds))]
        )
        return dict(await self.request("GET", path, params=params))

    # Signals

    async def read(
        self, room_id: str, event_id: str, kind: str = "m.read", thread_id: str | None = None
    ) -> None:
        """Send a read receipt for the event."""
        body = {} if thread_id is None else {"thread_id": thread_id}
        await self.post(f"/rooms/{segment(room_id)}/receipt/{segment(kind)}/{segment(event_id)}", body)

    async def type(self, room_id: str, typing: bool = True, timeout_ms: int = 30_000) -> None:
        """Say that the actor types in the room, or stopped."""
        body = {"typing": typing, "timeout": timeout_ms} if typing else {"typing": False}
        await self.put(f"/rooms/{segment(room_id)}/typing/{segment(self.user_id)}", body)

    # Sync

    async def sync(self, since: str | None = None, timeout_ms: int = 0, **params: Any) -> Json:
        """Make one sync request and return its whole answer."""
        return dict(await self.get("/sync", since=since, timeout=timeout_ms, **params))

    async def sync_until(
        self, seen: Callable[[Json], bool], since: str | None = None, within_s: float = 20, **params: Any
    ) -> Json:
        """Long-poll from the token until an answer satisfies `seen`; return that answer.

        Fails when the deadline passes; each answer is shown to `seen` once and in order.
        """
        deadline = time.monotonic() + within_s
        answers: list[Json] = []
        while (left := deadline - time.monotonic()) > 0:
            got = await self.sync(since, timeout_ms=min(int(left * 1000), 5000), **params)
            if seen(got):
                return got
            answers.append(got)
            since = got["next_batch"]
        raise AssertionError(f"{self.user_id} waited {within_s} s in vain; the last answers: {answers[-2:]}")

    async def wait_for(
        self, room_id: str, event_id: str, since: str | None = None, within_s: float = 20
    ) -> Json:
        """Long-poll until the event is in the room's timeline and return that sync answer."""

        def seen(answer: Json) -> bool:
            return any(event["event_id"] == event_id for event in timeline(answer, room_id))

        return await self.sync_until(seen, since, within_s)


def joined_room(answer: Json, room_id: str) -> Json:
    """Return what a sync answer says of a joined room; empty if nothing."""
    room: Json = answer.get("rooms", {}).get("join", {}).get(room_id, {})
    return room


def timeline(answer: Json, room_id: str) -> list[Json]:
    """Return the events of a joined room's timeline in a sync answer."""
    events: list[Json] = joined_room(answer, room_id).get("timeline", {}).get("events", [])
    return events


def bodies(events: list[Json]) -> list[str]:
    """Return the bodies of the messages among the events, in order."""
    return [e["content"]["body"] for e in events if e["type"] == "m.room.message" and "body" in e["content"]]


def unread(answer: Json, room_id: str) -> tuple[int, int]:
    """Return the room's notification count and highlight count in a sync answer, -1 where it is silent."""
    counts = joined_room(answer, room_id).get("unread_notifications", {})
    return counts.get("notification_count", -1), counts.get("highlight_count", -1)


def fresh_localpart(name: str) -> str:
    """Return a localpart that starts with the name and that no other test has used."""
    return f"{name}-{uuid.uuid4().hex[:10]}"


async def register(
    url: str, shared_secret: str, localpart: str, password: str = PASSWORD, admin: bool = False
) -> Actor:
    """Make a user through the shared-secret registration of operators' tools and return them signed in."""
    path = "/_synapse/admin/v1/register"
    async with open_client(url) as http:
        nonce = (await http.get(path)).raise_for_status().json()["nonce"]
        role = "admin" if admin else "notadmin"
        message = "\0".join((nonce, localpart, password, role)).encode()
        mac = hmac.new(shared_secret.encode(), message, hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": localpart, "password": password, "admin": admin, "mac": mac}
        answer = await http.post(path, json=body)
    assert answer.status_code == 200, (
        f"registration of {localpart}: {answer.status_code} {answer.text[:2000]}"
    )
    got = answer.json()
    return Actor(url, got["user_id"], got["access_token"], got["device_id"], password)


async def eventually(condition: Callable[[], bool], what: str, within_s: float = 20) -> None:
    """Poll a condition of this process until it holds; fail with `what` when the deadline passes."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"waited {within_s} s in vain for: {what}"
        await asyncio.sleep(0.01)
