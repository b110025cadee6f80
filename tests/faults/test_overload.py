"""More than the server can do: refused at once, with a time to come again; what was taken is kept (G18)."""

from __future__ import annotations

import asyncio
from collections import Counter

import httpx

from tests.actors import Actor, segment
from tests.faults.held_database import writes_held
from tests.faults.raw_http import RawAnswer, RawClient, figure
from tests.faults.witnesses import history
from tests.server_process import ServerProcess

REQUESTS = 1200


async def test_beyond_what_it_can_do_the_server_says_when_to_come_again(
    own_server: ServerProcess, dora: Actor
) -> None:
    room_id = await dora.create_room()
    path = f"/_matrix/client/v3/rooms/{segment(room_id)}/send/m.room.message/burst"
    clients = [await RawClient.connect(own_server.url) for _ in range(REQUESTS)]
    async with writes_held(own_server):
        for number, client in enumerate(clients):
            body = b'{"msgtype":"m.text","body":"%d"}' % number
            await client.send("PUT", f"{path}{number}", dora.access_token, body)
        refused = await asyncio.wait_for(clients[-1].answer(), 5)
        async with httpx.AsyncClient() as http:
            assert (await http.get(f"{own_server.url}/health", timeout=5)).text == "OK"
    answers = [*await asyncio.gather(*(client.answer() for client in clients[:-1])), refused]
    check(answers)
    kept = [answer.json()["event_id"] for answer in answers if answer.status == 200]
    stored = [event["event_id"] for event in await history(dora, room_id)]
    assert len(set(kept)) == len(kept)
    assert set(kept) <= set(stored), "an acknowledged message is missing"
    assert await figure(own_server.url, "teahouse_http_requests_in_work") <= 1
    assert await dora.send_text(room_id, "as before") in [
        event["event_id"] for event in await history(dora, room_id)
    ]
    waits = {answer.headers["retry-after"] for answer in answers if answer.status != 200}
    assert len(waits) > 1, "all at the same moment would be the next overload"
    for client in clients:
        client.drop()


def check(answers: list[RawAnswer]) -> None:
    """Every answer is success or an honest refusal."""
    told = Counter(answer.status for answer in answers)
    assert told[429] > 0, f"nobody was refused: {told}"
    assert set(told) <= {200, 429, 503}, told
    for answer in answers:
        if answer.status != 200:
            assert int(answer.headers["retry-after"]) > 0
            assert answer.json()["retry_after_ms"] > 0
        if answer.status == 429:
            assert answer.json()["errcode"] == "M_LIMIT_EXCEEDED"
