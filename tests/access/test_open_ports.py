"""A server that nobody configured is reached at one place only: the port it names, on this machine (G42)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.actors import Actor
from tests.media.files import PIXEL, token_of, upload
from tests.running_server import RunningServer, already_running

LISTENS = "0A"
pytestmark = pytest.mark.skipif(
    already_running() is not None or sys.platform != "linux",
    reason="the server's processes are somewhere else, or the system tells nothing of them",
)


def sockets() -> Iterator[tuple[str, str, str]]:
    """Give what waits for strangers on this machine: kind, address and port as the system writes them, and inode."""
    for kind in ("tcp", "tcp6", "udp", "udp6"):
        path = Path("/proc/net") / kind
        for line in path.read_text().splitlines()[1:] if path.exists() else ():
            fields = line.split()
            if kind.startswith("udp") or fields[3] == LISTENS:
                yield kind, fields[1], fields[9]


def inodes_of(pid: int) -> set[str]:
    """Give the sockets that a process holds."""
    found = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(link.readlink())
        except OSError:
            continue
        found |= {target[8:-1]} if target.startswith("socket:[") else set()
    return found


def family_of(pid: int) -> Iterator[int]:
    """Give a process and all that descend from it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from family_of(int(child))


def process_at(inode: str) -> int:
    """Find the process that holds a socket."""
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and inode in inodes_of(int(folder.name)):
                return int(folder.name)
        except OSError:
            continue
    raise AssertionError("nobody holds the server's port")


async def test_one_port_is_open_and_on_this_machine_alone(server: RunningServer, alice: Actor) -> None:
    picture = await upload(alice, PIXEL, "image/png")
    path = f"/_matrix/client/v1/media/thumbnail/{server.server_name}/{picture}"
    # So that the processes that look into files are there, too.
    answer = await alice.http.get(path, params={"width": 32, "height": 32}, headers=token_of(alice))
    assert answer.status_code == 200, answer.text
    home = f"0100007F:{urlsplit(server.url).port:04X}"
    waiting = list(sockets())
    pid = process_at(next(inode for kind, address, inode in waiting if (kind, address) == ("tcp", home)))
    held = set().union(*(inodes_of(one) for one in family_of(pid)))
    assert [(kind, address) for kind, address, inode in waiting if inode in held] == [("tcp", home)]
