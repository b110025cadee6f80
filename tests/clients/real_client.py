"""What a journey may ask of a real client, whichever library is behind it.

Owns the vocabulary shared by `nio_client` and `js_client`. An answer always comes from the library's own
model or its own parser, so that a journey proves what a person would see on the screen.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Shown:
    """One event as the client would draw it; the body is None once redacted."""

    event_id: str
    sender: str
    body: str | None
    edited: bool = False
    redacted: bool = False
    reactions: dict[str, int] = field(default_factory=dict)
    thread_root: str | None = None


@dataclass(frozen=True)
class SentFile:
    """A file as it goes into a message: what kind of message, its name, its type, its bytes."""

    msgtype: str
    file_name: str
    mimetype: str
    data: bytes


class RealClient(Protocol):
    """A person with a real client library. Every method speaks to the server or reads the library's model."""

    user_id: str
    access_token: str
    device_id: str

    async def register(self, localpart: str, password: str) -> str:
        """Register through user-interactive authentication with the dummy stage; return the user id."""

    async def log_in(self, localpart: str, password: str) -> None:
        """Log in by password."""

    async def start(self, initial_sync_limit: int = 20) -> None:
        """Start syncing and return when the first sync is in the model."""

    async def set_display_name(self, display_name: str) -> None:
        """Set the own display name."""

    async def create_room(self, room_name: str) -> str:
        """Create a private room and return its id."""

    async def invite(self, room_id: str, user_id: str) -> None:
        """Invite a user."""

    async def membership(self, room_id: str) -> str | None:
        """Return the own membership as the model has it."""

    async def room_name(self, room_id: str) -> str | None:
        """Return the room's name as the model has it."""

    async def join(self, room_id: str) -> None:
        """Join the room."""

    async def send_text(self, room_id: str, body: str) -> str:
        """Send a text and return the event's id."""

    async def send_file(self, room_id: str, file: SentFile, *, encrypted: bool) -> str:
        """Upload a file and send it, encrypted as an attachment if asked; return the event's id."""

    async def received_file(self, room_id: str, event_id: str) -> SentFile | None:
        """Download the event's file, decrypted where it was encrypted; None if the event isn't there yet."""

    async def edit_text(self, room_id: str, event_id: str, body: str) -> str:
        """Replace an own text and return the edit's id."""

    async def react(self, room_id: str, event_id: str, key: str) -> str:
        """React to an event and return the reaction's id."""

    async def redact(self, room_id: str, event_id: str) -> str:
        """Redact an event and return the redaction's id."""

    async def reply_in_thread(self, room_id: str, root_id: str, body: str) -> str:
        """Reply in the root's thread and return the event's id."""

    async def shown(self, room_id: str, event_id: str) -> Shown | None:
        """Return how the event is drawn, None if it is not in the model."""

    async def thread_replies(self, room_id: str, root_id: str) -> tuple[int, str | None]:
        """Return the number of replies in the thread and the body of the latest."""

    async def page_back(self, room_id: str, limit: int) -> list[str]:
        """Page back to the room's beginning; return all message bodies, oldest first."""

    async def mark_read(self, room_id: str, event_id: str) -> None:
        """Move the read marker and the read receipt to the event."""

    async def unread(self, room_id: str) -> int:
        """Return the room's unread count as the model has it."""

    async def has_read(self, room_id: str, user_id: str, event_id: str) -> bool:
        """Return whether the model says that the user has read the event."""

    async def search(self, words: str) -> list[str]:
        """Search the messages of all own rooms; return the bodies found, best first."""

    async def log_out(self) -> None:
        """End the session."""

    async def close(self) -> None:
        """Stop syncing and free everything; the session on the server stays."""


async def until(
    ask: Callable[[], Awaitable[T]],
    holds: Callable[[T], bool],
    what: str,
    within_s: float = 20,
) -> T:
    """Ask until the answer satisfies `holds`; return it, or fail at the deadline with `what`."""
    deadline = time.monotonic() + within_s
    while True:
        answer = await ask()
        if holds(answer):
            return answer
        assert time.monotonic() < deadline, (
            f"waited {within_s} s in vain for {what}; the last answer: {answer!r}"
        )
        await asyncio.sleep(0.01)


async def until_shown(
    client: RealClient, room_id: str, event_id: str, body: str | None = None, within_s: float = 20
) -> Shown:
    """Wait until the client draws the event, with this body if one is given."""
    shown = await until(
        lambda: client.shown(room_id, event_id),
        lambda seen: seen is not None and (body is None or seen.body == body),
        f"{client.user_id} to see {body or event_id}",
        within_s,
    )
    assert shown is not None
    return shown


async def share_a_room(host: RealClient, guest: RealClient, room_name: str) -> str:
    """Let the host create a room and the guest join it by invite; wait until both models know it."""
    room_id = await host.create_room(room_name)
    await host.invite(room_id, guest.user_id)
    await until(lambda: guest.membership(room_id), lambda m: m == "invite", "the invite")
    await guest.join(room_id)
    for client in (host, guest):
        await until(
            lambda who=client: who.membership(room_id),  # type: ignore[misc]
            lambda membership: membership == "join",
            "the room",
        )
    return room_id
