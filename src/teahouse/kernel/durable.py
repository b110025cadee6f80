"""Files and folders that are there after a power loss: their bytes synced, and the folder that holds their name, too.

A file system may keep a file's bytes and forget its name; only a sync of the folder keeps that (decision 23).
"""

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from teahouse.errors import TeahouseError

T = TypeVar("T")
UNFINISHED = "restore.unfinished"
"""Lies in a data folder from the beginning of a restore to its end."""


def make_data_folder(path: Path) -> None:
    """Make the folder that everything is kept in; raises TeahouseError when it can't be, or can't be written to."""
    try:
        make_folder(path)
        with (path / "server.lock").open("a"):
            pass
    except OSError as error:
        raise TeahouseError(
            f"Can't keep anything in the data folder {path} ({error.strerror}): "
            "give --data a folder that this user may write to"
        ) from None


@contextlib.contextmanager
def held_data_folder(path: Path) -> Iterator[None]:
    """Make the data folder and be the only one who serves from it or replaces what is in it; raises TeahouseError.

    Two servers on one SQLite file would not see each other's wake-ups.
    """
    make_data_folder(path)
    with (path / "server.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TeahouseError(
                f"Another Teahouse already runs on the data folder {path}: stop it, or give --data another folder"
            ) from None
        yield


def refuse_unfinished(path: Path) -> None:
    """Raise TeahouseError for a data folder that is being restored, or was when that was stopped."""
    if (path / UNFINISHED).exists():
        raise TeahouseError(
            f"The restore into {path} is not finished: run teahouse backup restore again with the same backup, "
            "or remove the folder"
        )


def make_folder(path: Path) -> None:
    """Make a folder that only its owner may enter, with the folders above it; does nothing when it is there."""
    fresh = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    # One that is there may have been made a moment before a crash.
    for folder in fresh or [path]:
        # Where we may not even read the folder above, we have not made this one.
        with contextlib.suppress(PermissionError):
            sync_folder(folder.parent)


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all, and wait until it is on disk."""
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
    sync_folder(path.parent)


def kept_secret(path: Path, make: Callable[[], str], load: Callable[[str], T]) -> T:
    """Load a secret from its file, which is made first where there is none; raises TeahouseError for a damaged one."""
    if not path.exists():
        write_secret(path, make())
    try:
        return load(path.read_text(encoding="ascii").strip())
    except (ValueError, OSError) as error:
        raise TeahouseError(
            f"The key in {path} can't be read ({type(error).__name__}): put the file back from a backup"
        ) from None


def sync_folder(folder: Path) -> None:
    """Wait until the folder's names are on disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
