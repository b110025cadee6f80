"""A backup's folder: what lies where in it, and the sum of each file."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from teahouse.backups.manifest import NAME
from teahouse.errors import TeahouseError
from teahouse.kernel.durable import make_folder

DATABASE = "teahouse.db"
KEYS = "keys"
MEDIA = "media"
SETTINGS = "teahouse.toml"
SUMS = "SHA256SUMS"
BLOCK_BYTES = 1 << 20


def key_files(data: Path) -> list[Path]:
    """List the keys of a data folder."""
    return sorted(path for pattern in ("*.key", "*.pem") for path in data.glob(pattern) if path.is_file())


class NewFolder:
    """A backup that is being made; what goes wrong inside the block leaves nothing behind."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._sums: list[str] = []

    def __enter__(self) -> Self:
        """Make the folder; raises TeahouseError where something is already."""
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            what = (
                "a backup" if (self.path / NAME).exists() else "something, perhaps a backup that was cut off"
            )
            raise TeahouseError(f"{self.path} holds {what}: give the name of a new folder")
        make_folder(self.path)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove what is not whole."""
        if error is not None:
            shutil.rmtree(self.path, ignore_errors=True)

    def place(self, name: str) -> Path:
        """Give the path of a file to come, in a folder that is there."""
        path = self.path / name
        for folder in reversed(path.relative_to(self.path).parents[:-1]):
            (self.path / folder).mkdir(exist_ok=True, mode=0o700)
        return path

    def add(self, name: str, sha256: str | None = None) -> None:
        """Note a file that is whole; it is read for its sum unless that is known."""
        path = self.path / name
        path.chmod(0o600)
        self._sums.append(f"{sha256 or file_sum(path)}  {name}\n")

    def copy(self, source: Path, name: str) -> None:
        """Take a small file in."""
        self.place(name).write_bytes(source.read_bytes())
        self.add(name)

    def need(self, size: int) -> None:
        """Raise TeahouseError unless the disk has room for so many bytes."""
        free = shutil.disk_usage(self.path).free
        if free < size:
            raise TeahouseError(f"{self.path} has room for {free >> 20} MiB, and {size >> 20} MiB are needed")

    def seal(self) -> str:
        """Bring everything to the disk and give the sum of the sums."""
        path = self.place(SUMS)
        path.write_text("".join(self._sums))
        path.chmod(0o600)
        # One call for the whole system: one for each file would take hours where there are many.
        os.sync()
        return file_sum(path)


def sqlite_url(path: Path) -> str:
    """Give the address of an SQLite file."""
    return f"sqlite://{path.resolve()}"


def remove_database(path: Path) -> None:
    """Remove an SQLite file, with what may lie beside it."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)


def file_sum(path: Path) -> str:
    """Give the SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def read_sums(folder: Path, expected: str) -> dict[str, str]:
    """Give the sum of each file by name; raises TeahouseError when the list itself is damaged."""
    path = folder / SUMS
    if not path.exists() or file_sum(path) != expected:
        raise TeahouseError(f"{path} is not what it was when the backup was made")
    return dict(_parsed(path))


def _parsed(path: Path) -> Iterator[tuple[str, str]]:
    with path.open() as lines:
        for line in lines:
            sha256, _, name = line.rstrip("\n").partition("  ")
            yield name, sha256
