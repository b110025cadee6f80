"""Routes of dehydrated devices, under the proposal's unstable prefix, which is what apps call."""

from typing import Any

import msgspec
from litestar import delete, get, post, put
from msgspec import Struct

from teahouse.e2ee.service import Encryption
from teahouse.kernel.http import JsonObject, Scope, signed_in

DEVICE = "/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device"


class EventsRequest(Struct):
    next_batch: str | None = None


@put(DEVICE, guards=[signed_in])
async def put_dehydrated_device(caller: Scope, encryption: Encryption, data: dict[str, Any]) -> JsonObject:
    """Leave a locked device behind that takes messages in for one's next one."""
    return await encryption.dehydrated.put(caller, data)


@get(DEVICE, guards=[signed_in])
async def get_dehydrated_device(caller: Scope, encryption: Encryption) -> JsonObject:
    """Show one's dehydrated device."""
    return await encryption.dehydrated.get(caller.user_id)


@delete(DEVICE, guards=[signed_in], status_code=200)
async def delete_dehydrated_device(caller: Scope, encryption: Encryption) -> JsonObject:
    """Delete one's dehydrated device."""
    return await encryption.dehydrated.delete(caller.user_id)


@post(DEVICE + "/{device_id:str}/events", guards=[signed_in], status_code=200)
async def post_dehydrated_device_events(
    caller: Scope, encryption: Encryption, device_id: str, data: EventsRequest
) -> JsonObject:
    """Read the messages that came for one's dehydrated device."""
    events, next_batch = await encryption.dehydrated.events(caller.user_id, device_id, data.next_batch)
    return {"events": [msgspec.Raw(event) for event in events], "next_batch": next_batch}


ROUTES = [
    put_dehydrated_device,
    get_dehydrated_device,
    delete_dehydrated_device,
    post_dehydrated_device_events,
]
