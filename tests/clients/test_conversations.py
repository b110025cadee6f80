"""People with different client libraries in one room, in English and in Chinese."""

from __future__ import annotations

import itertools

import pytest

from tests.clients.conftest import LIBRARIES, Library, People
from tests.clients.real_client import share_a_room, until, until_shown

pytestmark = pytest.mark.timeout(600)  # The first test may have to install Node and the SDK.
PAIRS = list(itertools.permutations(LIBRARIES))

# A talk about tea: who speaks, and what they say.
CHINESE_TALK = [
    ("host", "下午好！新到的龙井茶要不要尝尝？"),
    ("guest", "好啊，我马上就来。"),
    ("host", "记得带上你的青花瓷杯子 🍵"),
    ("guest", "杯子在，点心也在——还有一本《红楼梦》。"),
]


@pytest.mark.parametrize(("host_library", "guest_library"), PAIRS)
async def test_two_libraries_understand_everything_the_other_does(
    people: People, host_library: Library, guest_library: Library
) -> None:
    host = await people.person(host_library, "host", "Hester")
    guest = await people.person(guest_library, "guest", "Gulliver")
    room_id = await share_a_room(host, guest, "Where the ships meet")

    hello = await host.send_text(room_id, "ahoy")
    assert (await until_shown(guest, room_id, hello, "ahoy")).sender == "Hester"
    answer = await guest.send_text(room_id, "ahoy yourself")
    assert (await until_shown(host, room_id, answer, "ahoy yourself")).sender == "Gulliver"

    await host.edit_text(room_id, hello, "ahoy, Gulliver")
    assert (await until_shown(guest, room_id, hello, "ahoy, Gulliver")).edited
    wave = await guest.react(room_id, hello, "👋")
    await until(
        lambda: host.shown(room_id, hello),
        lambda seen: seen is not None and seen.reactions == {"👋": 1},
        "the reaction",
    )
    await guest.redact(room_id, wave)
    await until(
        lambda: host.shown(room_id, hello),
        lambda seen: seen is not None and seen.reactions == {},
        "the reaction to go",
    )

    reply = await guest.reply_in_thread(room_id, hello, "which harbour?")
    assert (await until_shown(host, room_id, reply, "which harbour?")).thread_root == hello
    await until(
        lambda: host.thread_replies(room_id, hello), lambda seen: seen == (1, "which harbour?"), "the thread"
    )

    await host.redact(room_id, hello)
    gone = await until(
        lambda: guest.shown(room_id, hello), lambda seen: seen is not None and seen.redacted, "the redaction"
    )
    assert gone is not None
    assert gone.body is None


@pytest.mark.parametrize(("host_library", "guest_library"), PAIRS)
async def test_a_receipt_of_one_library_is_read_by_the_other(
    people: People, host_library: Library, guest_library: Library
) -> None:
    host = await people.person(host_library, "host")
    guest = await people.person(guest_library, "guest")
    room_id = await share_a_room(host, guest, "Did you get it?")
    sent = [await host.send_text(room_id, f"letter {n}") for n in range(2)]
    await until(lambda: guest.unread(room_id), lambda count: count == 2, "two unread letters")
    assert not await host.has_read(room_id, guest.user_id, sent[-1])
    await guest.mark_read(room_id, sent[-1])
    await until(lambda: host.has_read(room_id, guest.user_id, sent[-1]), bool, "the receipt")
    await until(lambda: guest.unread(room_id), lambda count: count == 0, "nothing unread")


@pytest.mark.parametrize(("host_library", "guest_library"), PAIRS)
async def test_a_chinese_conversation_keeps_every_character(
    people: People, host_library: Library, guest_library: Library
) -> None:
    host = await people.person(host_library, "laoban", "茶馆老板")
    guest = await people.person(guest_library, "xiaoming", "李小明 🐼")
    room_id = await share_a_room(host, guest, "茶馆・听雨轩")
    for client in (host, guest):
        await until(
            lambda who=client: who.room_name(room_id),  # type: ignore[misc]
            lambda name: name == "茶馆・听雨轩",
            "the Chinese room name",
        )
    for role, body in CHINESE_TALK:
        speaker, listener = (host, guest) if role == "host" else (guest, host)
        name = "茶馆老板" if role == "host" else "李小明 🐼"
        event_id = await speaker.send_text(room_id, body)
        for client in (listener, speaker):
            assert (await until_shown(client, room_id, event_id, body)).sender == name
    assert await guest.page_back(room_id, limit=3) == [body for _, body in CHINESE_TALK]


async def test_chinese_words_inside_a_sentence_are_found(people: People, library: Library) -> None:
    host = await people.person(library, "laoban")
    room_id = await host.create_room("听雨轩")
    for _, body in CHINESE_TALK:
        await host.send_text(room_id, body)
    for words, line in {"龙井": 0, "青花瓷": 2, "红楼梦": 3, "茶": 0}.items():
        said = CHINESE_TALK[line][1]
        await until(lambda w=words: host.search(w), lambda hits, s=said: hits == [s], words)  # type: ignore[misc]
    assert await host.search("咖啡") == []
