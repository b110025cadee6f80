"""Routes of device keys, cross-signing and to-device messages."""

from typing import Any

from litestar import Request, post
from msgspec import Struct

from teahouse.accounts import client_address
from teahouse.e2ee import forms
from teahouse.e2ee.service import Encryption
from teahouse.kernel.http import FastRequest, JsonObject, Scope, fast_route, signed_in

AnyRequest = Request[Any, Any, Any]


class QueryRequest(Struct):
    device_keys: dict[str, list[str]]


class ClaimRequest(Struct):
    one_time_keys: dict[str, dict[str, str]]


@post("/_matrix/client/v3/keys/upload", guards=[signed_in], status_code=200)
async def upload_keys(caller: Scope, encryption: Encryption, data: dict[str, Any]) -> JsonObject:
    """Publish the keys of one's device, and give how many one-time keys it has."""
    return await encryption.keys.upload(caller, data)


@post("/_matrix/client/v3/keys/query", guards=[signed_in], status_code=200)
async def query_keys(caller: Scope, encryption: Encryption, data: QueryRequest) -> JsonObject:
    """Show the device keys and cross-signing keys of users."""
    return await encryption.keys.query(caller, data.device_keys)


@post("/_matrix/client/v3/keys/claim", guards=[signed_in], status_code=200)
async def claim_keys(encryption: Encryption, data: ClaimRequest) -> JsonObject:
    """Take one-time keys of devices, each of which is given once."""
    return await encryption.keys.claim(data.one_time_keys)


@post("/_matrix/client/v3/keys/device_signing/upload", guards=[signed_in], status_code=200)
async def upload_cross_signing_keys(
    request: AnyRequest, caller: Scope, encryption: Encryption, data: dict[str, Any]
) -> JsonObject:
    """Publish one's cross-signing keys; other ones than before need user-interactive authentication."""
    body = {name: value for name, value in data.items() if name != "auth"}
    signing, auth = encryption.cross_signing, data.get("auth")
    # Later stages may send nothing but auth: then the body is the one that the session began with.
    if (body or not auth) and await signing.upload(caller.user_id, body, authenticated=False):
        return {}
    accounts = encryption.accounts
    asked = accounts.uia_to_replace_keys(caller, body, auth, client_address(request))
    passed = await accounts.uia.require(asked)

    await signing.upload(caller.user_id, passed.body, authenticated=True)
    return {}


@post("/_matrix/client/v3/keys/signatures/upload", guards=[signed_in], status_code=200)
async def upload_cross_signing_signatures(
    caller: Scope, encryption: Encryption, data: dict[str, Any]
) -> JsonObject:
    """Publish signatures of one's own over devices and master keys; those that don't verify are told."""
    return await encryption.cross_signing.sign(caller, data)


async def send_to_device(request: FastRequest) -> JsonObject:
    """Send messages to devices; the same transaction id sends once. A raw route: key sharing makes many, and large."""
    path, body = request.path_params, await request.json()
    encryption: Encryption = request.services.encryption
    messages = forms.objects(forms.required(body, "messages"), "messages")
    await encryption.inbox.send(request.caller, path["event_type"], path["txn_id"], messages)
    return {}


ROUTES: list[Any] = [
    upload_keys,
    query_keys,
    claim_keys,
    upload_cross_signing_keys,
    upload_cross_signing_signatures,
    fast_route("PUT", "/_matrix/client/v3/sendToDevice/{event_type:str}/{txn_id:str}", send_to_device),
]
