"""Making a backup, beside the running server or without it.

The database comes first, as it is at one moment; then the files that this copy names, which never change: so every
row has its file. Only reads of the server.
"""

import asyncio
import datetime
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from teahouse.backups.folder import DATABASE, KEYS, MEDIA, SETTINGS, NewFolder, key_files, sqlite_url
from teahouse.backups.manifest import FORMAT, NAME, Manifest, encode_manifest
from teahouse.config import Config
from teahouse.errors import TeahouseError
from teahouse.kernel.durable import write_secret
from teahouse.kernel.storage import (
    Database,
    applied_steps,
    copy_database,
    copy_sqlite_file,
    open_database,
    recall,
    seal_sqlite_file,
)
from teahouse.media import Archive, StoredObject, bytes_of, objects_of, still_named

Seen = Callable[[str, int, int], None]
SPARE_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be saved, and where to."""

    target: Path
    settings_file: Path | None
    has_media: bool


@dataclass
class _Objects:
    """What became of the objects."""

    count: int = 0
    bytes: int = 0
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


async def make_backup(config: Config, wanted: Wanted, seen: Seen) -> Manifest:
    """Save everything that was acknowledged before this began; `seen` is told the part, what is done and of how much.

    What fails leaves no folder. Objects that the store itself has lost are named in the manifest and don't fail it.
    Raises TeahouseError.
    """
    began = datetime.datetime.now(datetime.UTC)
    with NewFolder(wanted.target) as folder:
        await _copy_database(config, folder, seen)
        for path in key_files(config.data):
            folder.copy(path, f"{KEYS}/{path.name}")
        if wanted.settings_file is not None:
            folder.copy(wanted.settings_file, SETTINGS)
        objects = _Objects()
        async with _opened(folder.path / DATABASE) as copy:
            server_name = await copy.read(lambda tx: recall(tx, "server_name"))
            schema = sorted(await copy.run_alone(applied_steps))
            if wanted.has_media:
                await _copy_media(config, folder, copy, objects, seen)
        if server_name is None:
            raise TeahouseError("No server has used this database yet: there is nothing to save")
        seal_sqlite_file(folder.path / DATABASE)
        folder.add(DATABASE)
        manifest = Manifest(
            format=FORMAT, made_by=f"teahouse {version('teahouse')}", server_name=server_name,
            began=began.isoformat(timespec="seconds"), schema=schema, database=config.database.shown,
            database_bytes=(folder.path / DATABASE).stat().st_size, media_store=str(config.media.store),
            has_media=wanted.has_media, objects=objects.count, object_bytes=objects.bytes, sums=folder.seal(),
            missing=objects.missing, damaged=objects.damaged,
        )  # fmt: skip
        write_secret(folder.path / NAME, encode_manifest(manifest))
    return manifest


async def _copy_database(config: Config, folder: NewFolder, seen: Seen) -> None:
    target, path = folder.path / DATABASE, config.database.sqlite_path
    if path is None:
        await copy_database(config.database, sqlite_url(target), hold_writes=False, seen=seen)
        return
    folder.need((path.stat().st_size if path.exists() else 0) + SPARE_BYTES)
    is_over = threading.Event()

    def told(done: int, total: int) -> None:
        if is_over.is_set():
            raise InterruptedError
        seen("database", done, total)

    try:
        await asyncio.to_thread(copy_sqlite_file, path, target, told)
    finally:
        is_over.set()


@asynccontextmanager
async def _opened(path: Path) -> AsyncIterator[Database]:
    database = await open_database(sqlite_url(path), upgrade=False)
    try:
        yield database
    finally:
        await database.close()


async def _copy_media(
    config: Config, folder: NewFolder, copy: Database, objects: _Objects, seen: Seen
) -> None:
    total = await bytes_of(copy)
    folder.need(total + SPARE_BYTES)
    archive = Archive(config.media)
    try:
        seen("media", 0, total)
        async for page in objects_of(copy):
            await asyncio.gather(*(_copy_object(archive, folder, one, objects) for one in page))
            seen("media", objects.bytes, total)
    finally:
        await archive.close()
    if objects.missing:
        await _forgive_removed(config, objects)


async def _copy_object(archive: Archive, folder: NewFolder, wanted: StoredObject, objects: _Objects) -> None:
    name = f"{MEDIA}/{wanted.name}"
    sha256 = await archive.save(wanted, folder.place(name))
    if sha256 is None:
        objects.missing.append(wanted.name)
        return
    if wanted.sha256 not in {None, sha256}:
        objects.damaged.append(wanted.name)
    folder.add(name, sha256)
    objects.count += 1
    objects.bytes += wanted.size


async def _forgive_removed(config: Config, objects: _Objects) -> None:
    """Keep of the missing objects those that the server still names: others were removed while we copied."""
    live = await open_database(config.database, upgrade=False)
    try:
        named = await still_named(live, objects.missing)
    finally:
        await live.close()
    objects.missing = sorted(named & set(objects.missing))
