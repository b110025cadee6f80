"""One order for everybody: no reader ever skips a position that was committed later (G5)."""

from __future__ import annotations

import asyncio

from tests.actors import Actor, fresh_localpart, register
from tests.faults.witnesses import Listener, history
from tests.running_server import RunningServer

WRITERS = 8
MESSAGES = 100
READERS = 4


async def test_eight_writers_and_readers_agree_on_one_order_without_gaps(server: RunningServer) -> None:
    secret = server.registration_shared_secret
    people = [await register(server.url, secret, fresh_localpart("p")) for _ in range(WRITERS + READERS)]
    writers, readers = people[:WRITERS], people[WRITERS:]
    rooms = [await people[0].create_room(preset="public_chat") for _ in range(2)]
    for person in people[1:]:
        for room_id in rooms:
            await person.join(room_id)
    listeners = [Listener(reader, rooms[number % 2]) for number, reader in enumerate(readers)]
    for listener in listeners:
        await listener.listen_once()
    over = False
    listening = [asyncio.create_task(listener.listen(lambda: over, 300)) for listener in listeners]
    made = await asyncio.gather(*(write(writer, rooms) for writer in writers))
    over = True
    await asyncio.gather(*listening)
    for room_id in rooms:
        order = [event["event_id"] for event in await history(people[0], room_id)]
        assert order == [event["event_id"] for event in await history(people[-1], room_id, "b")]
        places = {event_id: place for place, event_id in enumerate(order)}
        for sent in made:
            own = [places[event_id] for event_id in sent if event_id in places]
            assert own == sorted(own)
        for listener in listeners:
            if listener.room_id == room_id:
                while await listener.listen_once():
                    pass
                assert listener.heard == order[places[listener.heard[0]] :]
    assert sum(map(len, made)) == WRITERS * MESSAGES
    for person in people:
        await person.close()


async def write(writer: Actor, rooms: list[str]) -> list[str]:
    """Send into the rooms in turn."""
    return [await writer.send_text(rooms[number % 2], f"{number}") for number in range(MESSAGES)]
