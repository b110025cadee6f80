"""Where the bytes lie, behind one door: a local folder, or an S3-compatible store. Knows no users and no uploads.

door.py     what every store can do
folder.py   files in a folder, on disk before they are spoken of
s3.py       an S3-compatible store
"""

from teahouse.config import Media
from teahouse.media.objects.door import (
    ObjectInfo,
    ObjectMissing,
    ObjectStore,
    ObjectWriter,
    StoreAway,
    StoreFull,
)
from teahouse.media.objects.folder import FolderStore
from teahouse.media.objects.s3 import BucketStore

__all__ = [
    "BucketStore",
    "FolderStore",
    "ObjectInfo",
    "ObjectMissing",
    "ObjectStore",
    "ObjectWriter",
    "StoreAway",
    "StoreFull",
    "open_store",
]


def open_store(settings: Media) -> ObjectStore:
    """Make the store that the settings name."""
    folder = settings.store.folder
    return FolderStore(folder) if folder is not None else BucketStore(settings.store, settings)
