"""Owns the worker's end of the socket to the server: messages with their length in front, and reads.

The server's end is `media/processing/worker.py`.
"""

import io
import os
import socket
from typing import Any

import msgspec

from teahouse.decoding.confine import admit_file
from teahouse.decoding.jobs import Answer, Assignment, Read

LENGTH_BYTES = 4
MOST_READ_BYTES = 1024 * 1024
_assignments = msgspec.msgpack.Decoder(Assignment)


def send(server: socket.socket, message: Answer | Read) -> None:
    """Send one message."""
    written = msgspec.msgpack.encode(message)
    server.sendall(len(written).to_bytes(LENGTH_BYTES, "big"))
    server.sendall(written)


def receive_assignment(server: socket.socket) -> tuple[Assignment, int | None] | None:
    """Wait for the next job and the descriptor that may come with it; None when the server is gone."""
    admit_file(True)
    head, descriptors, _, _ = socket.recv_fds(server, LENGTH_BYTES, 1)
    admit_file(False)
    if len(head) < LENGTH_BYTES:
        return None
    body = _exactly(server, int.from_bytes(head, "big"))
    assignment = _assignments.decode(body)
    return assignment, descriptors[0] if descriptors else None


def _exactly(server: socket.socket, length: int) -> bytes:
    received = bytearray(length)
    view, filled = memoryview(received), 0
    while filled < length:
        count = server.recv_into(view[filled:])
        if count == 0:
            # The server is gone, and with it whoever wanted this.
            os._exit(0)
        filled += count
    return bytes(received)


class RemoteFile(io.RawIOBase):
    """A file that lies elsewhere: each read asks the server for the bytes."""

    def __init__(self, server: socket.socket, size: int) -> None:
        self._server = server
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that any part of it can be read."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move; asks for nothing."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        """Say where the next read begins."""
        return self._at

    def readall(self) -> bytes:
        """Read the rest, in as few requests as may be."""
        read = bytearray(max(0, self._size - self._at))
        view, filled = memoryview(read), 0
        while filled < len(read):
            filled += self.readinto(view[filled:])
        return bytes(read)

    def readinto(self, buffer: Any) -> int:
        """Read as much as fits, or as there is."""
        length = min(len(buffer), max(0, self._size - self._at), MOST_READ_BYTES)
        if length:
            send(self._server, Read(self._at, length))
            buffer[:length] = _exactly(self._server, length)
            self._at += length
        return length
