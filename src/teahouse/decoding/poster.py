"""Chooses and shows the frame that stands for a video, and describes videos."""

import contextlib
import io
import itertools
from typing import BinaryIO, cast

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image, ImageStat

from teahouse.decoding import pictures, shapes
from teahouse.decoding.frames import check_size
from teahouse.decoding.jobs import MediaInfo, Thumbnail
from teahouse.decoding.refusals import Refused
from teahouse.decoding.shapes import Size
from teahouse.decoding.times import duration_ms

DULL = 6.0
"""A frame whose brightness varies less than this shows nothing: films begin in black."""
LOOKS = (0.0, 0.1, 0.33)
"""Where to look for a frame, as parts of the duration, until one shows something."""
MOST_DECODED = 150
_TURNS = {
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}


def thumbnail(container: InputContainer, video: VideoStream, asked: Size, crop: bool) -> Thumbnail:
    """Make a thumbnail of the video."""
    frame = _telling_frame(container, video)
    size = _shown_size(video, frame)
    shape = shapes.fit(size, asked, crop)
    shown = _picture(frame, size).resize(
        shape.size, Image.Resampling.LANCZOS, box=shape.box, reducing_gap=2.0
    )
    return pictures.encode(shown)


def describe(
    container: InputContainer, content_type: str, video: VideoStream, audio: AudioStream | None
) -> MediaInfo:
    """Describe the video."""
    frame = _telling_frame(container, video)
    size = _shown_size(video, frame)
    small = _picture(frame, shapes.fit(size, (64, 64), crop=False).size)
    return MediaInfo(
        "video",
        content_type,
        *size,
        duration_ms=duration_ms(container, video),
        video_codec=video.codec_context.codec.canonical_name,
        audio_codec=audio.codec_context.codec.canonical_name if audio is not None else None,
        blurhash=pictures.blurhash_of(small),
    )


def warm_up() -> None:
    """Write and show a tiny film, so that everything is imported."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as made:
        stream = made.add_stream("mpeg4", rate=5, options={"threads": "1"})
        stream.width, stream.height, stream.pix_fmt = 16, 16, "yuv420p"
        for _ in range(2):
            made.mux(stream.encode(VideoFrame(16, 16, "yuv420p")))
        made.mux(stream.encode())
    with av.open(cast(BinaryIO, file), "r", format="mov") as container:
        thumbnail(container, container.streams.video[0], (8, 8), crop=True)


def _telling_frame(container: InputContainer, video: VideoStream) -> VideoFrame:
    """Give the first frame that isn't dull of those looked at, else the first."""
    first: VideoFrame | None = None
    duration = duration_ms(container, video) or 0
    for part in LOOKS:
        if part and not duration:
            break
        frame = _frame_at(container, video, int(duration * part))
        if frame is None:
            continue
        first = first or frame
        if not _is_dull(frame):
            return frame
    if first is None:
        raise Refused("broken", "The video has no picture that can be decoded")
    return first


def _frame_at(container: InputContainer, video: VideoStream, at_ms: int) -> VideoFrame | None:
    """Decode up to a time; from the key frame before it that may be much, so it ends after some frames."""
    latest: VideoFrame | None = None
    with contextlib.suppress(av.FFmpegError):
        if at_ms:
            container.seek(at_ms * 1000)
        for frame in itertools.islice(container.decode(video), MOST_DECODED):
            check_size(frame.width, frame.height)
            latest = frame
            if frame.time is None or frame.time * 1000 >= at_ms:
                break
    return latest


def _is_dull(frame: VideoFrame) -> bool:
    grey = _as_picture(frame, (64, 64)).convert("L")
    return ImageStat.Stat(grey).stddev[0] < DULL


def _picture(frame: VideoFrame, size: Size) -> Image.Image:
    """Show a frame upright, in about the size wanted."""
    turn = round(frame.rotation) % 360
    width, height = shapes.turned(size) if turn in {90, 270} else size
    picture = _as_picture(frame, (width, height))
    return picture.transpose(_TURNS[turn]) if turn in _TURNS else picture


def _as_picture(frame: VideoFrame, size: Size) -> Image.Image:
    shown: Image.Image = frame.to_image(width=size[0], height=size[1], threads=1)  # type: ignore[no-untyped-call]
    return shown


def _shown_size(video: VideoStream, frame: VideoFrame) -> Size:
    """Give the size on the screen: upright, and with square pixels."""
    width, height = frame.width, frame.height
    aspect = video.sample_aspect_ratio
    if aspect is not None and 0.1 < aspect < 10 and aspect != 1:
        width = max(1, round(width * aspect))
    check_size(width, height)
    return (height, width) if round(frame.rotation) % 360 in {90, 270} else (width, height)
