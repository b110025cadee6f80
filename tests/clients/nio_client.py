"""matrix-nio, the Python library under many bots and bridges, as a client of the journeys.

The library keeps rooms, members, receipts and unread counts itself but draws nothing; the small screen here
adds edits, reactions and redactions from the events that nio has parsed.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
from dataclasses import dataclass, field
from typing import Any, TypeVar

import nio  # type: ignore[import-untyped]
from nio.api import RelationshipType  # type: ignore[import-untyped]
from nio.crypto.attachments import decrypt_attachment  # type: ignore[import-untyped]

from tests.actors import Actor
from tests.clients.real_client import SentFile, Shown

R = TypeVar("R")


def _accepted(answer: Any, kind: type[R]) -> R:
    """Return the answer if the server accepted the request and nio could read it; else fail."""
    assert isinstance(answer, kind), f"wanted {kind.__name__}, got {answer!r}"
    return answer


@dataclass
class _Drawn:
    sender: str
    body: str | None
    thread_root: str | None
    edited: bool = False
    redacted: bool = False
    reactions: dict[str, str] = field(default_factory=dict)  # reaction's event id -> key


class _Screen:
    """What a client drawn on nio would show: the events of its timeline callbacks, in their order."""

    def __init__(self) -> None:
        self._drawn: dict[str, _Drawn] = {}

    def take(self, room: nio.MatrixRoom, event: nio.Event) -> None:
        """Draw one event."""
        if isinstance(event, nio.RedactionEvent):
            self._redact(event.redacts)
        elif isinstance(event, nio.ReactionEvent):
            if target := self._drawn.get(event.reacts_to):
                target.reactions[event.event_id] = event.key
        elif isinstance(event, nio.RoomMessageText):
            self._draw_text(room, event)
        elif isinstance(event, nio.RedactedEvent) and event.type == "m.room.message":
            sender = room.user_name(event.sender) or event.sender
            self._drawn[event.event_id] = _Drawn(sender, None, None, redacted=True)

    def _draw_text(self, room: nio.MatrixRoom, event: nio.RoomMessageText) -> None:
        content = event.source["content"]
        relation = content.get("m.relates_to", {})
        target = self._drawn.get(relation.get("event_id", ""))
        if relation.get("rel_type") == "m.replace":
            if target:
                target.body, target.edited = content["m.new_content"]["body"], True
            return
        root = relation["event_id"] if relation.get("rel_type") == "m.thread" else None
        sender = room.user_name(event.sender) or event.sender
        self._drawn[event.event_id] = _Drawn(sender, event.body, root)

    def _redact(self, event_id: str) -> None:
        if target := self._drawn.get(event_id):
            target.body, target.redacted = None, True
        for drawn in self._drawn.values():
            drawn.reactions.pop(event_id, None)

    def shown(self, event_id: str) -> Shown | None:
        """Return how the event is drawn now."""
        drawn = self._drawn.get(event_id)
        if drawn is None:
            return None
        keys = list(drawn.reactions.values())
        reactions = {key: keys.count(key) for key in keys}
        return Shown(
            event_id, drawn.sender, drawn.body, drawn.edited, drawn.redacted, reactions, drawn.thread_root
        )


class NioClient:
    """A person with matrix-nio; see `RealClient` for what the methods promise."""

    def __init__(self, url: str) -> None:
        """Remember the server; nothing is sent."""
        self._url = url
        self._nio = nio.AsyncClient(url, config=nio.AsyncClientConfig(max_limit_exceeded=0, max_timeouts=0))
        self._screen = _Screen()
        self._syncing: asyncio.Task[None] | None = None
        self.user_id = self.access_token = self.device_id = ""

    async def register(self, localpart: str, password: str) -> str:
        """Register through user-interactive authentication with the dummy stage; return the user id."""
        stranger = nio.AsyncClient(self._url)
        try:
            return str(_accepted(await stranger.register(localpart, password), nio.RegisterResponse).user_id)
        finally:
            await stranger.close()

    async def log_in(self, localpart: str, password: str) -> None:
        """Log in by password."""
        flows = _accepted(await self._nio.login_info(), nio.LoginInfoResponse).flows
        assert "m.login.password" in flows
        self._nio.user = localpart
        got = _accepted(
            await self._nio.login(password, device_name="matrix-nio in a test"), nio.LoginResponse
        )
        self.user_id, self.access_token, self.device_id = got.user_id, got.access_token, got.device_id

    async def start(self, initial_sync_limit: int = 20) -> None:
        """Start syncing and return when the first sync is in the model."""
        self._nio.add_event_callback(self._screen.take, nio.Event)
        first = {"room": {"timeline": {"limit": initial_sync_limit}}}
        _accepted(await self._nio.sync(timeout=0, sync_filter=first), nio.SyncResponse)
        self._syncing = asyncio.create_task(self._keep_syncing())

    async def _keep_syncing(self) -> None:
        while True:
            _accepted(await self._nio.sync(timeout=10_000), nio.SyncResponse)

    def _room(self, room_id: str) -> nio.MatrixRoom:
        if self._syncing and self._syncing.done():
            self._syncing.result()  # A sync that failed is why the model is stale: say so.
        return self._nio.rooms[room_id]

    async def set_display_name(self, display_name: str) -> None:
        """Set the own display name."""
        _accepted(await self._nio.set_displayname(display_name), nio.ProfileSetDisplayNameResponse)

    async def create_room(self, room_name: str) -> str:
        """Create a private room and return its id."""
        created = await self._nio.room_create(name=room_name, preset=nio.RoomPreset.private_chat)
        return str(_accepted(created, nio.RoomCreateResponse).room_id)

    async def invite(self, room_id: str, user_id: str) -> None:
        """Invite a user."""
        _accepted(await self._nio.room_invite(room_id, user_id), nio.RoomInviteResponse)

    async def membership(self, room_id: str) -> str | None:
        """Return the own membership as the model has it."""
        if room_id in self._nio.invited_rooms:
            return "invite"
        return "join" if room_id in self._nio.rooms else None

    async def room_name(self, room_id: str) -> str | None:
        """Return the room's name as the model has it."""
        room = self._nio.rooms.get(room_id) or self._nio.invited_rooms.get(room_id)
        return room.display_name if room else None

    async def join(self, room_id: str) -> None:
        """Join the room."""
        _accepted(await self._nio.join(room_id), nio.JoinResponse)

    async def _send(self, room_id: str, event_type: str, content: dict[str, Any]) -> str:
        sent = await self._nio.room_send(room_id, event_type, content)
        return str(_accepted(sent, nio.RoomSendResponse).event_id)

    async def send_text(self, room_id: str, body: str) -> str:
        """Send a text and return the event's id."""
        return await self._send(room_id, "m.room.message", {"msgtype": "m.text", "body": body})

    async def send_file(self, room_id: str, file: SentFile, *, encrypted: bool) -> str:
        """Upload a file and send it, encrypted as an attachment if asked; return the event's id."""
        kind = "application/octet-stream" if encrypted else file.mimetype
        name = None if encrypted else file.file_name
        answer, keys = await self._nio.upload(
            io.BytesIO(file.data), kind, name, encrypt=encrypted, filesize=len(file.data)
        )
        url = _accepted(answer, nio.UploadResponse).content_uri
        content: dict[str, Any] = {
            "msgtype": file.msgtype,
            "body": file.file_name,
            "info": {"mimetype": file.mimetype, "size": len(file.data)},
            **({"file": {**(keys or {}), "url": url}} if encrypted else {"url": url}),
        }
        return await self._send(room_id, "m.room.message", content)

    async def received_file(self, room_id: str, event_id: str) -> SentFile | None:
        """Download the event's file, decrypted where it was encrypted; None if the event isn't there yet."""
        got = await self._nio.room_get_event(room_id, event_id)
        if isinstance(got, nio.RoomGetEventError):
            return None
        content = got.event.source["content"]
        sealed = content.get("file")
        answer = await self._nio.download(sealed["url"] if sealed else content["url"])
        data = bytes(_accepted(answer, nio.MemoryDownloadResponse).body)
        if sealed:
            data = decrypt_attachment(data, sealed["key"]["k"], sealed["hashes"]["sha256"], sealed["iv"])
        return SentFile(content["msgtype"], content["body"], content["info"]["mimetype"], data)

    async def edit_text(self, room_id: str, event_id: str, body: str) -> str:
        """Replace an own text and return the edit's id."""
        content = {
            "msgtype": "m.text",
            "body": f"* {body}",
            "m.new_content": {"msgtype": "m.text", "body": body},
            "m.relates_to": {"rel_type": "m.replace", "event_id": event_id},
        }
        return await self._send(room_id, "m.room.message", content)

    async def react(self, room_id: str, event_id: str, key: str) -> str:
        """React to an event and return the reaction's id."""
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        return await self._send(room_id, "m.reaction", {"m.relates_to": relation})

    async def redact(self, room_id: str, event_id: str) -> str:
        """Redact an event and return the redaction's id."""
        redacted = await self._nio.room_redact(room_id, event_id)
        return str(_accepted(redacted, nio.RoomRedactResponse).event_id)

    async def reply_in_thread(self, room_id: str, root_id: str, body: str) -> str:
        """Reply in the root's thread and return the event's id."""
        relation = {
            "rel_type": "m.thread",
            "event_id": root_id,
            "is_falling_back": True,
            "m.in_reply_to": {"event_id": root_id},
        }
        content = {"msgtype": "m.text", "body": body, "m.relates_to": relation}
        return await self._send(room_id, "m.room.message", content)

    async def shown(self, room_id: str, event_id: str) -> Shown | None:
        """Return how the event is drawn, None if it is not in the model."""
        self._room(room_id)
        return self._screen.shown(event_id)

    async def thread_replies(self, room_id: str, root_id: str) -> tuple[int, str | None]:
        """Return the number of replies in the thread and the body of the latest."""
        replies = self._nio.room_get_event_relations(room_id, root_id, RelationshipType.thread)
        bodies = [event.body async for event in replies if isinstance(event, nio.RoomMessageText)]
        return len(bodies), bodies[0] if bodies else None

    async def page_back(self, room_id: str, limit: int) -> list[str]:
        """Page back to the room's beginning; return all message bodies, oldest first."""
        newest_first: list[str] = []
        start: str | None = None  # Without a start the server begins at the newest event.
        for _ in range(100):
            page = await self._nio.room_messages(room_id, start, limit=limit)
            page = _accepted(page, nio.RoomMessagesResponse)
            newest_first += [event.body for event in page.chunk if isinstance(event, nio.RoomMessageText)]
            if page.end is None:
                return newest_first[::-1]
            start = page.end
        raise AssertionError("the history does not end")

    async def mark_read(self, room_id: str, event_id: str) -> None:
        """Move the read marker and the read receipt to the event."""
        moved = await self._nio.room_read_markers(room_id, event_id, event_id)
        _accepted(moved, nio.RoomReadMarkersResponse)

    async def unread(self, room_id: str) -> int:
        """Return the room's unread count as the model has it."""
        return int(self._room(room_id).unread_notifications)

    async def has_read(self, room_id: str, user_id: str, event_id: str) -> bool:
        """Return whether the model says that the user has read the event."""
        room = self._room(room_id)
        receipts = [room.read_receipts.get(user_id)]
        receipts += room.threaded_read_receipts.get(user_id, {}).values()
        return any(receipt.event_id == event_id for receipt in receipts if receipt is not None)

    async def search(self, words: str) -> list[str]:
        """Search the messages of all own rooms; nio has no search, so the request is made by hand."""
        async with Actor(self._url, self.user_id, self.access_token, self.device_id) as actor:
            wanted = {"search_categories": {"room_events": {"search_term": words}}}
            found = (await actor.post("/search", wanted))["search_categories"]["room_events"]["results"]
        return [hit["result"]["content"]["body"] for hit in found]

    async def log_out(self) -> None:
        """End the session."""
        await self._stop_syncing()
        _accepted(await self._nio.logout(), nio.LogoutResponse)

    async def _stop_syncing(self) -> None:
        if self._syncing:
            self._syncing.cancel()
            with contextlib.suppress(asyncio.CancelledError, AssertionError):
                await self._syncing
            self._syncing = None

    async def close(self) -> None:
        """Stop syncing and free everything; the session on the server stays."""
        await self._stop_syncing()
        await self._nio.close()
