"""Our own endpoints: what a message about a file says of it, and its sound in another form."""

from __future__ import annotations

import io

import av
import httpx
import pytest

from tests.actors import Actor
from tests.media.files import token_of, upload
from tests.media_processing.made import VOICES, picture_in, video, voice

OWN = "/_teahouse/media"


async def ask(actor: Actor, what: str, media_id: str, **params: str) -> httpx.Response:
    """Ask one of our own endpoints about an upload."""
    return await actor.http.get(f"{OWN}/{what}/localhost/{media_id}", params=params, headers=token_of(actor))


async def test_a_picture_is_described_as_a_message_needs_it(alice: Actor, bob: Actor) -> None:
    data = picture_in("AVIF")
    media_id = await upload(alice, data, "application/octet-stream")
    told = (await ask(bob, "info", media_id)).json()
    blurhash = told["info"].pop("xyz.amorgan.blurhash")
    assert told == {
        "kind": "picture", "frames": 1,
        "info": {"mimetype": "image/avif", "size": len(data), "w": 400, "h": 300},
    }  # fmt: skip
    assert len(blurhash) == 28
    again = (await ask(alice, "info", media_id)).json()
    assert again["info"].pop("xyz.amorgan.blurhash") == blurhash
    assert again == told


async def test_a_film_is_described_as_a_message_needs_it(alice: Actor) -> None:
    media_id = await upload(alice, video(), "video/mp4")
    told = (await ask(alice, "info", media_id)).json()
    assert (told["kind"], told["video_codec"], told["audio_codec"]) == ("video", "h264", "aac")
    info = told["info"]
    assert (info["mimetype"], info["w"], info["h"], info["duration"]) == ("video/mp4", 320, 240, 3000)


@pytest.mark.parametrize("name", ["Opus in Ogg", "Opus in WebM", "AAC in MP4", "MP3"])
async def test_a_voice_message_gets_the_waveform_that_its_sender_left_out(alice: Actor, name: str) -> None:
    media_id = await upload(alice, voice(*VOICES[name]), "audio/ogg")
    told = (await ask(alice, "info", media_id)).json()
    audio = told["org.matrix.msc1767.audio"]
    assert audio["duration"] == told["info"]["duration"]
    assert len(audio["waveform"]) == 100
    assert all(type(point) is int and 0 <= point <= 1024 for point in audio["waveform"])
    assert max(audio["waveform"][:45]) < 40 < max(audio["waveform"])
    # All of it can stand in an event as it is: room events take no fractions.
    sent = await alice.send(
        await alice.create_room(),
        "m.room.message",
        {
            "msgtype": "m.audio",
            "body": "Voice",
            "url": f"mxc://localhost/{media_id}",
            **{k: told[k] for k in ("info", "org.matrix.msc1767.audio")},
        },
    )
    assert sent.startswith("$")


@pytest.mark.parametrize(
    ("form", "codec", "type"), [("ogg", "opus", "audio/ogg"), ("m4a", "aac", "audio/mp4")]
)
async def test_a_voice_is_given_in_a_form_that_the_app_plays(
    alice: Actor, bob: Actor, form: str, codec: str, type: str
) -> None:
    media_id = await upload(alice, voice(*VOICES["Opus in WebM"]), "audio/webm")
    answer = await ask(bob, "audio", media_id, format=form)
    assert (answer.status_code, answer.headers["content-type"]) == (200, type)
    assert answer.headers["content-disposition"] == f'inline; filename="sound.{form}"'
    with av.open(io.BytesIO(answer.content), "r") as opened:
        assert opened.streams.audio[0].codec_context.codec.canonical_name == codec
    part = await bob.http.get(
        f"{OWN}/audio/localhost/{media_id}",
        params={"format": form},
        headers={**token_of(bob), "Range": "bytes=-4"},
    )
    assert (part.status_code, part.content) == (206, answer.content[-4:])


async def test_what_has_no_sound_is_refused(alice: Actor) -> None:
    media_id = await upload(alice, picture_in("PNG"), "audio/ogg")
    refused = await ask(alice, "audio", media_id, format="ogg")
    assert (refused.status_code, refused.json()["errcode"]) == (400, "M_UNKNOWN")


@pytest.mark.parametrize("params", [{}, {"format": "wav"}, {"format": ""}])
async def test_only_the_forms_that_are_made_can_be_asked(alice: Actor, params: dict[str, str]) -> None:
    media_id = await upload(alice, voice(*VOICES["MP3"]), "audio/mpeg")
    refused = await ask(alice, "audio", media_id, **params)
    assert refused.status_code == 400
    assert refused.json()["errcode"] in {"M_MISSING_PARAM", "M_INVALID_PARAM"}


async def test_encrypted_files_are_left_alone(alice: Actor) -> None:
    data = bytes((number * 97 + 13) % 251 for number in range(5000))
    media_id = await upload(alice, data)
    for what, params in (("info", {}), ("audio", {"format": "ogg"})):
        refused = await ask(alice, what, media_id, **params)
        assert (refused.status_code, refused.json()["errcode"]) == (400, "M_UNKNOWN")


async def test_strangers_are_told_nothing(alice: Actor) -> None:
    media_id = await upload(alice, picture_in("PNG"), "image/png")
    for what in ("info", "audio"):
        answer = await alice.http.get(f"{OWN}/{what}/localhost/{media_id}", params={"format": "ogg"})
        assert (answer.status_code, answer.json()["errcode"]) == (401, "M_MISSING_TOKEN")
    assert (await ask(alice, "info", "A" * 32)).json()["errcode"] == "M_NOT_FOUND"
