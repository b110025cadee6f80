"""Routes of the sign-in by QR code, in both forms that shipped apps speak.

MSC4108 of 2024 has the text as the body and its version as the ETag; MSC4388 has both in JSON. They share their
sessions. Whoever shows the code may not be signed in yet, so none of this needs a token; one that is sent counts.
"""

from email.utils import formatdate
from typing import Any

import orjson
from litestar import Request, Response, delete, get, post, put
from msgspec import Struct

from teahouse.accounts.addresses import client_address
from teahouse.accounts.rendezvous import LIFETIME_S, Meeting
from teahouse.accounts.service import Accounts
from teahouse.errors import Conflict, Forbidden, InvalidParam, MissingParam
from teahouse.kernel.http import JsonObject, maybe_signed_in, open_to_all

AnyRequest = Request[Any, Any, Any]
TEXT = "text/plain"
OF_2024 = "/_matrix/client/unstable/org.matrix.msc4108/rendezvous"
OF_2025 = "/_matrix/client/unstable/io.element.msc4388/rendezvous"


class NewRendezvous(Struct):
    data: str


class RendezvousUpdate(Struct):
    data: str
    sequence_token: str


def _headers(meeting: Meeting) -> dict[str, str]:
    return {
        "ETag": f'"{meeting.version}"',
        "Expires": formatdate(meeting.expires_ts / 1000, usegmt=True),
        "Last-Modified": formatdate(meeting.changed_ts / 1000, usegmt=True),
        "Cache-Control": "no-store",
        "Pragma": "no-cache",
    }


def _version(header: str | None) -> str:
    """Give the version that an ETag names; proxies that compress make a weak one of ours."""
    return (header or "").strip().removeprefix("W/").strip('"')


async def _text(request: AnyRequest) -> bytes:
    kind = request.headers.get("content-type")
    if kind is None:
        raise MissingParam("The Content-Type is missing")
    if kind.partition(";")[0].strip().lower() != TEXT:
        raise InvalidParam(f"The Content-Type must be {TEXT}")
    # The ordinary way to the body takes JSON alone.
    return await Request.body(request)


def _refuse_visits(request: AnyRequest) -> None:
    """Refuse a browser that was led here to see the text as a page: anybody may have written it."""
    if request.headers.get("sec-fetch-mode") == "navigate":
        raise Forbidden("This is no page")


@post(OF_2024, guards=[open_to_all], status_code=201)
async def create_rendezvous(request: AnyRequest, accounts: Accounts) -> Response[bytes]:
    """Begin a session with a first text (MSC4108)."""
    meeting = accounts.rendezvous.create(await _text(request), client_address(request))
    address = f"{accounts.config.public_url.rstrip('/')}{OF_2024}/{meeting.session_id}"
    return Response(
        orjson.dumps({"url": address}),
        status_code=201,
        headers=_headers(meeting),
        media_type="application/json",
    )


@get(OF_2024 + "/{session_id:str}", guards=[open_to_all])
async def read_rendezvous(request: AnyRequest, accounts: Accounts, session_id: str) -> Response[bytes]:
    """Give the text, unless the asker has seen it (MSC4108)."""
    _refuse_visits(request)
    meeting = accounts.rendezvous.read(session_id, client_address(request))
    headers = _headers(meeting)
    if _version(request.headers.get("if-none-match")) == str(meeting.version):
        return Response(b"", status_code=304, headers=headers)
    return Response(meeting.data, headers={**headers, "Content-Type": TEXT})


@put(OF_2024 + "/{session_id:str}", guards=[open_to_all], status_code=200)
async def write_rendezvous(request: AnyRequest, accounts: Accounts, session_id: str) -> Response[bytes]:
    """Put a new text in place of the one that was seen (MSC4108)."""
    seen = request.headers.get("if-match")
    if seen is None:
        raise MissingParam("The If-Match is missing")
    data, address = await _text(request), client_address(request)
    try:
        meeting = accounts.rendezvous.write(session_id, data, _version(seen), address)
    except Conflict as error:
        told = {"errcode": error.errcode, "org.matrix.msc4108.errcode": error.errcode, "error": error.message}
        headers = _headers(accounts.rendezvous.read(session_id, address))
        return Response(orjson.dumps(told), status_code=412, headers=headers, media_type="application/json")
    return Response(b"", status_code=202, headers=_headers(meeting))


@delete(OF_2024 + "/{session_id:str}", guards=[open_to_all], status_code=200)
async def end_rendezvous(request: AnyRequest, accounts: Accounts, session_id: str) -> Response[bytes]:
    """End a session (MSC4108)."""
    accounts.rendezvous.end(session_id, client_address(request))
    return Response(b"", status_code=204)


@get(OF_2025, guards=[maybe_signed_in])
async def discover_rendezvous() -> JsonObject:
    """Tell that everybody may begin a session (MSC4388)."""
    return {"create_available": True}


@post(OF_2025, guards=[maybe_signed_in], status_code=200)
async def create_rendezvous_session(
    request: AnyRequest, accounts: Accounts, data: NewRendezvous
) -> JsonObject:
    """Begin a session with a first text (MSC4388)."""
    meeting = accounts.rendezvous.create(data.data.encode(), client_address(request))
    return {
        "id": meeting.session_id,
        "sequence_token": str(meeting.version),
        "expires_in_ms": LIFETIME_S * 1000,
    }


@get(OF_2025 + "/{session_id:str}", guards=[open_to_all])
async def read_rendezvous_session(request: AnyRequest, accounts: Accounts, session_id: str) -> JsonObject:
    """Give the text (MSC4388)."""
    _refuse_visits(request)
    meeting = accounts.rendezvous.read(session_id, client_address(request))
    return {
        "data": meeting.data.decode(errors="replace"),
        "sequence_token": str(meeting.version),
        "expires_in_ms": accounts.rendezvous.left_ms(meeting),
    }


@put(OF_2025 + "/{session_id:str}", guards=[open_to_all])
async def write_rendezvous_session(
    request: AnyRequest, accounts: Accounts, session_id: str, data: RendezvousUpdate
) -> JsonObject:
    """Put a new text in place of the one that was seen, as apps from before transaction ids do (MSC4388)."""
    return _write(request, accounts, session_id, "", data)


@put(OF_2025 + "/{session_id:str}/{txn_id:str}", guards=[open_to_all])
async def send_rendezvous_session(
    request: AnyRequest, accounts: Accounts, session_id: str, txn_id: str, data: RendezvousUpdate
) -> JsonObject:
    """Put a new text in place of the one that was seen; the same transaction id does it once (MSC4388)."""
    if not 0 < len(txn_id) <= 255:
        raise InvalidParam("A transaction id has 1 to 255 characters")
    return _write(request, accounts, session_id, txn_id, data)


def _write(
    request: AnyRequest, accounts: Accounts, session_id: str, txn_id: str, data: RendezvousUpdate
) -> JsonObject:
    try:
        meeting = accounts.rendezvous.write(
            session_id, data.data.encode(), data.sequence_token, client_address(request), txn_id
        )
    except Conflict as error:
        raise Conflict(error.message, errcode="IO_ELEMENT_MSC4388_CONCURRENT_WRITE", status=409) from error
    return {"sequence_token": str(meeting.version), "expires_in_ms": accounts.rendezvous.left_ms(meeting)}


@delete(OF_2025 + "/{session_id:str}", guards=[open_to_all], status_code=200)
async def end_rendezvous_session(request: AnyRequest, accounts: Accounts, session_id: str) -> JsonObject:
    """End a session (MSC4388)."""
    accounts.rendezvous.end(session_id, client_address(request))
    return {}


ROUTES = [
    create_rendezvous,
    read_rendezvous,
    write_rendezvous,
    end_rendezvous,
    discover_rendezvous,
    create_rendezvous_session,
    read_rendezvous_session,
    write_rendezvous_session,
    send_rendezvous_session,
    end_rendezvous_session,
]
