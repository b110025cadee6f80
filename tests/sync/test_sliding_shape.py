"""Every answer of sliding sync can be read by ruma's types, through a day with everything that happens in rooms."""

from __future__ import annotations

from msgspec import UNSET

from tests.actors import Actor, segment
from tests.e2ee.devices import Device
from tests.sync.phone import Phone, encryption
from tests.sync.ruma_shape import Answer, read_as_ruma_does


async def test_every_answer_of_a_day_is_read_by_the_decoder_of_element_x(alice: Actor, bob: Actor) -> None:
    rooms, keys = Phone(bob), Phone(bob, encryption())
    seen: list[Answer] = []

    async def look() -> None:
        seen.extend([read_as_ruma_does(await rooms.sync()), read_as_ruma_does(await keys.sync())])

    await look()
    await alice.put(f"/profile/{segment(alice.user_id)}/displayname", {"displayname": "Alice"})
    await alice.put(f"/profile/{segment(alice.user_id)}/avatar_url", {"avatar_url": "mxc://localhost/abc"})
    room_id = await alice.create_room(preset="private_chat", invite=[bob.user_id])
    await look()
    await bob.join(room_id)
    await look()
    for kind, content in (
        ("m.room.name", {"name": "茶馆"}),
        ("m.room.name", {}),
        ("m.room.name", {"name": 5}),
        ("m.room.avatar", {"url": "mxc://localhost/def"}),
        ("m.room.avatar", {}),
        ("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}),
    ):
        await alice.set_state(room_id, kind, content)
        await look()
    event_id = await alice.send_text(room_id, "hi")
    await alice.edit_text(room_id, event_id, "hello")
    await alice.react(room_id, event_id, "🍵")
    rooms.subscribe(room_id)
    await look()
    await alice.redact(room_id, event_id)
    await bob.send_text(room_id, "own words", txn_id="own")
    await alice.put(
        f"/rooms/{segment(room_id)}/typing/{segment(alice.user_id)}", {"typing": True, "timeout": 9000}
    )
    await alice.post(f"/rooms/{segment(room_id)}/receipt/m.read/{segment(event_id)}")
    await bob.put(f"/user/{segment(bob.user_id)}/rooms/{segment(room_id)}/tags/m.favourite", {"order": 0.5})
    await bob.put(f"/user/{segment(bob.user_id)}/account_data/m.direct", {alice.user_id: [room_id]})
    await alice.post("/keys/upload", {"device_keys": Device(alice).keys})
    await alice.put(
        f"/sendToDevice/org.example.n/{alice.next_txn_id()}", {"messages": {bob.user_id: {"*": {"n": 1}}}}
    )
    await look()
    await alice.kick(room_id, bob)
    await look()
    told = [room for answer in seen if answer.rooms is not UNSET for room in answer.rooms.values()]
    for name in told[0].__struct_fields__:
        assert any(getattr(room, name) is not UNSET for room in told), f"{name} was never told"
    extensions = [answer.extensions for answer in seen if answer.extensions is not UNSET]
    for name in extensions[0].__struct_fields__:
        assert any(getattr(one, name) is not UNSET for one in extensions), f"{name} was never told"
