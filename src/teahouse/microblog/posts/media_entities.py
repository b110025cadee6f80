"""Makes entities of what posts keep of their media. Pure."""

from typing import Any
from urllib.parse import quote

from teahouse.microblog.entities.statuses import MediaAttachment
from teahouse.microblog.posts.store_attachments import AttachmentRow

SMALL = 640
PREVIEW = "small"


def kept_of(row: AttachmentRow) -> dict[str, Any]:
    """Give what a post keeps of an upload, so that showing the post needs no other row."""
    return {
        "id": str(row.id),
        "type": row.type,
        "media_id": row.media_id,
        "file_name": row.file_name,
        "width": row.info.width,
        "height": row.info.height,
        "duration_ms": row.info.duration_ms,
        "blurhash": row.info.blurhash,
        "focus": row.focus,
        "description": row.description,
    }


def media_entity(public_url: str, kept: dict[str, Any], *, is_ready: bool = True) -> MediaAttachment:
    """Make the entity; while a file is worked on its address is null, which tells apps to ask again."""
    url = f"{public_url}/media/{kept['media_id']}/{quote(kept['file_name'], safe='')}"
    is_seen = kept["type"] in ("image", "gifv", "video")
    return MediaAttachment(
        id=kept["id"],
        type=kept["type"],
        url=url if is_ready else None,
        preview_url=f"{public_url}/media/{kept['media_id']}/preview/{PREVIEW}"
        if is_seen and is_ready
        else None,
        meta=_meta(kept),
        description=kept["description"],
        blurhash=kept["blurhash"],
    )


def _meta(kept: dict[str, Any]) -> dict[str, Any]:
    meta: dict[str, Any] = {}
    width, height = kept["width"], kept["height"]
    if width and height:
        meta["original"] = _size(width, height)
        meta["small"] = _size(*scaled(width, height))
    if kept["duration_ms"]:
        meta.setdefault("original", {})["duration"] = kept["duration_ms"] / 1000
        meta["length"] = _clock(kept["duration_ms"])
        meta["duration"] = kept["duration_ms"] / 1000
    focus = kept["focus"] or (0.0, 0.0)
    if kept["type"] == "image" or kept["focus"]:
        meta["focus"] = {"x": focus[0], "y": focus[1]}
    return meta


def scaled(width: int, height: int) -> tuple[int, int]:
    """Give the size of the small picture that is made of one of this size."""
    scale = min(1.0, SMALL / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _size(width: int, height: int) -> dict[str, Any]:
    return {"width": width, "height": height, "size": f"{width}x{height}", "aspect": width / height}


def _clock(duration_ms: int) -> str:
    seconds, rest = divmod(duration_ms, 1000)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest // 10:02}"
