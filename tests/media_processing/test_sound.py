"""Voice messages: their true length, their waveform, and their other forms."""

import io

import av
import pytest

from teahouse.decoding.loudness import waveform
from teahouse.media.processing import Processing
from tests.media_processing.asking import describe, transcode
from tests.media_processing.made import VOICES, spoken, video, voice


@pytest.mark.parametrize("name", VOICES)
async def test_every_kind_of_voice_tells_its_length_and_waveform(processing: Processing, name: str) -> None:
    info = await describe(processing, voice(*VOICES[name]))
    assert info.kind == "audio"
    assert info.duration_ms is not None
    assert 3900 <= info.duration_ms <= 4150
    points = info.waveform
    assert points is not None
    assert len(points) == 100
    assert max(points[:45]) < 40
    assert min(points[55:70]) > 900
    assert all(400 < point < 640 for point in points[80:95])
    assert max(points) == 1024


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Tea is {pause} ready now"), ("cmn", "我们去 {pause} 喝茶吧")]
)
async def test_a_spoken_message_shows_where_the_speaker_paused(
    processing: Processing, language: str, words: str
) -> None:
    said = spoken(words.format(pause='<break time="2000ms"/>'), language)
    info = await describe(processing, said)
    assert info.content_type == "audio/ogg"
    assert info.duration_ms is not None
    assert 2500 < info.duration_ms < 8000
    assert info.waveform is not None
    pause_points = 2000 * 100 // info.duration_ms
    quiet = "".join("." if point < 30 else "|" for point in info.waveform)
    before, found, after = quiet.partition("." * (pause_points - 3))
    assert found, quiet
    assert "|" in before, quiet
    assert "|" in after, quiet


@pytest.mark.parametrize("target", ["ogg", "m4a"])
@pytest.mark.parametrize("name", ["Opus in Ogg", "Opus in WebM", "AAC in MP4", "MP3"])
async def test_voices_are_rewritten_for_apps_that_cant_play_them(
    processing: Processing, name: str, target: str
) -> None:
    made = await transcode(processing, voice(*VOICES[name]), target)
    assert made.content_type == ("audio/ogg" if target == "ogg" else "audio/mp4")
    with av.open(io.BytesIO(made.data), "r") as container:
        stream = container.streams.audio[0]
        assert stream.codec_context.codec.canonical_name == ("opus" if target == "ogg" else "aac")
        seconds = sum(frame.samples / frame.sample_rate for frame in container.decode(stream))
    assert 3.9 < seconds < 4.2
    assert 3900 <= made.duration_ms <= 4200
    again = await describe(processing, made.data)
    assert again.waveform is not None
    assert max(again.waveform[:45]) < 40
    assert min(again.waveform[56:70]) > 700


async def test_opus_is_moved_between_containers_bit_by_bit(processing: Processing) -> None:
    original = voice(*VOICES["Opus in WebM"])
    made = await transcode(processing, original, "ogg")

    def packets(data: bytes) -> list[bytes]:
        with av.open(io.BytesIO(data), "r") as container:
            return [bytes(packet) for packet in container.demux(audio=0) if packet.size]

    assert packets(made.data) == packets(original)


async def test_the_sound_of_a_film_is_rewritten_too(processing: Processing) -> None:
    made = await transcode(processing, video(), "ogg")
    assert 2900 <= made.duration_ms <= 3100


def test_silence_is_a_hundred_zeros() -> None:
    assert waveform([0] * 5000) == [0] * 100


def test_a_sound_shorter_than_a_hundred_points_repeats_them() -> None:
    assert waveform([16384, 32768]) == [512] * 50 + [1024] * 50


def test_each_point_is_the_peak_of_its_part() -> None:
    peaks = [10] * 1000
    peaks[555] = 1000
    assert [at for at, point in enumerate(waveform(peaks)) if point == 1024] == [55]
