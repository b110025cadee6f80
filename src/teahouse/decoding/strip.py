"""Finds where a picture or video tells place and device, without decoding it.

What comes out is the file in pieces, so the picture itself is the same to the last bit; its size in memory doesn't
matter. How a picture is turned stays known.
"""

from typing import BinaryIO

from teahouse.decoding import strip_boxes, strip_chunks, strip_gif, strip_jpeg
from teahouse.decoding.jobs import Edits, StripJob
from teahouse.decoding.pieces import Pieces
from teahouse.decoding.refusals import Refused


def find(job: StripJob, file: BinaryIO) -> Edits:
    """Give the file without what tells place and device; raises Refused for formats that aren't known well enough."""
    finders = {
        "jpeg": strip_jpeg.strip,
        "png": strip_chunks.strip_png,
        "webp": strip_chunks.strip_webp,
        "gif": strip_gif.strip,
        "mp4": strip_boxes.strip,
        "mov": strip_boxes.strip,
        "avif": strip_boxes.strip,
        "heic": strip_boxes.strip,
    }
    finder = finders.get(job.format)
    if finder is None:
        raise Refused("unsupported", "What this format tells of place and device isn't known")
    pieces = Pieces(file)
    finder(file, pieces)
    return Edits(pieces.finished())
