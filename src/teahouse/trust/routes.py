"""Routes of the public log: its pieces for any tool that reads such logs, and its entries as JSON for apps.

They answer strangers, whoever asks.
"""

from typing import Any

import msgspec
import orjson
from litestar import Request, Response, get

from teahouse.accounts import client_address
from teahouse.errors import InvalidParam
from teahouse.kernel.http import (
    FastRequest,
    FastRoute,
    Page,
    Reply,
    bounded,
    network_of,
    open_to_all,
    paged,
    taking,
)
from teahouse.trust import entries, tiles
from teahouse.trust.notes import encoded, parse
from teahouse.trust.service import Trust
from teahouse.trust.store_log import EntryRow

FOREVER = b"public, max-age=31536000, immutable"
SOON = b"public, max-age=5"
MOST_SHOWN = 80
SHOWN = 40
MOST_DIGITS = 15


class LogWish(Page, kw_only=True):
    """A page of the log, and the one kind of entries that is wanted."""

    kind: str | None = None


class SinceWish(msgspec.Struct, kw_only=True):
    """How many entries the caller has seen proved."""

    since: int | None = None


class LogEntry(msgspec.Struct, kw_only=True):
    """An entry of the log; `id` is its number. `week` is the Monday of the week that it was told with."""

    id: str
    kind: str
    commitment: str | None
    about: str | None
    answered_by: str | None
    week: str | None
    told_by: str | None
    entry: dict[str, Any]


class LogCheckpoint(msgspec.Struct, kw_only=True):
    """The log's signed head, and the hashes that prove that it goes on from `since`."""

    origin: str
    size: int
    root: str
    key: str
    note: str
    consistency: list[str]


@get("/api/v1/public_log", guards=[open_to_all], dependencies=taking(LogWish))
async def get_public_log(
    request: Request[Any, Any, Any], trust: Trust, params: LogWish
) -> Response[list[LogEntry]]:
    """Give the public log's entries, the newest first."""
    trust.limiter.check("page", network_of(client_address(request)))
    if params.kind is not None and params.kind not in entries.KINDS:
        raise InvalidParam(f"Kind must be one of {', '.join(entries.KINDS)}")
    most = bounded(params.limit, SHOWN, MOST_SHOWN)
    shown = await trust.log.shown(params.kind, _number(params.max_id), most)
    found = [log_entry(row) for row in shown.entries]
    older = found[-1].id if len(found) == most else None
    return paged(request, found, older=older, newer=None, public_url=trust.config.public_url.rstrip("/"))


@get("/api/v1/public_log/checkpoint", guards=[open_to_all], dependencies=taking(SinceWish))
async def get_public_log_checkpoint(
    request: Request[Any, Any, Any], trust: Trust, params: SinceWish
) -> LogCheckpoint:
    """Give the public log's signed head, and the proof that it only grew since `since` entries."""
    trust.limiter.check("page", network_of(client_address(request)))
    note, proof = await trust.log.consistency(params.since or 0)
    head = parse(note)
    return LogCheckpoint(
        origin=head.origin, size=head.size, root=encoded(head.root), key=str(trust.log.verifier), note=note,
        consistency=[encoded(one) for one in proof],
    )  # fmt: skip


def log_entry(row: EntryRow) -> LogEntry:
    """Give an entry as apps read it."""
    entry = orjson.loads(row.body)
    week = None if row.week is None else orjson.loads(row.week)
    return LogEntry(
        id=str(row.seq),
        kind=row.kind,
        commitment=entry.get("commitment"),
        about=None if row.about is None else str(row.about),
        answered_by=None if row.answered_by is None else str(row.answered_by),
        week=entry.get("week") if week is None else week["week"],
        told_by=None if week is None else str(week["seq"]),
        entry=entry,
    )


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
        raise InvalidParam("max_id is the number of an entry")
    return int(text)


async def get_log_checkpoint(request: FastRequest) -> Reply:
    """Give the log's signed head."""
    trust: Trust = request.services.trust
    trust.limiter.check("page", network_of(request.address))
    note = await trust.log.checkpoint()
    return _answer(request, note.encode(), b"text/plain; charset=utf-8", SOON)


async def get_log_tile(request: FastRequest) -> Reply:
    """Give a tile of the log's hashes, or a bundle of its entries; what is there never changes."""
    trust: Trust = request.services.trust
    trust.limiter.check("page", network_of(request.address))
    parts = request.path_params
    text = "/".join(parts[name] for name in ("tile_a", "tile_b", "tile_c", "tile_d") if name in parts)
    number, width = tiles.read_index(text)
    if parts["log_level"] == tiles.ENTRIES:
        data = tiles.bundled(await trust.log.bundle(number * tiles.WIDTH, width))
    else:
        level = tiles.read_level(parts["log_level"])
        data = b"".join(await trust.log.tile(level, number * tiles.WIDTH, width))
    return _answer(request, data, b"application/octet-stream", FOREVER)


def _answer(request: FastRequest, data: bytes, kind: bytes, kept: bytes) -> Reply:
    headers = [
        (b"content-type", kind),
        (b"cache-control", kept),
        (b"content-length", str(len(data)).encode()),
        (b"x-content-type-options", b"nosniff"),
    ]
    return Reply(200, headers, b"" if request.method == "HEAD" else data)


_TILE = "/transparency/tile/{log_level}/{tile_a}"
ROUTES = [
    get_public_log,
    get_public_log_checkpoint,
    FastRoute("GET", "/transparency/checkpoint", get_log_checkpoint, open_to_all, is_page=True),
    FastRoute("GET", _TILE, get_log_tile, open_to_all, is_page=True),
    FastRoute("GET", _TILE + "/{tile_b}", get_log_tile, open_to_all, is_page=True),
    FastRoute("GET", _TILE + "/{tile_b}/{tile_c}", get_log_tile, open_to_all, is_page=True),
    FastRoute("GET", _TILE + "/{tile_b}/{tile_c}/{tile_d}", get_log_tile, open_to_all, is_page=True),
]
