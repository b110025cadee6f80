"""Has people's files looked into by confined worker processes; never decodes anything in the server itself.

    service.py   what may be asked: thumbnails, descriptions, sound in another form, a file without its metadata
    pool.py      how many workers, who waits, in which order
    worker.py    one worker process from its start to its end
    sources.py   where a file's bytes come from

Owns no tables and knows no media ids: files come as sources, results are bytes. Refuses nothing by itself: a
worker's refusal comes out as the protocol's error.
"""

from teahouse.media.processing.pool import Pool
from teahouse.media.processing.service import AudioForm, CannotProcess, Piece, Processing
from teahouse.media.processing.sources import BytesSource, FileSource, Source, whole

__all__ = [
    "AudioForm",
    "BytesSource",
    "CannotProcess",
    "FileSource",
    "Piece",
    "Pool",
    "Processing",
    "Source",
    "whole",
]
