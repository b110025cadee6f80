"""A server is saved while people use it, brought back, and moved to another database (G7, G28, G30)."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from teahouse.backups import Damaged, faults_of, restore_backup
from teahouse.config import Config, load
from teahouse.errors import TeahouseError
from teahouse.kernel.storage import CopiedTable, copy_database
from tests.actors import Actor, bodies, fresh_localpart, register, timeline
from tests.cli.commands import command, plain_command
from tests.e2ee.devices import Device, counts
from tests.faults.nursery import QuickServer, quick_server
from tests.faults.witnesses import history
from tests.kernel.databases import fresh_database, opened
from tests.media.files import fetched, upload
from tests.microblog.bloggers import Blogger
from tests.server_process import CLUSTER

WORDS = "oolong für 客人, oolong"
PHOTO = hashlib.sha256(b"leaves").digest() * 9000
KEYS = ("log.key", "sealing.key", "signing.key", "web-push.pem")


def nothing_seen(what: str, done: int, total: int) -> None:
    """Look away."""


@dataclass
class Story:
    """A server that was saved under load, and then died; and what its people know of it."""

    house: QuickServer
    ann: Actor
    ben: Actor
    room_id: str
    media_id: str
    post_id: str
    backup: Path
    data: Path
    source: str
    """The database that it left behind."""

    since: str = ""
    acknowledged: list[str] = field(default_factory=list)
    """What was acknowledged before the backup began, in order."""


async def talk(actor: Actor, room_id: str, said: list[str], over: asyncio.Event) -> None:
    """Send as fast as it is answered."""
    while not over.is_set():
        said.append(await actor.send_text(room_id, WORDS))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def story(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Story]:
    """Play it once."""
    place = tmp_path_factory.mktemp("keeping")
    house = await quick_server(place / "house")
    await house.start()
    secret = house.registration_shared_secret
    ann, ben = [await register(house.url, secret, fresh_localpart(name)) for name in ("ann", "ben")]
    room_id = await ann.create_room(preset="public_chat", name="Tea")
    await ben.join(room_id)
    await Device(ben).publish(5)
    media_id = await upload(ann, PHOTO, "image/png", "leaves.png")
    post = await Blogger(ann).post(WORDS)
    source = house.database or f"sqlite:///{house.data}/teahouse.db"
    told = Story(house, ann, ben, room_id, media_id, post["id"], place / "backup", house.data, source)
    over, said = asyncio.Event(), list[str]()
    talkers = [asyncio.create_task(talk(one, room_id, said, over)) for one in (ann, ben)]
    while len(said) < 20:
        await asyncio.sleep(0)
    told.acknowledged = list(said)
    await command(house, "backup", "make", str(told.backup))
    over.set()
    await asyncio.gather(*talkers)
    told.since = (await ben.sync())["next_batch"]
    house.kill()
    database = house.database
    yield told
    house.database = database
    await ann.close()
    await ben.close()
    await house.remove()


@pytest_asyncio.fixture(loop_scope="session")
async def empty(tmp_path: Path) -> AsyncIterator[str]:
    """An empty database of the kind that the tests run on."""
    async with fresh_database(tmp_path) as url:
        yield url


@pytest_asyncio.fixture(loop_scope="session")
async def new_house(story: Story, empty: str, tmp_path: Path) -> AsyncIterator[QuickServer]:
    """The server's program on another folder and database, at the same address; not started."""
    old = (story.house.data, story.house.log, story.house.database)
    story.house.data, story.house.log = tmp_path / "new", tmp_path / "new.log"
    story.house.database = empty
    yield story.house
    story.house.kill()
    story.house.data, story.house.log, story.house.database = old


def settings(data: Path, database: str) -> Config:
    """Give the settings of a server that isn't started."""
    return load(None, {}, {"data": data, "database": database})


async def test_what_was_acknowledged_before_a_backup_is_in_it(story: Story, new_house: QuickServer) -> None:
    ann, ben = story.ann, story.ben
    assert "every file is whole" in await plain_command("backup", "verify", str(story.backup))
    await command(new_house, "backup", "restore", str(story.backup))
    await new_house.start()
    events = [event["event_id"] for event in await history(ann, story.room_id)]
    kept = [event_id for event_id in events if event_id in set(story.acknowledged)]
    assert len(kept) == len(story.acknowledged)
    assert await fetched(ben, story.media_id) == PHOTO
    assert (await Blogger(ben).get(f"/v1/statuses/{story.post_id}"))["id"] == story.post_id
    await ben.refused("GET", "/sync", 400, "M_INVALID_PARAM", params={"since": story.since})
    one_time, _ = counts(await ben.sync())
    assert one_time == 0, "some were given out after the backup: nobody may get them twice"
    assert await ann.send_text(story.room_id, "and on")
    assert "entr" in await plain_command("log", "verify", new_house.url)
    assert "every file is whole" in await command(new_house, "media", "verify")


async def test_a_backup_is_for_nobody_elses_eyes(story: Story) -> None:
    found = [story.backup, *story.backup.rglob("*")]
    open_ones = [path for path in found if path.stat().st_mode & 0o077]
    assert not open_ones
    assert [path.name for path in sorted((story.backup / "keys").iterdir())] == list(KEYS)
    beside = {path.name for path in story.data.iterdir() if path.is_file()}
    database = {"teahouse.db", "teahouse.db-wal", "teahouse.db-shm"}
    assert beside - database - {"server.lock", "server.log"} == set(KEYS), "a backup must save this, too"


async def test_nothing_is_restored_over_something(story: Story, empty: str, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "letters.txt").write_text("mine")
    with pytest.raises(TeahouseError, match=r"not empty, it holds letters\.txt"):
        await restored(story.backup, settings(tmp_path / "new", empty))
    assert os.listdir(tmp_path / "new") == ["letters.txt"]
    with pytest.raises(TeahouseError, match="already"):
        await restored(story.backup, settings(tmp_path / "other", story.source))


async def restored(backup: Path, config: Config, *, keep_going: bool = False) -> Sequence[str]:
    """Restore, and give what was lost."""
    return (await restore_backup(backup, config, keep_going=keep_going, seen=nothing_seen)).lost


async def test_a_restore_that_was_cut_off_goes_on(story: Story, new_house: QuickServer) -> None:
    config = settings(new_house.data, str(new_house.database))

    def cut(what: str, done: int, total: int) -> None:
        if what == "media" and done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await restore_backup(story.backup, config, keep_going=False, seen=cut)
    assert "is not finished" in await command(new_house, "user", "list", expect=1)
    assert await restored(story.backup, config) == []
    assert story.ann.user_id in await command(new_house, "user", "list", "--json")


async def test_a_damaged_file_is_named_and_only_left_out_when_asked(
    story: Story, empty: str, tmp_path: Path
) -> None:
    backup = tmp_path / "backup"
    shutil.copytree(story.backup, backup)
    photo = next(path for path in (backup / "media").rglob("*") if path.is_file())
    photo.write_bytes(photo.read_bytes()[:-1] + b"?")
    name = str(photo.relative_to(backup))
    assert faults_of(backup, nothing_seen) == [f"damaged {name}"]
    config = settings(tmp_path / "new", empty)
    with pytest.raises(Damaged, match=name):
        await restored(backup, config)
    assert await restored(backup, config, keep_going=True) == [name.removeprefix("media/")]
    with (backup / "teahouse.db").open("r+b") as file:
        file.write(b"?")
    with pytest.raises(Damaged, match=r"teahouse\.db is not what it was"):
        await restored(backup, settings(tmp_path / "newer", f"sqlite:///{tmp_path}/newer/teahouse.db"))
    assert not (tmp_path / "newer" / "teahouse.db").exists()
    (backup / "manifest.json").unlink()
    with pytest.raises(TeahouseError, match="no finished backup"):
        faults_of(backup, nothing_seen)


async def test_a_backup_that_is_cut_off_is_gone(story: Story, tmp_path: Path) -> None:
    (tmp_path / "house").mkdir()
    missing = f"sqlite:///{tmp_path}/house/none.db"
    told = await plain_command(
        "backup", "make", str(tmp_path / "backup"), "--data", str(tmp_path / "house"), "--database", missing,
        expect=1,
    )  # fmt: skip
    assert "There is no database" in told
    assert not (tmp_path / "backup").exists()


async def copied(source: str, target: str) -> list[CopiedTable]:
    """Copy, beside no server."""
    return await copy_database(source, target, hold_writes=True)


async def stop_halfway(source: str, target: str) -> None:
    """Begin a copy and end it in its middle."""

    def seen(what: str, done: int, total: int) -> None:
        if what == "copying" and done > total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await copy_database(source, target, hold_writes=True, seen=seen)


async def searched(actor: Actor, word: str) -> int:
    """Count the messages that are found by a word."""
    found = await actor.post("/search", {"search_categories": {"room_events": {"search_term": word}}})
    return int(found["search_categories"]["room_events"]["count"])


async def test_a_server_goes_on_from_a_copy_of_its_database(
    story: Story, new_house: QuickServer, tmp_path: Path
) -> None:
    """On PostgreSQL it goes from there to SQLite and back."""
    ben, file = story.ben, f"sqlite:///{tmp_path}/copy.db"
    shutil.copytree(story.data, new_house.data)
    first = await copied(story.source, file)
    target = str(new_house.database) if CLUSTER else f"sqlite:///{new_house.data}/second.db"
    await stop_halfway(file, target)
    copy = ("database", "copy", target, "--data", str(new_house.data), "--database", file)
    told = await plain_command(*copy)
    assert f"{len(first)} tables with {sum(table.rows for table in first)} rows are the same" in told
    assert "already" in await plain_command(*copy, expect=1)

    new_house.database = target
    await new_house.start()
    assert "already runs" in await command(new_house, "database", "copy", file, expect=1)
    await story.ann.send_text(story.room_id, "and on")
    assert bodies(timeline(await ben.sync(story.since), story.room_id)) == ["and on"], "tokens go on"
    assert await searched(ben, "客人") >= len(story.acknowledged)
    found = await Blogger(story.ann).get("/v2/search", q="OOLONG", type="statuses")
    assert [status["id"] for status in found["statuses"]] == [story.post_id]


async def test_what_no_teahouse_wrote_is_not_copied(tmp_path: Path) -> None:
    with pytest.raises(TeahouseError, match="There is no database at"):
        await copied(f"sqlite:///{tmp_path}/missing.db", f"sqlite:///{tmp_path}/new.db")
    (tmp_path / "empty.db").touch()
    with pytest.raises(TeahouseError, match="There is no database of a Teahouse"):
        await copied(f"sqlite:///{tmp_path}/empty.db", f"sqlite:///{tmp_path}/new.db")
    assert not (tmp_path / "new.db").exists()


async def test_a_row_that_the_other_database_cannot_hold_is_told(empty: str, tmp_path: Path) -> None:
    async with opened(f"sqlite:///{tmp_path}/odd.db"):
        pass
    with closing(sqlite3.connect(tmp_path / "odd.db")) as odd, odd:
        odd.execute("INSERT INTO server_settings VALUES ('k', CAST(x'ff41' AS TEXT))")
    with pytest.raises(TeahouseError, match="row of the table server_settings"):
        await copied(f"sqlite:///{tmp_path}/odd.db", empty)
    with closing(sqlite3.connect(tmp_path / "odd.db")) as odd, odd:
        odd.execute("DELETE FROM server_settings")
    assert await copied(f"sqlite:///{tmp_path}/odd.db", empty), "the target was left empty"
