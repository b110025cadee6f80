"""GET /_matrix/client/v3/keys/changes: the device lists between two sync tokens."""

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter

from teahouse.kernel.http import JsonObject, Scope, signed_in
from teahouse.sync.device_lists import device_lists
from teahouse.sync.service import Sync


@get("/_matrix/client/v3/keys/changes", guards=[signed_in])
async def get_keys_changes(
    caller: Scope,
    sync: Sync,
    since: Annotated[str, QueryParameter(name="from")],
    until: Annotated[str, QueryParameter(name="to")],
) -> JsonObject:
    """Show whose keys changed between two tokens, and who no longer shares an encrypted room."""
    newest = sync.db.doorbell.position
    after, upto = sync.tokens.read(since, newest).position, sync.tokens.read(until, newest).position
    found = await sync.db.read(lambda tx: device_lists(tx, sync.encryption, caller.user_id, after, upto))
    return {"changed": sorted(found.changed), "left": sorted(found.left)}


ROUTES = [get_keys_changes]
