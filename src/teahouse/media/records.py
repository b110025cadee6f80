"""The slice's typed rows."""

from dataclasses import dataclass
from typing import Literal

Purpose = Literal["chat", "post", "preview"]


@dataclass(frozen=True, slots=True)
class MediaItem:
    """One upload. Its content is `object` in the store; None for both while the bytes have not come yet."""

    media_id: str
    owner: str
    purpose: str
    is_public: bool
    sha256: str | None
    size: int
    content_type: str
    file_name: str | None
    created_ts: int
    expires_ts: int | None
    object: str | None
    object_type: str | None
    object_name: str | None
    """The type and the name under which an S3-compatible store itself would serve the content."""

    used_ts: int
    """When it was last fetched, to the day."""

    @property
    def is_whole(self) -> bool:
        """Tell whether the bytes have come."""
        return self.object is not None


@dataclass(frozen=True, slots=True)
class Claim:
    """What a sender says of the bytes that follow."""

    content_type: str
    file_name: str | None
    length: int | None
    purpose: Purpose = "chat"
    is_public: bool = False


@dataclass(frozen=True, slots=True)
class Concerned:
    """Somebody whose file is taken away or given back: the user's id, and the file, with its name where it has one."""

    owner: str
    media_id: str
    file_name: str | None


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A content in the store, and how an S3-compatible store would serve it."""

    sha256: str
    object: str
    size: int
    content_type: str
    file_name: str | None


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object that a row names, whether it was uploaded or made of an upload; what was made has no hash."""

    name: str
    size: int
    sha256: str | None
    content_type: str
    file_name: str | None


@dataclass(frozen=True, slots=True)
class Derived:
    """Something made of a content and kept: a thumbnail, a poster, another format."""

    object: str
    size: int
    content_type: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """A content that nobody gets: who says so, and why."""

    sha256: str
    blocked_by: str
    reason: str
    blocked_ts: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What there is in all. Contents are fewer than uploads where several people uploaded the same."""

    uploads: int
    upload_bytes: int
    pending: int
    contents: int
    content_bytes: int
    derived: int
    derived_bytes: int
    blocked: int
