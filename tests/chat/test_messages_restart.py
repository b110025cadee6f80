"""What was acknowledged outlives a crash: events, transaction ids, redactions, receipts, the search index (G1, G4)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.actors import Actor, bodies, fresh_localpart, joined_room, register, segment
from tests.running_server import already_running
from tests.server_process import ServerProcess


async def found(reader: Actor, term: str) -> list[str]:
    """Search for a term and return the bodies found, newest first."""
    wish = {"search_term": term, "order_by": "recent"}
    answer = await reader.post("/search", {"search_categories": {"room_events": wish}})
    return bodies([entry["result"] for entry in answer["search_categories"]["room_events"]["results"]])


@pytest.mark.skipif(already_running() is not None, reason="needs a server that it may kill")
async def test_a_killed_server_knows_all_it_acknowledged(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    await server.start()
    try:
        alice = await register(server.url, server.registration_shared_secret, fresh_localpart("alice"))
        room = await alice.create_room()
        said = [await alice.send_text(room, f"quokka {n}", txn_id=f"t{n}") for n in range(20)]
        redaction = f"/rooms/{segment(room)}/redact/{segment(said[3])}/r"
        redacted_by = (await alice.put(redaction, {}))["event_id"]
        await alice.read(room, said[10], "m.fully_read")
        server.kill()
        await server.start()
        again = [await alice.send_text(room, f"quokka {n}", txn_id=f"t{n}") for n in range(20)]
        assert again == said
        assert (await alice.put(redaction, {}))["event_id"] == redacted_by
        expected = [f"quokka {n}" for n in reversed(range(20)) if n != 3]
        assert bodies((await alice.messages(room, limit=100))["chunk"]) == expected
        assert await found(alice, "quokka") == expected[:10]
        assert (await alice.event(room, said[3]))["unsigned"]["redacted_because"]["event_id"] == redacted_by
        data = joined_room(await alice.sync(), room)["account_data"]["events"]
        assert {"type": "m.fully_read", "content": {"event_id": said[10]}} in data
        await alice.close()
    finally:
        await server.remove()
