"""One worker process: starts it, gives it jobs, and sees to it that it is gone when it should be.

The worker is not trusted: what it says is decoded strictly and bounded, and it has no more time than is given here.
"""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys

import msgspec
import structlog

from teahouse.decoding import MOST_MESSAGE_BYTES, Answer, Assignment, Failure, Job, Kind, Read
from teahouse.errors import Unavailable
from teahouse.media.processing.sources import Source

START_S = 60.0
WALL_S: dict[Kind, float] = {"picture": 60.0, "heic": 60.0, "moving": 150.0}
"""More than the processor time by far: on a busy machine a polite worker waits."""
_log = structlog.get_logger(__name__)
MOST_READ_BYTES = 4 * 1024 * 1024

_messages: msgspec.msgpack.Decoder[Answer | Read] = msgspec.msgpack.Decoder(Answer | Read)


class WorkerLost(Exception):
    """The worker ended in the middle of a job; `failure` is what to say of the file.

    `is_proven` says that the job went over a limit of its own; else the process may have died of something else.
    """

    def __init__(self, failure: Failure, *, is_proven: bool) -> None:
        super().__init__(failure.words)
        self.failure = failure
        self.is_proven = is_proven


class Worker:
    """A running worker process of one kind. One job at a time."""

    def __init__(self, kind: Kind, process: subprocess.Popen[bytes], channel: socket.socket) -> None:
        self.kind = kind
        self.jobs_done = 0
        self._process = process
        self._channel = channel

    @classmethod
    async def start(cls, kind: Kind) -> "Worker":
        """Start a process and wait until it is confined and ready; raises Unavailable."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with theirs:
            # Starting costs the loop a millisecond (vfork); a thread or a watcher for it would cost more.
            process = subprocess.Popen(  # noqa: ASYNC220, S603
                [sys.executable, "-I", "-m", "teahouse.decoding", kind],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "1048576"},
                cwd="/",
            )
        worker = cls(kind, process, ours)
        try:
            async with asyncio.timeout(START_S):
                await worker._receive()
        except (TimeoutError, OSError, EOFError, msgspec.MsgspecError):
            await worker.stop()
            _log.error("worker_did_not_start", kind=kind)
            raise Unavailable("Files can't be processed right now") from None
        except BaseException:
            await worker.stop()
            raise
        return worker

    @property
    def is_alive(self) -> bool:
        """Tell whether the process still runs: the system may have ended it while it rested."""
        return self._process.poll() is None

    async def do(self, job: Job, source: Source) -> Answer:
        """Have a job done; raises WorkerLost when the process ends or overruns, and OSError from the source."""
        self.jobs_done += 1
        try:
            async with asyncio.timeout(WALL_S[self.kind]):
                await self._assign(job, source)
                while isinstance(message := await self._receive(), Read):
                    await self._hand_over(message, source)
                return message
        except TimeoutError:
            _log.warning("a worker took too long", kind=self.kind, job=type(job).__name__)
            raise WorkerLost(Failure("too_large", "It takes too long to process"), is_proven=True) from None
        except (EOFError, ConnectionError, msgspec.MsgspecError):
            failure = await self._last_words()
            _log.warning(
                "a worker was lost", kind=self.kind, job=type(job).__name__, status=self._process.returncode
            )
            is_proven = self._process.returncode == -signal.SIGXCPU
            raise WorkerLost(failure, is_proven=is_proven) from None

    async def stop(self) -> None:
        """End the process, and wait until nothing of it is left."""
        self._channel.close()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await asyncio.shield(asyncio.to_thread(self._process.wait))

    async def _assign(self, job: Job, source: Source) -> None:
        descriptor = source.open()
        written = msgspec.msgpack.encode(Assignment(job, source.size, descriptor is not None))
        framed = len(written).to_bytes(4, "big") + written
        try:
            # The socket is empty between jobs, so this much always fits at once.
            sent = socket.send_fds(self._channel, [framed], [descriptor] if descriptor is not None else [])
        finally:
            if descriptor is not None:
                os.close(descriptor)
        if sent != len(framed):
            raise ConnectionError("The worker takes no job")

    async def _hand_over(self, wanted: Read, source: Source) -> None:
        if not (wanted.offset >= 0 and 0 < wanted.length <= MOST_READ_BYTES):
            raise ConnectionError("The worker asks for what can't be read")
        await asyncio.get_running_loop().sock_sendall(
            self._channel, await source.read(wanted.offset, wanted.length)
        )  # fmt: skip

    async def _receive(self) -> Answer | Read:
        length = int.from_bytes(await self._exactly(4), "big")
        if length > MOST_MESSAGE_BYTES:
            raise ConnectionError("The worker says too much")
        return _messages.decode(await self._exactly(length))

    async def _exactly(self, length: int) -> bytearray:
        loop = asyncio.get_running_loop()
        received = bytearray(length)
        view, filled = memoryview(received), 0
        while filled < length:
            count = await loop.sock_recv_into(self._channel, view[filled:])
            if count == 0:
                raise EOFError
            filled += count
        return received

    async def _last_words(self) -> Failure:
        """Say of what the process died: of its limits, or of the file."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(self._process.wait, 1.0)
        if self._process.returncode in {-signal.SIGXCPU, -signal.SIGKILL}:
            return Failure("too_large", "It takes too much to process")
        return Failure("broken", "It can't be decoded")
