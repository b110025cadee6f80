"""Anybody checks the log with one command, which tells what was tampered with; a person checks his own decision."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import io
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from teahouse.app import Services, open_services
from teahouse.cli import run
from teahouse.clock import SYSTEM_CLOCK
from teahouse.config import Config, load
from teahouse.kernel.storage import Tx
from teahouse.trust import merkle
from teahouse.trust.notes import Verifier, opened
from teahouse.trust.store_log import _LEVEL
from tests.accounts.conftest import SetClock
from tests.cli.commands import command, place
from tests.microblog.bloggers import Blogger, bloggers
from tests.running_server import RunningServer
from tests.server_process import ServerProcess

ENTRIES = 300
TOGETHER = 20
"""More than a tile has room for."""


async def said(*arguments: str, expect: int = 0) -> str:
    """Run a command that needs no database, and give what it says."""
    heard = io.StringIO()
    with contextlib.redirect_stdout(heard), contextlib.redirect_stderr(heard):
        status = await asyncio.to_thread(run, ["log", *arguments])
    assert status == expect, heard.getvalue()
    return heard.getvalue()


def settings(court: ServerProcess) -> Config:
    """The settings with which the test looks into the server's database."""
    chosen: dict[str, Any] = {"data": court.data}
    return load(None, {}, chosen | ({"database": court.database} if court.database else {}))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def court(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """A server whose log these tests may spoil."""
    process = ServerProcess(tmp_path_factory.mktemp("court"))
    await process.start()
    yield process
    await process.remove()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ann(court: ServerProcess) -> AsyncIterator[Blogger]:
    """Somebody about whom much is decided."""
    [ann] = await bloggers(
        RunningServer(court.url, court.server_name, court.registration_shared_secret), "ann"
    )
    async with open_services(settings(court)) as services:
        warn = services.microblog.moderation.warn
        # A write that waits for seconds is refused, and a busy machine takes that long for all of them.
        for first in range(0, ENTRIES, TOGETHER):
            numbers = range(first, first + TOGETHER)
            await asyncio.gather(*(warn(ann.name, f"Reason {number}") for number in numbers))
    yield ann
    await ann.actor.close()


async def tampered(court: ServerProcess, *statements: tuple[str, tuple[Any, ...]]) -> None:
    """Change the database behind the server's back."""
    async with open_services(settings(court)) as services:

        async def job(tx: Tx) -> None:
            for sql, values in statements:
                await tx.execute(sql, *values)

        await services.db.write(job)


async def body_of(court: ServerProcess, seq: int) -> str:
    """Give the text of an entry."""
    async with open_services(settings(court)) as services:
        return (await services.trust.log.bundle(seq, 1))[0]


async def test_the_log_is_verified_from_outside_and_goes_on_from_what_was_kept(
    court: ServerProcess, ann: Blogger, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    told = await said("verify", court.url, "--keep", str(kept))
    assert f"{ENTRIES + 1} entries" in told
    assert f"Decisions: {ENTRIES}" in told
    key = told.rpartition("--key ")[2].strip()
    assert opened(kept.read_text(), Verifier.parse(key)).size == ENTRIES + 1
    assert kept.read_text() == await command(court, "log", "checkpoint")
    await command(court, "moderate", "warn", ann.name, "--reason", "once more")
    told = await said("verify", f"{court.url}/transparency", "--since", str(kept), "--key", key)
    assert "nothing was changed" in told
    async with httpx.AsyncClient(base_url=court.url) as http:
        full = await http.get("/transparency/tile/0/000")
        part = await http.get("/transparency/tile/entries/001.p/46")
        assert (len(full.content), "immutable" in full.headers["cache-control"]) == (256 * 32, True)
        assert part.content.endswith((await body_of(court, ENTRIES + 1)).encode())
        for absent in ("0/001", "0/001.p/47", "0/002.p/1", "1/000.p/2", "7/000", "0/1", "0/000.p/0", "x/000"):
            assert (await http.get(f"/transparency/tile/{absent}")).status_code == 404, absent
        shown = (await http.get("/api/v1/public_log/checkpoint", params={"since": 77})).json()
        longer = await http.get("/api/v1/public_log/checkpoint", params={"since": shown["size"] + 1})
        assert longer.status_code == 404
    roots = []
    for size in (77, shown["size"]):
        tree = merkle.GrowingTree()
        async with open_services(settings(court)) as services:
            for text in await services.trust.log.bundle(0, size):
                tree.add(text.encode())
        roots.append(tree.root)
    proof = [decoded(one) for one in shown["consistency"]]
    assert merkle.verify_consistency(77, roots[0], shown["size"], roots[1], proof)


def decoded(text: str) -> bytes:
    """Read a hash as the wire has it."""
    return base64.b64decode(text)


async def test_a_changed_entry_is_named(court: ServerProcess, ann: Blogger) -> None:
    body = await body_of(court, 7)
    forged = json.loads(body) | {"commitment": "0" * 64}
    change = "UPDATE log_entries SET body = ? WHERE seq = 7"
    text = json.dumps(forged, separators=(",", ":"), sort_keys=True)
    await tampered(court, (change, (text,)))
    assert "Entry 7 has been changed" in await said("verify", court.url, expect=1)
    await tampered(
        court, (change, (json.dumps(forged | {"name": ann.name}, separators=(",", ":"), sort_keys=True),))
    )
    assert "Entry 7 (decision) does not say what" in await said("verify", court.url, expect=1)
    await tampered(court, (change, (body,)))
    await said("verify", court.url)


async def test_a_removed_entry_is_missed(court: ServerProcess, ann: Blogger) -> None:
    body = await body_of(court, 9)
    await tampered(court, ("DELETE FROM log_entries WHERE seq = 9", ()))
    assert "no such piece" in await said("verify", court.url, expect=1)
    again = "INSERT INTO log_entries (seq, kind, body) VALUES (9, 'decision', ?)"
    await tampered(court, (again, (body,)))
    await said("verify", court.url)


async def test_a_log_that_was_cut_or_written_anew_contradicts_what_was_kept(
    court: ServerProcess, ann: Blogger, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    kept.write_text(await command(court, "log", "checkpoint"))
    size = int(kept.read_text().split("\n")[1])
    last = await body_of(court, size - 1)
    rows = await hashes_of(court)
    await tampered(court, ("DELETE FROM log_entries WHERE seq = ?", (size - 1,)))
    assert "removed" in await said("verify", court.url, "--since", str(kept), expect=1)
    await said("verify", court.url)
    # All of it anew, with hashes that fit: only who kept a checkpoint can tell.
    forged = json.dumps(json.loads(last) | {"commitment": "1" * 64}, separators=(",", ":"), sort_keys=True)
    tree, made = merkle.GrowingTree(), []
    async with open_services(settings(court)) as services:
        for text in [*await services.trust.log.bundle(0, size - 1), forged]:
            made += tree.add(text.encode())
    put = "INSERT INTO log_entries (seq, kind, body) VALUES (?, 'decision', ?)"
    await tampered(court, (put, (size - 1, forged)), *replaced({node: value for node, value in made}))
    await said("verify", court.url)
    assert "have been changed" in await said("verify", court.url, "--since", str(kept), expect=1)
    back = "UPDATE log_entries SET body = ? WHERE seq = ?"
    await tampered(court, (back, (last, size - 1)), *replaced(rows))
    await said("verify", court.url, "--since", str(kept))


async def hashes_of(court: ServerProcess) -> dict[merkle.Node, bytes]:
    """Give every stored hash."""
    async with open_services(settings(court)) as services:
        rows = await services.db.read(lambda tx: tx.fetch_all("SELECT node, hash FROM log_hashes"))
    return {merkle.Node(*divmod(row[0], _LEVEL)): bytes(row[1]) for row in rows}


def replaced(hashes: dict[merkle.Node, bytes]) -> list[tuple[str, tuple[Any, ...]]]:
    """Give the statements that put these hashes where others were."""
    sql = "UPDATE log_hashes SET hash = ? WHERE node = ?"
    newest = sorted(hashes, key=lambda node: (node.number + 1) << node.level)[-40:]
    return [(sql, (hashes[node], node.level * _LEVEL + node.number)) for node in newest]


async def test_a_checkpoint_of_another_key_or_log_is_refused(
    court: ServerProcess, ann: Blogger, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong"
    note = await command(court, "log", "checkpoint")
    wrong.write_text(note.replace("\n301\n", "\n300\n").replace("\n302\n", "\n300\n"))
    assert "signature is wrong" in await said("verify", court.url, "--since", str(wrong), expect=1)
    other = str(Verifier(f"{court.server_name}/transparency", b"\7" * 32))
    assert "not signed by the log's key" in await said("verify", court.url, "--key", other, expect=1)
    assert "no key" in await said("verify", court.url, "--key", "x+y+z", expect=1)
    assert place(court)


async def proof_text(services: Services, seq: int, user_id: str) -> str:
    """Give a proof as its file is."""
    return (await services.trust.log.proof(seq, user_id)).text


async def test_a_person_proves_a_decision_without_any_server(
    court: ServerProcess, ann: Blogger, tmp_path: Path
) -> None:
    file = tmp_path / "mine.tlog-proof"
    async with open_services(settings(court)) as services:
        file.write_text(await proof_text(services, 5, ann.actor.user_id))
    told = await said("prove", str(file))
    assert "Entry 5 of the log localhost/transparency" in told
    assert f"account: {ann.actor.user_id}" in told
    lines = file.read_text().split("\n")
    lines[4] = lines[5]
    file.write_text("\n".join(lines))
    assert "not in the log" in await said("prove", str(file), expect=1)
    file.write_text("c2sp.org/tlog-proof@v1\nindex 1\n")
    assert "no proof file" in await said("prove", str(file), expect=1)


async def test_a_person_gets_the_proof_with_the_decision_and_the_answer(
    court: ServerProcess, ann: Blogger, tmp_path: Path
) -> None:
    number = (await command(court, "moderate", "warn", ann.name, "--reason", "Rule 1")).strip()
    path = f"/v1/account_warnings/{number}"
    listed = (await ann.get("/v1/account_warnings"))[0]
    assert (listed["id"], listed["log"]["proof"], listed["log"]["answer_id"]) == (number, None, None)
    await ann.do(f"{path}/appeal", text="I was quiet.")
    await command(court, "moderate", "answer", number, "--accept", "--reason", "So you were.")
    shown = (await ann.get(path))["log"]
    for name, word in (("proof", "reason: Rule 1"), ("answer_proof", "answer: So you were.")):
        file = tmp_path / name
        file.write_text(shown[name])
        assert word in await said("prove", str(file))
    [answer] = await ann.get("/v1/public_log", kind="appeal")
    assert (answer["id"], answer["about"]) == (shown["answer_id"], shown["id"])
    [decision, *_] = await ann.get("/v1/public_log", kind="decision")
    assert (decision["id"], decision["answered_by"]) == (shown["id"], shown["answer_id"])
    assert "Kind must" in await ann.refused("GET", "/v1/public_log?kind=x", 422)


async def test_what_commands_do_to_accounts_and_files_is_in_the_log(
    court: ServerProcess, ann: Blogger
) -> None:
    [ben] = await bloggers(
        RunningServer(court.url, court.server_name, court.registration_shared_secret), "ben"
    )
    answer = await ben.actor.http.post(
        "/_matrix/media/v3/upload",
        content=b"tea",
        headers={"Authorization": f"Bearer {ben.actor.access_token}"},
    )
    address = answer.json()["content_uri"]
    size = int((await command(court, "log", "checkpoint")).split("\n")[1])
    why = ("--reason", "Rule 2: no malware.")
    for act in (("quarantine", *why), ("quarantine", "--lift"), ("quarantine", "--lift"), ("remove", *why)):
        await command(court, "media", act[0], address, *act[1:])
    assert "A reason has" in await command(court, "media", "quarantine", address, expect=1)
    await command(court, "media", "remove", address, *why, expect=1)
    await command(court, "user", "deactivate", ben.actor.user_id)
    async with open_services(settings(court)) as services:
        log = services.trust.log
        records = [json.loads((await log.proof(size + n, ben.actor.user_id)).record) for n in range(4)]
    assert [(one["action"], one["scope"]) for one in records] == [
        ("hide", "media"), ("restore", "media"), ("remove", "media"), ("close", "account")
    ]  # fmt: skip
    assert (await command(court, "log", "checkpoint")).split("\n")[1] == str(size + 4)
    await ben.actor.close()


async def test_everybody_reads_the_log_on_a_page(court: ServerProcess, ann: Blogger) -> None:
    clock = SetClock()
    clock.at_ms = SYSTEM_CLOCK.now_ms() + 8 * 24 * 3600 * 1000
    async with open_services(settings(court), clock) as services:
        assert await services.trust.log.tell_weeks() == 1
    async with httpx.AsyncClient(base_url=court.url, headers={"Accept": "text/html"}) as http:
        newest = (await http.get("/transparency")).text
        chinese = (await http.get("/transparency", headers={"Accept-Language": "zh-CN"})).text
        older = (await http.get("/transparency?kind=decision&max_id=40")).text
        weeks = (await http.get("/transparency?kind=week")).text
        assert (await http.get("/transparency?kind=x")).status_code == 404
        assert (await http.get("/transparency?kind=start")).status_code == 404
    assert "warned&nbsp;30" in newest
    assert "An appeal was answered." in newest
    assert "Counted with the week of" in newest
    assert f"teahouse log verify {court.url}" in newest
    assert "<script" not in newest
    assert re.findall(r"Entry (\d+)</p>", older) == [str(number) for number in range(39, 19, -1)]
    assert "公开处理日志" in chinese
    assert weeks.count("<article") == 1
    await said("verify", court.url)


async def test_a_decision_that_was_acknowledged_before_a_kill_is_in_the_log(
    court: ServerProcess, ann: Blogger
) -> None:
    number = (await command(court, "moderate", "warn", ann.name, "--reason", "before the kill")).strip()
    court.kill()
    async with open_services(settings(court)) as services:
        sql = "SELECT log_seq FROM account_warnings WHERE id = ?"
        seq = await services.db.read(lambda tx: tx.fetch_value(sql, int(number)))
        log = services.trust.log
        assert json.loads((await log.proof(seq, ann.actor.user_id)).record)["decision"] == number
        head = opened(await log.checkpoint(), log.verifier)
        tree = merkle.GrowingTree()
        for text in await log.bundle(0, head.size):
            tree.add(text.encode())
    assert (seq, tree.root) == (head.size - 1, head.root)
