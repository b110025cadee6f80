"""Restoring a backup into an empty place, of the same kind or another.

A marker lies in the data folder from the first file to the last: meanwhile no server starts there, and a restore that
was cut off goes on when it is begun again. The database comes last, whole.
"""

import asyncio
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from teahouse.app import SYNC_MARK
from teahouse.backups.folder import DATABASE, KEYS, MEDIA, file_sum, read_sums, remove_database, sqlite_url
from teahouse.backups.manifest import Manifest, read_manifest
from teahouse.config import Config
from teahouse.e2ee import forget_one_time_keys
from teahouse.errors import TeahouseError
from teahouse.kernel.durable import UNFINISHED, held_data_folder, sync_folder, write_secret
from teahouse.kernel.storage import (
    Database,
    SchemaTooNew,
    Tx,
    all_migrations,
    copy_database,
    forget,
    migrate,
    open_database,
    refuse_full,
    seal_sqlite_file,
)
from teahouse.media import Archive, StoredObject, bytes_of, objects_of

Seen = Callable[[str, int, int], None]
BLOCK_BYTES = 1 << 20


class Damaged(TeahouseError):
    """A file of the backup is not what it was."""


@dataclass
class Restored:
    """What came back."""

    manifest: Manifest
    objects: int = 0
    lost: list[str] = field(default_factory=list)
    """Objects that the backup has not, or not whole."""


class _Restore:
    """One restore: where from, where to, and what is known of it."""

    def __init__(self, source: Path, config: Config, *, keep_going: bool, seen: Seen) -> None:
        self.source, self.config, self.keep_going, self.seen = source, config, keep_going, seen
        self.manifest = read_manifest(source)
        self.sums = read_sums(source, self.manifest.sums)
        self.marker = config.data / UNFINISHED
        self.sqlite_path = config.database.sqlite_path
        beside = self.sqlite_path or config.data / DATABASE
        self.staged = beside.with_name(beside.name + ".restoring")
        self.done = Restored(self.manifest)

    async def run(self) -> Restored:
        """Check the place, fill it, and open it."""
        self._check_schema()
        goes_on = self._check_folder()
        with held_data_folder(self.config.data):
            archive = Archive(self.config.media) if self.manifest.has_media else None
            try:
                if not goes_on:
                    await self._check_empty(archive)
                write_secret(self.marker, self.manifest.sums)
                self._restore_keys()
                await asyncio.to_thread(self._stage_database)
                await self._fill(archive)
                await self._open()
            finally:
                if archive is not None:
                    await archive.close()
        return self.done

    def _check_schema(self) -> None:
        unknown = set(self.manifest.schema) - {step.number for step in all_migrations("sqlite")}
        if unknown:
            raise SchemaTooNew(
                f"This backup has schema {max(unknown)}, which this Teahouse does not know: "
                f"use the newer one that made it ({self.manifest.made_by})"
            )

    def _check_folder(self) -> bool:
        """Refuse a folder that holds something; True when a restore of this very backup was begun there."""
        data = self.config.data
        if self.marker.exists():
            if self.marker.read_text().strip() != self.manifest.sums:
                raise TeahouseError(
                    f"The restore of another backup into {data} was not finished: remove that folder"
                )
            return True
        held = sorted(path.name for path in data.iterdir()) if data.exists() else []
        held = [name for name in held if name != "server.lock"]
        if held:
            raise TeahouseError(
                f"The data folder {data} is not empty, it holds {', '.join(held[:3])}: "
                "give --data the name of a new one"
            )
        return False

    async def _check_empty(self, archive: Archive | None) -> None:
        await refuse_full(self.config.database)
        if archive is not None and not await archive.is_empty():
            raise TeahouseError(f"The store of media {archive.shown} is not empty: give --media another")

    def _restore_keys(self) -> None:
        for name in self.sums:
            if name.startswith(f"{KEYS}/"):
                self._check(name)
                write_secret(
                    self.config.data / Path(name).name, (self.source / name).read_text().rstrip("\n")
                )

    def _check(self, name: str) -> None:
        path = self.source / name
        if not path.is_file() or file_sum(path) != self.sums[name]:
            raise Damaged(
                f"{path} is not what it was when the backup was made; nothing can be restored without it"
            )

    def _stage_database(self) -> None:
        """Copy the database to where a server does not look for it."""
        remove_database(self.staged)
        total = self.manifest.database_bytes
        descriptor = os.open(self.staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as copy, (self.source / DATABASE).open("rb") as file:
            digest = hashlib.sha256()
            while block := file.read(BLOCK_BYTES):
                digest.update(block)
                copy.write(block)
                self.seen("database", copy.tell(), total)
        if digest.hexdigest() != self.sums.get(DATABASE):
            raise _damaged(self.source / DATABASE)

    async def _fill(self, archive: Archive | None) -> None:
        """Bring the database to today's schema, and put back the files that it names."""
        database = await open_database(sqlite_url(self.staged), upgrade=False)
        try:
            await migrate(database)
            await database.run_alone(_begin_anew)
            if archive is not None:
                await self._restore_media(archive, database)
        finally:
            await database.close()
        seal_sqlite_file(self.staged)

    async def _restore_media(self, archive: Archive, database: Database) -> None:
        await archive.open()
        total, done = await bytes_of(database), 0
        self.seen("media", 0, total)
        async for page in objects_of(database):
            await asyncio.gather(*(self._restore_object(archive, one) for one in page))
            done += sum(one.size for one in page)
            self.seen("media", done, total)

    async def _restore_object(self, archive: Archive, wanted: StoredObject) -> None:
        name = f"{MEDIA}/{wanted.name}"
        path, sha256 = self.source / name, self.sums.get(name)
        if sha256 is not None and path.is_file() and await archive.restore(wanted, path, sha256):
            self.done.objects += 1
            return
        self.done.lost.append(wanted.name)
        # What the store had lost already when the backup was made is nobody's news.
        if sha256 is not None and not self.keep_going:
            raise Damaged(
                f"{path} is not what it was when the backup was made; --keep-going restores the rest without it"
            )

    async def _open(self) -> None:
        """Put the database in its place, and let servers start."""
        if self.sqlite_path is not None:
            self.staged.rename(self.sqlite_path)
            sync_folder(self.sqlite_path.parent)
        else:
            staged = sqlite_url(self.staged)
            await copy_database(staged, self.config.database, hold_writes=True, seen=self.seen)
            remove_database(self.staged)
        self.marker.unlink()
        sync_folder(self.config.data)


def _damaged(path: Path) -> Damaged:
    return Damaged(f"{path} is not what it was when the backup was made; nothing can be restored without it")


async def restore_backup(source: Path, config: Config, *, keep_going: bool, seen: Seen) -> Restored:
    """Fill an empty data folder, database and store with a backup, whatever kind they are of.

    Every file is compared with its sum on the way; `keep_going` leaves damaged media out instead of stopping. What is
    cut off goes on when it is begun again. One-time keys are emptied, and tokens of sync are given anew: apps may know
    more than the backup does. Raises Damaged, NotEmpty, SchemaTooNew, and TeahouseError for what is no backup.
    """
    return await _Restore(source, config, keep_going=keep_going, seen=seen).run()


async def _begin_anew(tx: Tx) -> None:
    await forget_one_time_keys(tx)
    await forget(tx, SYNC_MARK)
