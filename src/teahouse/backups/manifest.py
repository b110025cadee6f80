"""What a backup says of itself."""

from pathlib import Path

import msgspec

from teahouse.errors import TeahouseError

FORMAT = 1
NAME = "manifest.json"


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=False):
    """Made last, so that its presence says that the rest is whole."""

    format: int
    made_by: str
    """The program and its version."""

    server_name: str
    began: str
    """The moment, in UTC: what was acknowledged before is in the backup."""

    schema: list[int]
    """The migrations that the database has."""

    database: str
    """What it was copied from, without a password."""

    database_bytes: int
    media_store: str
    has_media: bool
    objects: int
    object_bytes: int
    sums: str
    """The SHA-256 of the file of sums."""

    missing: list[str] = []
    """Objects that the database names and the store did not have."""

    damaged: list[str] = []
    """Objects whose bytes were not what was uploaded, already in the store."""


def read_manifest(folder: Path) -> Manifest:
    """Read what a backup says of itself; raises TeahouseError for what is none."""
    try:
        manifest = msgspec.json.decode((folder / NAME).read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise TeahouseError(f"There is no finished backup in {folder}: it has no {NAME}") from None
    except msgspec.DecodeError as error:
        raise TeahouseError(f"The {NAME} in {folder} can't be read: {error}") from None
    if manifest.format > FORMAT:
        raise TeahouseError(
            f"The backup in {folder} was made by a newer Teahouse ({manifest.made_by}): use that"
        )
    return manifest


def encode_manifest(manifest: Manifest) -> str:
    """Give the text that is kept."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1).decode()
