"""Thousands of damaged files over HTTP: every one is answered as the protocol says, and nothing is left behind.

The usual run takes a share; `TEAHOUSE_TEST_FUZZ_FILES=2000` runs as many, `TEAHOUSE_TEST_FUZZ_SEED` others.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.actors import Actor, fresh_localpart, register
from tests.media.files import token_of, upload
from tests.media_processing.made import picture_in
from tests.media_processing.mutations import mutants
from tests.server_process import ServerProcess

FILES = int(os.environ.get("TEAHOUSE_TEST_FUZZ_FILES", "66"))
SEED = int(os.environ.get("TEAHOUSE_TEST_FUZZ_SEED", "1"))
AT_ONCE = 8
ASKED = {
    "thumbnail": ("/_matrix/client/v1/media/thumbnail", {"width": "96", "height": "96", "method": "crop"}),
    "film": ("/_matrix/client/v1/media/thumbnail", {"width": "96", "height": "96", "animated": "true"}),
    "info": ("/_teahouse/media/info", {}),
    "audio": ("/_teahouse/media/audio", {"format": "m4a"}),
}
Outcome = tuple[str, int, str]


@pytest_asyncio.fixture(loop_scope="session")
async def own_server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """A server of this test's own, so that what it leaves behind can be counted."""
    process = ServerProcess(tmp_path)
    await process.start()
    yield process
    await process.remove()


def children_of(process: ServerProcess) -> list[str]:
    """List what the server runs, with its id and state, dead ones included."""
    assert process.process is not None
    listed = subprocess.run(
        ["ps", "--ppid", str(process.process.pid), "-o", "pid=,stat=,args="],
        capture_output=True,
        text=True,
        check=False,
    )
    return listed.stdout.splitlines()


def is_alive(process_id: int) -> bool:
    """Tell whether a worker of this id still runs."""
    return Path(f"/proc/{process_id}/exe").exists()


def open_files_of(process: ServerProcess) -> int:
    """Count what the server has open beside its connections and its database."""
    assert process.process is not None
    folder = Path(f"/proc/{process.process.pid}/fd")
    targets = [os.readlink(entry) for entry in folder.iterdir() if entry.is_symlink()]
    return sum(
        "/media/" in target or "(deleted)" in target or target.startswith("pipe:") for target in targets
    )


async def ask_all(alice: Actor, name: str, data: bytes, gate: asyncio.Semaphore) -> list[Outcome]:
    """Upload a file, and ask everything about it."""
    async with gate:
        media_id = await upload(alice, data)
        outcomes = []
        for what, (base, params) in ASKED.items():
            answer = await alice.http.get(
                f"{base}/localhost/{media_id}", params=params, headers=token_of(alice), timeout=180
            )
            said = "ok" if answer.status_code == 200 else answer.json()["errcode"]
            outcomes.append((what, answer.status_code, said))
            assert answer.status_code < 500, (name, what, answer.text)
        return outcomes


@pytest.mark.timeout(120 + FILES)
@pytest.mark.skipif(sys.platform != "linux", reason="counts open files by /proc")
async def test_damaged_files_harm_nothing_and_leave_nothing_behind(own_server: ServerProcess) -> None:
    async with await register(
        own_server.url, own_server.registration_shared_secret, fresh_localpart("alice")
    ) as alice:
        await ask_all(alice, "a picture", picture_in("PNG"), asyncio.Semaphore(1))
        before = open_files_of(own_server)
        gate = asyncio.Semaphore(AT_ONCE)
        answers = await asyncio.gather(
            *(ask_all(alice, name, data, gate) for name, data in mutants(FILES, SEED))
        )
        counts = Counter(outcome for outcomes in answers for outcome in outcomes)
        lines = [
            f"  {what:10} {status} {said:16} {count}"
            for (what, status, said), count in sorted(counts.items())
        ]
        sys.stdout.write("\n".join([f"\n{FILES} damaged files, seed {SEED}:", *lines, ""]))
        assert {status for _, status, _ in counts} <= {200, 400, 413}
        assert {said for _, _, said in counts} <= {"ok", "M_UNKNOWN", "M_TOO_LARGE"}
        # Some damage is harmless, most isn't: both must have been seen for the run to mean anything.
        assert counts["thumbnail", 200, "ok"] > FILES // 20
        assert counts["thumbnail", 400, "M_UNKNOWN"] > FILES // 20
        running = children_of(own_server)
        assert len(running) <= min(os.cpu_count() or 1, 4) + 2, running
        assert not [line for line in running if line.split()[1].startswith("Z")]
        assert open_files_of(own_server) <= before
        assert (await alice.get("/_matrix/client/v3/account/whoami"))["user_id"] == alice.user_id
        workers = [int(line.split()[0]) for line in running]
        await own_server.stop()
        assert not [worker for worker in workers if is_alive(worker)]
