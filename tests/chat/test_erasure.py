"""Who has all they said erased is read only by those who heard it (G31)."""

from __future__ import annotations

from tests.actors import PASSWORD, Actor, bodies, segment


async def erase(person: Actor) -> None:
    """Deactivate a person's account with erasure."""
    identifier = {"type": "m.id.user", "user": person.user_id}
    auth = {"type": "m.login.password", "identifier": identifier, "password": PASSWORD}
    asked = await person.request("POST", "/account/deactivate", {"erase": True}, expect=401)
    await person.post("/account/deactivate", {"erase": True, "auth": {**auth, "session": asked["session"]}})


async def test_later_members_see_what_an_erased_person_said_without_its_words(
    alice: Actor, bob: Actor, carol: Actor
) -> None:
    room = await alice.create_room(preset="public_chat", topic="aardvark")
    await bob.join(room)
    said = await alice.send_text(room, "numbat one")
    root = await bob.send_text(room, "root")
    await alice.edit_text(room, said, "numbat two")
    await alice.reply_in_thread(room, root, "numbat three")
    await erase(alice)
    await carol.join(room)
    assert (await bob.event(room, said))["content"]["body"] == "numbat one"
    listed = await carol.get(f"/_matrix/client/v1/rooms/{segment(room)}/threads")
    shown = [
        await carol.event(room, said),
        await carol.event(room, root),
        await carol.messages(room, limit=100),
        await carol.context(room, root, limit=50),
        await carol.relations(room, root),
        await carol.sync(),
        listed,
    ]
    assert "numbat" not in str(shown)
    assert bodies((await carol.messages(room, limit=100))["chunk"]) == ["root"]
    for reader in (bob, carol):
        wish = {"search_categories": {"room_events": {"search_term": "numbat"}}}
        found = await reader.post("/search", wish)
        assert found["search_categories"]["room_events"]["count"] == 0
