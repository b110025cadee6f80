"""matrix-js-sdk, the library under Element Web and Cinny, as a client of the journeys.

One Node process hosts the clients of all tests (`js/driver.mjs`); calls go as JSON lines over its
stdin and stdout.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Any, Self

from tests.clients.node import JS_FOLDER
from tests.clients.real_client import SentFile, Shown

CALL_TIMEOUT_S = 180


class DriverError(Exception):
    """A call that the SDK or the server refused; `status` and `errcode` are the server's, if it answered."""

    def __init__(self, text: str, status: int | None, errcode: str | None) -> None:
        """Keep the server's verdict beside the text."""
        super().__init__(text)
        self.status = status
        self.errcode = errcode


class NodeDriver:
    """The Node process and the calls in flight. `stop()` ends the process it started."""

    def __init__(self, process: Process, base_url: str) -> None:
        """Begin reading the outcomes."""
        self.base_url = base_url
        self._process = process
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._ids = itertools.count(1)
        self._names = itertools.count(1)
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def launch(cls, node: str, library: Path, base_url: str, errors: Path) -> Self:
        """Start Node with the driver; what it writes to stderr goes to the file."""
        with errors.open("wb") as stderr:
            process = await asyncio.create_subprocess_exec(
                node,
                str(JS_FOLDER / "driver.mjs"),
                str(library),
                base_url,
                stdin=PIPE,
                stdout=PIPE,
                stderr=stderr,
                limit=16 * 1024 * 1024,
            )
        return cls(process, base_url)

    def new_name(self) -> str:
        """Return a name for a client that no other has."""
        return f"client-{next(self._names)}"

    async def call(self, client: str, verb: str, **args: Any) -> Any:
        """Make one call and return its result; raise DriverError if it was refused."""
        assert self._process.stdin is not None
        call_id = next(self._ids)
        outcome: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[call_id] = outcome
        line = json.dumps({"id": call_id, "client": client, "verb": verb, "args": args})
        self._process.stdin.write(line.encode() + b"\n")
        try:
            return await asyncio.wait_for(outcome, CALL_TIMEOUT_S)
        finally:
            self._waiting.pop(call_id, None)

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            said = json.loads(line)
            outcome = self._waiting.get(said["id"])
            if outcome is None or outcome.done():
                continue
            if "error" in said:
                outcome.set_exception(DriverError(said["error"], said.get("status"), said.get("errcode")))
            else:
                outcome.set_result(said["result"])
        for outcome in self._waiting.values():
            if not outcome.done():
                outcome.set_exception(DriverError("the Node process ended", None, None))

    async def stop(self) -> None:
        """Close the conversation, which ends the process; kill it if it lingers."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 5)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reader


class JsClient:
    """A person with matrix-js-sdk; see `RealClient` for what the methods promise."""

    def __init__(self, driver: NodeDriver) -> None:
        """Take a place in the Node process; nothing is sent."""
        self._driver = driver
        self._name = driver.new_name()
        self.user_id = self.access_token = self.device_id = ""

    async def _call(self, verb: str, **args: Any) -> Any:
        return await self._driver.call(self._name, verb, **args)

    async def register(self, localpart: str, password: str) -> str:
        """Register through user-interactive authentication with the dummy stage; return the user id."""
        return str((await self._call("register", localpart=localpart, password=password))["user_id"])

    async def log_in(self, localpart: str, password: str) -> None:
        """Log in by password."""
        got = await self._call("log_in", localpart=localpart, password=password)
        self.user_id, self.access_token = got["user_id"], got["access_token"]
        self.device_id = got["device_id"]

    async def start(self, initial_sync_limit: int = 20, sliding: bool = False) -> None:
        """Start syncing, as `sliding` says by which of the two ways, and return when the first sync is in the model."""
        await self._call("start", initial_sync_limit=initial_sync_limit, sliding=sliding)

    async def set_display_name(self, display_name: str) -> None:
        """Set the own display name."""
        await self._call("set_display_name", display_name=display_name)

    async def create_room(self, room_name: str) -> str:
        """Create a private room and return its id."""
        return str(await self._call("create_room", room_name=room_name))

    async def start_encryption(self) -> None:
        """Make the device's keys; to be called before `start`."""
        await self._call("start_encryption")

    async def create_encrypted_room(
        self, room_name: str, rotates_after: int = 100, is_public: bool = False
    ) -> str:
        """Create an encrypted room, with new keys after so many messages, and return its id."""
        args = {"room_name": room_name, "rotates_after": rotates_after, "is_public": is_public}
        return str(await self._call("create_encrypted_room", **args))

    async def decrypted(self, room_id: str, event_id: str) -> dict[str, Any] | None:
        """Return whether the event came encrypted, and its type and body as they could be read."""
        seen: dict[str, Any] | None = await self._call("decrypted", room_id=room_id, event_id=event_id)
        return seen

    async def invite(self, room_id: str, user_id: str) -> None:
        """Invite a user."""
        await self._call("invite", room_id=room_id, user_id=user_id)

    async def membership(self, room_id: str) -> str | None:
        """Return the own membership as the model has it."""
        membership: str | None = await self._call("membership", room_id=room_id)
        return membership

    async def is_joined(self, room_id: str, user_id: str) -> bool:
        """Return whether the model has the user in the room."""
        return bool(await self._call("is_joined", room_id=room_id, user_id=user_id))

    async def room_name(self, room_id: str) -> str | None:
        """Return the room's name as the model has it."""
        name: str | None = await self._call("room_name", room_id=room_id)
        return name

    async def join(self, room_id: str) -> None:
        """Join the room."""
        await self._call("join", room_id=room_id)

    async def send_text(self, room_id: str, body: str) -> str:
        """Send a text and return the event's id."""
        return str(await self._call("send_text", room_id=room_id, body=body))

    async def send_file(self, room_id: str, file: SentFile, *, encrypted: bool) -> str:
        """Upload a file and send it, encrypted as an attachment if asked; return the event's id."""
        data = base64.b64encode(file.data).decode()
        said = {"msgtype": file.msgtype, "file_name": file.file_name, "mimetype": file.mimetype}
        return str(await self._call("send_file", room_id=room_id, data=data, encrypted=encrypted, **said))

    async def received_file(self, room_id: str, event_id: str) -> SentFile | None:
        """Download the event's file, decrypted where it was encrypted; None if the event isn't there yet."""
        got = await self._call("received_file", room_id=room_id, event_id=event_id)
        if got is None:
            return None
        return SentFile(got["msgtype"], got["file_name"], got["mimetype"], base64.b64decode(got["data"]))

    async def edit_text(self, room_id: str, event_id: str, body: str) -> str:
        """Replace an own text and return the edit's id."""
        return str(await self._call("edit_text", room_id=room_id, event_id=event_id, body=body))

    async def react(self, room_id: str, event_id: str, key: str) -> str:
        """React to an event and return the reaction's id."""
        return str(await self._call("react", room_id=room_id, event_id=event_id, key=key))

    async def redact(self, room_id: str, event_id: str) -> str:
        """Redact an event and return the redaction's id."""
        return str(await self._call("redact", room_id=room_id, event_id=event_id))

    async def reply_in_thread(self, room_id: str, root_id: str, body: str) -> str:
        """Reply in the root's thread and return the event's id."""
        return str(await self._call("reply_in_thread", room_id=room_id, root_id=root_id, body=body))

    async def shown(self, room_id: str, event_id: str) -> Shown | None:
        """Return how the event is drawn, None if it is not in the model."""
        seen = await self._call("shown", room_id=room_id, event_id=event_id)
        return None if seen is None else Shown(**seen)

    async def thread_replies(self, room_id: str, root_id: str) -> tuple[int, str | None]:
        """Return the number of replies in the thread and the body of the latest."""
        seen = await self._call("thread_replies", room_id=room_id, root_id=root_id)
        return seen["count"], seen["last"]

    async def page_back(self, room_id: str, limit: int) -> list[str]:
        """Page back to the room's beginning; return all message bodies, oldest first."""
        return list(await self._call("page_back", room_id=room_id, limit=limit))

    async def jump_to(self, room_id: str, event_id: str, limit: int) -> list[str]:
        """Open the history around an event and page both ways to its ends; return all message bodies."""
        return list(await self._call("jump_to", room_id=room_id, event_id=event_id, limit=limit))

    async def list_threads(self, room_id: str, mine: bool = False) -> list[tuple[str, str]]:
        """Return the room's threads as the thread panel shows them: the root and the latest reply."""
        listed = await self._call("list_threads", room_id=room_id, mine=mine)
        return [(root, reply) for root, reply in listed]

    async def sleep(self) -> None:
        """Stop syncing and keep the model, as when the lid is closed."""
        await self._call("sleep")

    async def wake(self) -> None:
        """Start syncing again from where it stopped and return when that is in the model."""
        await self._call("wake")

    async def mark_read(self, room_id: str, event_id: str) -> None:
        """Move the read marker and the read receipt to the event."""
        await self._call("mark_read", room_id=room_id, event_id=event_id)

    async def unread(self, room_id: str) -> int:
        """Return the room's unread count as the model has it."""
        return int(await self._call("unread", room_id=room_id))

    async def has_read(self, room_id: str, user_id: str, event_id: str) -> bool:
        """Return whether the model says that the user has read the event."""
        return bool(await self._call("has_read", room_id=room_id, user_id=user_id, event_id=event_id))

    async def search(self, words: str) -> list[str]:
        """Search the messages of all own rooms; return the bodies found, best first."""
        return list(await self._call("search", words=words))

    async def log_out(self) -> None:
        """End the session."""
        await self._call("log_out")

    async def close(self) -> None:
        """Stop syncing and free everything; the session on the server stays."""
        await self._call("close")
