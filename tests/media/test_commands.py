"""`teahouse media ...`, while the server runs: what operators see, take away and mend."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio

from tests.actors import Actor, fresh_localpart, register
from tests.cli.commands import command
from tests.media.files import fetch, fetched, gone, post_file, upload
from tests.microblog.bloggers import Blogger
from tests.server_process import SECRET, ServerProcess

WHY = ("--reason", "Rule 2: no malware.")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(tmp_path_factory: Any) -> AsyncIterator[ServerProcess]:
    """A server whose files the operator looks after."""
    process = ServerProcess(tmp_path_factory.mktemp("house"))
    await process.start()
    yield process
    await process.remove()


@pytest_asyncio.fixture(loop_scope="session")
async def dora(house: ServerProcess) -> AsyncIterator[Actor]:
    """A user of that server."""
    async with await register(house.url, SECRET, fresh_localpart("dora")) as actor:
        yield actor


def folder(house: ServerProcess) -> Path:
    """Give the folder of the server's media."""
    return Path(house.data) / "media"


def file_with(house: ServerProcess, data: bytes) -> Path:
    """Find the one file in the folder that holds the data."""
    found = [path for path in folder(house).rglob("*") if path.is_file() and path.read_bytes() == data]
    assert len(found) == 1
    return found[0]


async def as_json(house: ServerProcess, *arguments: str, expect: int = 0) -> Any:
    """Run a command that prints JSON."""
    return json.loads(await command(house, "media", *arguments, "--json", expect=expect))


async def test_the_report_counts_uploads_and_what_they_take(house: ServerProcess, dora: Actor) -> None:
    before = await as_json(house, "report")
    for _ in range(2):
        await upload(dora, b"counted" * 100)
    await dora.post("/_matrix/media/v1/create")
    after = await as_json(house, "report")
    changes = {
        name: after[name] - before[name]
        for name in ("uploads", "upload_bytes", "contents", "content_bytes", "pending")
    }
    assert changes == {"uploads": 2, "upload_bytes": 1400, "contents": 1, "content_bytes": 700, "pending": 1}
    assert {"user": dora.user_id, "files": 2, "bytes": 1400} in after["users"]
    assert after["store"] == str(folder(house))
    assert after["free_bytes"] > 0
    assert dora.user_id in await command(house, "media", "report")


async def test_a_quarantined_content_is_gone_under_every_id_at_once(
    house: ServerProcess, dora: Actor
) -> None:
    data = b"nobody shall see this"
    first, second = await upload(dora, data), await upload(dora, data)
    tag = (await fetch(dora, first)).headers["etag"]
    said = await command(house, "media", "quarantine", f"mxc://localhost/{first}", "--reason", "report 17")
    assert "2 times" in said
    for media_id in (first, second):
        assert await gone(dora, media_id)
        assert (await fetch(dora, media_id, headers={"If-None-Match": tag})).status_code == 404
    again = await post_file(dora, data)
    assert (again.status_code, again.json()["errcode"]) == (403, "M_FORBIDDEN")
    assert file_with(house, data), "the bytes are kept for those who judge them"
    assert "allowed again" in await command(house, "media", "quarantine", second, "--lift")
    assert await fetched(dora, first) == data
    await command(house, "media", "quarantine", "a" * 32, *WHY, expect=1)


async def told(actor: Actor) -> list[dict[str, Any]]:
    """Give what somebody was told of decisions, the oldest first."""
    found = await Blogger(actor).get("/v1/notifications", types__=["moderation_warning"])
    return [one["moderation_warning"] for one in found[::-1]]


async def test_all_who_uploaded_a_file_hear_why_it_is_taken_away_and_an_appeal_gives_it_back(
    house: ServerProcess, dora: Actor
) -> None:
    data = b"is it malware?"
    async with await register(house.url, SECRET, fresh_localpart("emil")) as emil:
        own, same = await upload(dora, data), await upload(emil, data)
        assert "A reason has" in await command(house, "media", "quarantine", own, expect=1)
        assert await told(dora) == []
        await command(house, "media", "quarantine", own, *WHY)
        for actor, media_id in ((dora, own), (emil, same)):
            [warning] = await told(actor)
            assert warning["action"] == "none"
            assert media_id in warning["text"]
            assert WHY[1] in warning["text"]
        number = warning["id"]
        await Blogger(emil).do(f"/v1/account_warnings/{number}/appeal", text="It is my own program.")
        await command(house, "moderate", "answer", number, "--accept", "--reason", "So it is.")
        assert await fetched(dora, own) == await fetched(emil, same) == data
        await command(house, "media", "remove", own, *WHY, "--everywhere")
        for actor in (dora, emil):
            assert "was removed" in (await told(actor))[-1]["text"]
        await command(house, "user", "deactivate", emil.user_id)
    await command(house, "media", "quarantine", same, *WHY, expect=1)


async def test_a_file_of_a_closed_account_is_blocked_and_nobody_is_told(
    house: ServerProcess, dora: Actor
) -> None:
    async with await register(house.url, SECRET, fresh_localpart("emil")) as emil:
        media_id = await upload(emil, b"left behind")
        await command(house, "user", "deactivate", emil.user_id)
    size = int((await command(house, "log", "checkpoint")).split("\n")[1])
    await command(house, "media", "quarantine", media_id, *WHY)
    assert await gone(dora, media_id)
    assert (await command(house, "log", "checkpoint")).split("\n")[1] == str(size + 1)


async def test_a_removed_file_is_gone_with_its_bytes(house: ServerProcess, dora: Actor) -> None:
    data = b"taken away"
    first, second, third = [await upload(dora, data) for _ in range(3)]
    assert "1 upload" in await command(house, "media", "remove", first, *WHY)
    assert await gone(dora, first)
    assert await fetched(dora, second) == data
    path = file_with(house, data)
    assert "2 uploads" in await command(
        house, "media", "remove", f"mxc://localhost/{second}", "--everywhere", *WHY
    )
    assert await gone(dora, third)
    assert not path.exists()
    assert (await dora.get("/_teahouse/media/uploads"))["usage"]["files"] == 0
    assert "no such file" in await command(house, "media", "remove", first, *WHY, expect=1)
    assert "not a file of" in await command(house, "media", "remove", "mxc://elsewhere/abc", *WHY, expect=2)


async def test_verify_names_what_is_damaged_or_missing(house: ServerProcess, dora: Actor) -> None:
    whole = await upload(dora, b"whole")
    damaged, missing, shorter = [await upload(dora, f"{n} leaves".encode() * 50_000) for n in range(3)]
    assert await as_json(house, "verify") == []
    path = file_with(house, b"0 leaves" * 50_000)
    path.write_bytes(b"O" + path.read_bytes()[1:])
    file_with(house, b"1 leaves" * 50_000).unlink()
    cut = file_with(house, b"2 leaves" * 50_000)
    cut.write_bytes(cut.read_bytes()[:1000])
    found = await as_json(house, "verify", expect=1)
    assert {(one["problem"], *one["uploads"]) for one in found} == {
        ("damaged", damaged), ("missing", missing), ("damaged", shorter),
    }  # fmt: skip
    assert missing in await command(house, "media", "verify", expect=1)
    assert await gone(dora, missing), "what is missing is told as the protocol tells it"
    assert await fetched(dora, whole) == b"whole"
    for media_id in (damaged, missing, shorter):
        await command(house, "media", "remove", media_id, *WHY)
    assert "every file is whole" in await command(house, "media", "verify")


async def test_collect_removes_what_nothing_names_and_nothing_else(house: ServerProcess, dora: Actor) -> None:
    kept = await upload(dora, b"kept")
    orphan = folder(house) / "ab" / ("c" * 30)
    foreign = folder(house) / "ab" / "notes.txt"
    for path in (orphan, foreign):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"left by a crash")
    young = await as_json(house, "collect")
    assert (young["orphans"], orphan.exists()) == (0, True), "it may belong to an upload that is just ending"
    done = await as_json(house, "collect", "--older-than-hours", "0")
    assert (done["orphans"], done["orphan_bytes"]) == (1, 15)
    assert not orphan.exists()
    assert foreign.exists(), "what is not ours is left alone"
    assert await fetched(dora, kept) == b"kept"
    assert "orphans    0" in await command(house, "media", "collect", "--older-than-hours", "0")


async def test_collect_lets_go_what_the_rules_let_go(
    house: ServerProcess, dora: Actor, tmp_path: Path
) -> None:
    await dora.post("/_matrix/media/v1/create")
    media_id = await upload(dora, b"never fetched")
    rules = tmp_path / "rules.toml"
    rules.write_text("[media]\nkeep_unused_days = 0.0000001\n")
    assert (await as_json(house, "collect"))["unused"] == 0, "by default files are kept for ever"
    assert await fetched(dora, media_id) == b"never fetched"
    done = await as_json(house, "collect", "--config", str(rules))
    assert done["unused"] >= 1
    assert await gone(dora, media_id)
