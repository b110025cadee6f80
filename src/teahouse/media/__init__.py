"""Media: everybody's files, taken in and given out piece by piece, so that their size costs no memory.

    service.py         the door: wires the capabilities
    uploads.py         bytes into the store, hashed on the way; visible once whole and on the disk
    downloads.py       who may see a file, and its bytes;  file_reply.py  how a file is answered
    own_uploads.py     what a user has uploaded;  removal.py  deleting and blocking
    collection.py      what nothing refers to any more;  verification.py  reading all anew;  report.py  the figures
    publication.py     files of public posts, without what tells place and device
    quotas.py          what a user may store and upload at once;  arrivals.py  who waits for an upload
    derivations.py     what is made of files when asked, and kept;  thumbnail_sizes.py  stored_source.py
    processing/        worker processes that look into files
    previews/          what is behind links
    archive.py         what a backup takes from the store and gives back
    objects/           the store: a local folder or S3-compatible
    content_types.py  file_names.py  ranges.py   pure rules
    store_*.py  all SQL;  records.py  typed rows;  routes_*.py  the wire

Tables: media (uploads), media_files (contents, each kept once), media_derived (what was made of them),
media_blocked, media_usage. Specification: "Content repository".

Refuses to look into files in the server's process; what must be decoded is decoded elsewhere. Encrypted files are
opaque bytes.
"""

from teahouse.media import routes_derived, routes_download, routes_own, routes_preview, routes_upload
from teahouse.media.archive import Archive, bytes_of, objects_of, still_named
from teahouse.media.collection import Collected
from teahouse.media.content_types import read_type
from teahouse.media.file_names import harmless_name
from teahouse.media.previews import Description
from teahouse.media.records import Claim, Concerned, MediaItem, StoredObject
from teahouse.media.report import Overview
from teahouse.media.routes_derived import reply_with_thumbnail
from teahouse.media.service import Media
from teahouse.media.verification import Fault

ROUTES = [
    *routes_upload.ROUTES,
    *routes_download.ROUTES,
    *routes_derived.ROUTES,
    *routes_own.ROUTES,
    *routes_preview.ROUTES,
]

__all__ = [
    "ROUTES",
    "Archive",
    "Claim",
    "Collected",
    "Concerned",
    "Description",
    "Fault",
    "Media",
    "MediaItem",
    "Overview",
    "StoredObject",
    "bytes_of",
    "harmless_name",
    "objects_of",
    "read_type",
    "reply_with_thumbnail",
    "still_named",
]
