"""What a disk holds after a power loss: what was synced, and of the rest nothing, or any part that dice choose.

`power_recorder.c` writes down what a program does to the files below a folder. This replays its journal on what the
folder held before, and puts the folder into the state in which a machine would find it again. Strictly as POSIX has
it: syncing a file keeps its bytes, and its name only once the folder that holds the name is synced, too.
"""

from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.debian import require_program

RECORD = struct.Struct("<c3xIQQQQ")
PAGE = 4096
TRANSIENT = "-shm"
"""SQLite's shared memory has no meaning after a start, and is written without any call."""

Change = Callable[[], None]


def build_recorder(folder: Path) -> Path:
    """Compile the recorder; skips the test where there is no compiler, fails it when CI=true."""
    compiler = require_program(("cc", "gcc"), ("gcc", "libc6-dev"))
    made = folder / "power_recorder.so"
    source = Path(__file__).with_name("power_recorder.c")
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(made), str(source), "-ldl", "-lpthread"]
    subprocess.run(command, check=True)
    return made


@dataclass
class _Node:
    """A file or folder: what is surely on the disk, and what was done to it since, in order."""

    is_folder: bool
    data: bytearray = field(default_factory=bytearray)
    names: dict[str, _Node] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    settled: int = 0

    def settle(self, upto: int) -> None:
        """Bring the changes up to this one to the disk."""
        for change in self.changes[self.settled : upto]:
            change()
        self.settled = max(self.settled, upto)

    def survive(self, dice: random.Random | None) -> None:
        """Let happen with the unsynced changes what the dice say; without dice they are lost."""
        pending = self.changes[self.settled :]
        if dice is None:
            pending = []
        elif self.is_folder:
            # The changes of a folder go to the disk in order.
            del pending[dice.randint(0, len(pending)) :]
        else:
            pending = [change for change in pending if dice.random() < 0.5]
        for change in pending:
            change()

    def write(self, start: int, data: bytes) -> None:
        """Write bytes at a place; what lies between the end and there is zeros."""
        if len(self.data) < start:
            self.data.extend(bytes(start - len(self.data)))
        self.data[start : start + len(data)] = data

    def resize(self, size: int) -> None:
        """Cut the file, or lengthen it with zeros."""
        del self.data[size:]
        self.data.extend(bytes(size - len(self.data)))

    def call(self, name: str, child: _Node | None) -> None:
        """Let a name mean a node, or nothing."""
        if child is None:
            self.names.pop(name, None)
        else:
            self.names[name] = child


class PowerDisk:
    """A folder on a disk whose power can go."""

    def __init__(self, folder: Path, recorder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.journal = folder.with_name(f"{folder.name}.journal")
        self.broken = Path(f"{self.journal}.broken")
        """While this file exists, every sync fails."""
        self.environ = {
            "LD_PRELOAD": str(recorder),
            "POWER_FOLDER": str(folder),
            "POWER_JOURNAL": str(self.journal),
        }
        self._nodes: dict[int, _Node] = {}
        """The node that a number of the file system means now: numbers of removed files come back."""
        self._root = self._begin()

    def lose_power(self, dice: random.Random | None = None) -> None:
        """Put the folder into the state that the disk would have; its program must have ended.

        Without dice nothing stays that wasn't synced. With dice some of it does: any pages of a file, and of a
        folder's changes those up to some moment.
        """
        for node in self._replay():
            node.survive(dice)
        shutil.rmtree(self.folder)
        self._write_down(self._root, self.folder)
        self._root = self._begin()

    def unexplained(self) -> list[str]:
        """Name the files whose bytes don't follow from the journal: then the recorder has missed a call."""
        for node in self._replay():
            node.settle(len(node.changes))
        told = dict(self._files(self._root, self.folder))
        found = {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}
        return sorted(
            str(path)
            for path in {*told, *found}
            if not path.name.endswith(TRANSIENT) and told.get(path) != found.get(path)
        )

    def _begin(self) -> _Node:
        """Take what is there as being on the disk, and start a new journal."""
        self._nodes = {}
        self.journal.write_bytes(b"")
        return self._take_in(self.folder)

    def _take_in(self, path: Path) -> _Node:
        node = self._nodes[path.stat().st_ino] = _Node(path.is_dir())
        if node.is_folder:
            node.names = {child.name: self._take_in(child) for child in path.iterdir()}
        else:
            node.data = bytearray(path.read_bytes())
        return node

    def _replay(self) -> list[_Node]:
        """Read the journal; gives every file and folder that was ever there."""
        nodes = list(self._nodes.values())
        begun: dict[int, int] = {}
        for kind, name, data, number, value in _records(self.journal.read_bytes()):
            if kind in "CM":
                made = self._nodes[number if kind == "C" else value] = _Node(is_folder=kind == "M")
                nodes.append(made)
            node = self._nodes[number]
            if kind == "S":
                begun[value] = len(node.changes)
            elif kind == "E":
                node.settle(begun.pop(value))
            elif kind in "LMU":
                child = None if kind == "U" else self._nodes[value]
                node.changes.append(partial(node.call, name, child))
            elif kind == "T":
                node.changes.append(partial(node.resize, value))
            elif kind == "W":
                # Page by page, as it may reach the disk in part.
                node.changes += [
                    partial(node.write, value + place, data[place : place + PAGE])
                    for place in range(0, len(data), PAGE)
                ]
        return nodes

    def _write_down(self, node: _Node, path: Path) -> None:
        if not node.is_folder:
            path.write_bytes(node.data)
            return
        path.mkdir(mode=0o700)
        for name, child in node.names.items():
            if not name.endswith(TRANSIENT):
                self._write_down(child, path / name)

    def _files(self, node: _Node, path: Path) -> Iterator[tuple[Path, bytes]]:
        if not node.is_folder:
            yield path, bytes(node.data)
        for name, child in node.names.items():
            yield from self._files(child, path / name)


def _records(journal: bytes) -> Iterator[tuple[str, str, bytes, int, int]]:
    """Read the journal; its last record may be cut off, as its writer was killed."""
    place = 0
    while place + RECORD.size <= len(journal):
        kind, name_bytes, data_bytes, a, b, _ = RECORD.unpack_from(journal, place)
        place += RECORD.size
        end = place + name_bytes + data_bytes
        if end > len(journal):
            return
        name = os.fsdecode(journal[place : place + name_bytes])
        yield kind.decode(), name, journal[place + name_bytes : end], a, b
        place = end
