"""Photos, films, files, voice messages and stickers, sent in one browser and seen in another client."""

from __future__ import annotations

import asyncio
import io
import re
from typing import Any
from urllib.parse import quote

from PIL import Image
from playwright.async_api import Browser, expect

from tests.actors import Actor, segment
from tests.media.files import upload
from tests.media_processing import made
from tests.web import made_files
from tests.web.conftest import NewPerson
from tests.web.person import DESK, PHONE, Person, until


async def newest(actor: Actor, room: str) -> dict[str, Any]:
    """Give the content of the newest message that an API client sees."""
    page = await actor.get(f"/rooms/{room}/messages", dir="b", limit=1)
    content: dict[str, Any] = page["chunk"][0]["content"]
    return content


async def fetched(actor: Actor, mxc: str) -> bytes:
    """Download a file as an API client does."""
    answer = await actor.answer("GET", f"/_matrix/client/v1/media/download/{mxc.removeprefix('mxc://')}")
    assert answer.status_code == 200
    return answer.content


async def group_of(one: Person, actor: Actor) -> str:
    """Let somebody sign up and join a group of the actor's, opened on the screen."""
    await one.sign_up()
    room = await actor.create_room(name="Pictures", invite=[one.user_id])
    await one.accept_request()
    return room


async def attach(one: Person, label: str, files: list[Any]) -> None:
    """Choose files in the composer's panel."""
    await one.page.get_by_role("button", name="Add a picture or file").click()
    await one.page.get_by_label(label, exact=True).set_input_files(files)


async def test_a_photo_is_shrunk_and_forgets_where_it_was_taken(person: NewPerson, alice: Actor) -> None:
    lin = await person("lin")
    room = await group_of(lin, alice)
    large = made_files.photo(4000, 3000)
    await attach(lin, "Photos and videos", [{"name": "park.jpg", "mimeType": "image/jpeg", "buffer": large}])
    await lin.page.get_by_label("Words below it").fill("under the plane tree")
    await lin.page.locator("dialog").get_by_role("button", name="Send", exact=True).click()
    await expect(lin.page.locator("article img")).to_be_visible()
    await lin.sees("under the plane tree")
    await expect(lin.page.locator("article")).to_have_attribute("data-state", "sent")
    content = await newest(alice, room)
    assert (content["body"], content["filename"]) == ("under the plane tree", "park.jpg")
    sent = await fetched(alice, content["url"])
    assert len(sent) <= 400_000 < len(large)
    picture = Image.open(io.BytesIO(sent))
    assert max(picture.size) <= 1600
    assert not picture.getexif()
    assert (content["info"]["w"], content["info"]["h"]) == picture.size

    await lin.page.locator("article button.box").click()
    await expect(lin.page.locator("dialog .stage img")).to_be_visible()
    await lin.page.keyboard.press("Escape")
    await expect(lin.page.locator("dialog .stage")).to_have_count(0)


async def test_photos_that_are_sent_together_are_one_album(person: NewPerson, alice: Actor) -> None:
    lin = await person("lin")
    room = await group_of(lin, alice)
    photos = [
        {"name": f"{colour}.jpg", "mimeType": "image/jpeg", "buffer": made.picture_in("JPEG")}
        for colour in ("red", "green", "blue")
    ]
    await attach(lin, "Photos and videos", photos)
    await lin.page.get_by_label("Words below it").fill("three colours")
    await lin.page.locator("dialog").get_by_role("button", name="Send", exact=True).click()
    album = lin.page.locator("article")
    await expect(album.locator("img")).to_have_count(3)
    await expect(album).to_have_attribute("data-state", "sent")
    await expect(album).to_have_count(1)
    assert (await newest(alice, room))["body"] == "three colours"
    await expect(album).to_have_accessible_name(
        re.compile(r"^you: \[3 photos\] three colours, ", re.IGNORECASE)
    )
    await expect(album.get_by_role("button", name="Open [Photo], 2 of 3")).to_have_count(1)

    await album.locator("button").first.click()
    stage = lin.page.locator("dialog .stage img")
    await expect(stage).to_have_attribute("alt", "red.jpg")
    await lin.page.keyboard.press("ArrowRight")
    await lin.page.keyboard.press("ArrowRight")
    await expect(stage).to_have_attribute("alt", "blue.jpg")
    # The way back leads out of the viewer, not out of the chat.
    await lin.page.go_back()
    await expect(stage).to_have_count(0)
    await expect(lin.composer).to_be_visible()

    # Other apps leave no mark: theirs follow each other at once.
    picture = f"mxc://localhost/{await upload(alice, made.picture_in('PNG'), 'image/png')}"
    for name in ("one", "two"):
        content = {"msgtype": "m.image", "body": f"{name}.png", "url": picture}
        await alice.put(f"/rooms/{segment(room)}/send/m.room.message/{alice.next_txn_id()}", content)
    await expect(album.nth(1).locator("img")).to_have_count(2)
    await expect(album).to_have_count(2)


async def test_a_file_with_a_hostile_name_stays_a_file(person: NewPerson, alice: Actor) -> None:
    lin = await person("lin")
    room = await group_of(lin, alice)
    name = '"><img src=x onerror=window.hit=1>\u202egpj.html'
    page = b"<script>window.hit=1</script>"
    await attach(lin, "File", [{"name": name, "mimeType": "text/html", "buffer": page}])
    await lin.page.locator("dialog").get_by_role("button", name="Send", exact=True).click()
    await expect(lin.page.locator("article")).to_have_attribute("data-state", "sent")
    assert (await newest(alice, room))["body"] == name
    # What it is called can't make it look like a picture.
    shown = await lin.page.locator("article .file b").inner_text()
    assert shown == name.replace("\u202e", "")
    async with lin.page.expect_download() as downloading:
        await lin.page.locator("article .file").click()
    saved = await (await downloading.value).path()
    assert await asyncio.to_thread(saved.read_bytes) == page
    assert await lin.page.evaluate("window.hit") is None


async def test_a_sticker_is_a_picture_for_everybody(person: NewPerson, alice: Actor) -> None:
    lin = await person("lin")
    room = await group_of(lin, alice)
    await lin.page.get_by_role("button", name="Add a picture or file").click()
    await lin.page.get_by_role("button", name="Stickers").click()
    await lin.page.get_by_role("button", name="Cheers").click()
    await expect(lin.page.locator("article .sticker img")).to_be_visible()
    await expect(lin.page.locator("article")).to_have_attribute("data-state", "sent")
    assert (await fetched(alice, (await newest(alice, room))["url"])).startswith(b"\x89PNG")


async def hold(one: Person, seconds: int, up: int = 0) -> None:
    """Press the talk button with a finger until so much is recorded, perhaps slide up, and let go."""
    button = one.page.get_by_role("button", name="Hold to talk")
    box = await button.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = await one.context.new_cdp_session(one.page)
    await touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    if seconds:
        await expect(one.page.get_by_text(f"Recording 0:0{seconds}")).to_be_visible()
    if up:
        points = [{"x": x, "y": y - up}]
        await touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": points})
        await expect(one.page.get_by_role("button", name="Release to cancel")).to_be_visible()
    await touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


async def test_a_voice_message_is_recorded_and_sent_as_other_apps_do(
    person: NewPerson, speaking: Browser, alice: Actor
) -> None:
    lin = await person("lin", using=speaking, permissions=["microphone"], **PHONE)
    room = await group_of(lin, alice)
    await lin.page.get_by_role("button", name="Voice message").click()

    await hold(lin, 1, up=120)
    await hold(lin, 0)
    await expect(lin.page.get_by_text("Too short")).to_be_visible()
    assert (await alice.get(f"/rooms/{room}/messages", dir="b", limit=1))["chunk"][0][
        "type"
    ] == "m.room.member"

    await lin.page.get_by_role("button", name="Record without holding").click()
    await expect(lin.page.get_by_text("Recording 0:02")).to_be_visible()
    await lin.page.get_by_role("button", name="Stop and listen").click()
    await lin.page.get_by_role("button", name="Play").click()
    await expect(lin.page.get_by_role("button", name="Pause")).to_be_visible()
    await lin.page.get_by_role("button", name="Send the recording").click()
    await expect(lin.page.locator("article")).to_have_attribute("data-state", "sent")
    content = await newest(alice, room)
    assert content["msgtype"] == "m.audio"
    assert content["org.matrix.msc3245.voice"] == {}
    assert content["info"]["mimetype"] == "audio/ogg"
    waveform = content["org.matrix.msc1767.audio"]["waveform"]
    assert 30 <= len(waveform) <= 100
    assert 0 <= min(waveform) <= max(waveform) <= 1024
    sound = await fetched(alice, content["url"])
    assert sound.startswith(b"OggS")
    assert b"OpusHead" in sound[:64]


# Whether the browser keeps what was recorded so far.
KEPT_PIECE = """async (room) => {
    const opening = indexedDB.open("teahouse");
    await new Promise((done) => (opening.onsuccess = done));
    const reading = opening.result.transaction("kept").objectStore("kept").get(`voice:${room}`);
    await new Promise((done) => (reading.onsuccess = done));
    opening.result.close();
    return reading.result !== undefined;
}"""


async def test_a_recording_is_still_there_when_its_speaker_comes_back(
    person: NewPerson, speaking: Browser, alice: Actor
) -> None:
    lin = await person("lin", using=speaking, permissions=["microphone"], **PHONE)
    room = await group_of(lin, alice)
    await lin.page.get_by_role("button", name="Voice message").click()
    await lin.page.get_by_role("button", name="Record without holding").click()
    await until(lin.page, KEPT_PIECE, room)
    await lin.page.reload()
    await expect(lin.page.get_by_role("button", name="Send the recording")).to_be_visible()
    await lin.page.get_by_role("button", name="Discard the recording").click()

    await lin.page.get_by_role("button", name="Record without holding").click()
    await expect(lin.page.get_by_text("Recording 0:02")).to_be_visible()
    await lin.visit("/chats")
    await expect(lin.page.get_by_text("[Draft] [Voice] 0:0")).to_be_visible()
    await lin.page.locator(f'a[href="/chats/{quote(room, safe="!()*~")}"]').click()
    await lin.page.get_by_role("button", name="Send the recording").click()
    await expect(lin.page.locator("article")).to_have_attribute("data-state", "sent")
    content = await newest(alice, room)
    assert content["info"]["mimetype"] == "audio/ogg"
    assert 1000 <= content["info"]["duration"] < 10_000
    assert (await fetched(alice, content["url"])).startswith(b"OggS")


async def test_somebody_without_a_microphone_is_told_how(person: NewPerson, alice: Actor) -> None:
    lin = await person("lin")
    await group_of(lin, alice)
    await lin.page.get_by_role("button", name="Voice message").click()
    await lin.page.get_by_role("button", name="Record without holding").click()
    await expect(
        lin.page.get_by_role("alert").or_(lin.page.get_by_text("no microphone")).first
    ).to_be_visible()
    await expect(lin.page.get_by_role("button", name="Hold to talk")).to_be_visible()


async def test_a_film_shows_a_picture_of_itself_plays_and_goes_where_one_points(
    person: NewPerson, alice: Actor
) -> None:
    lin = await person("lin", **DESK)
    room = await group_of(lin, alice)
    film = {"name": "rain.webm", "mimeType": "video/webm", "buffer": made.video("webm", "libvpx")}
    await attach(lin, "Photos and videos", [film])
    await lin.page.locator("dialog").get_by_role("button", name="Send", exact=True).click()
    await expect(lin.page.locator("article")).to_have_attribute("data-state", "sent")
    content = await newest(alice, room)
    info = content["info"]
    assert (info["w"], info["h"]) == (320, 240)
    assert 2_500 < info["duration"] < 3_500
    assert Image.open(io.BytesIO(await fetched(alice, info["thumbnail_url"]))).size == (320, 240)

    # What is seen now comes from the server, no longer from the file that was chosen.
    await lin.page.reload()
    await until(lin.page, "() => document.querySelector('article img')?.naturalWidth === 320")
    await lin.page.get_by_role("button", name="Open [Video]").click()
    await until(lin.page, "() => document.querySelector('dialog video')?.currentTime > 0.1")
    await lin.page.locator("dialog video").evaluate("(film) => (film.currentTime = 2.2)")
    moved = """() => [document.querySelector("dialog video")].every(
        (film) => !film.seeking && film.readyState >= 2 && film.currentTime >= 2.2)"""
    assert await until(lin.page, moved)


async def test_voice_messages_play_one_after_the_other_and_keep_their_place(
    person: NewPerson, alice: Actor
) -> None:
    bao = await person("bao")
    room = await group_of(bao, alice)
    for seconds in (1.5, 15.0):
        sound = await upload(alice, made.voice("ogg", "libopus", seconds), "audio/ogg")
        await alice.send(
            room,
            "m.room.message",
            {
                "msgtype": "m.audio",
                "body": "voice.ogg",
                "url": f"mxc://localhost/{sound}",
                "info": {"mimetype": "audio/ogg", "duration": int(seconds * 1000)},
                "org.matrix.msc3245.voice": {},
            },
        )
    unheard = bao.page.get_by_role("img", name="Not heard yet")
    await expect(unheard).to_have_count(2)
    first, second = bao.page.locator("article").nth(0), bao.page.locator("article").nth(1)
    await first.get_by_role("button", name="Play").click()
    await bao.page.get_by_role("button", name="Speed 1×").click()
    await expect(second.get_by_role("button", name="Pause")).to_be_visible()
    await expect(unheard).to_have_count(0)
    await expect(second.locator(".played")).not_to_have_count(0)
    await second.get_by_role("button", name="Pause").click()
    await expect(second.get_by_role("button", name="Play")).to_be_visible()
    place = await second.get_by_role("slider").get_attribute("aria-valuetext")

    await bao.visit("/chats")
    await bao.go_to_chat(room)
    await expect(second.get_by_role("slider")).to_have_attribute("aria-valuetext", place or "")
    await second.get_by_role("button", name="Play").click()
    await expect(bao.page.get_by_role("button", name="Speed 1.5×")).to_be_visible()
