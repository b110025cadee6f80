"""Routes by which administrators lock people out from a Matrix app (specification, "Server administration").

The decision is the same as from the command line or by Mastodon's admin API: it has a reason and may be appealed.
"""

import msgspec
from litestar import get, put

from teahouse.kernel.http import JsonObject, Scope, admin_only
from teahouse.microblog.service import Microblog

LOCK = "/_matrix/client/v1/admin/lock/{user_id:str}"


class Lock(msgspec.Struct):
    """Whether somebody shall be locked; `reason` is an addition of ours."""

    locked: bool
    reason: str = ""


@get(LOCK, guards=[admin_only])
async def get_admin_lock_user(microblog: Microblog, user_id: str) -> JsonObject:
    """Say whether a user is locked."""
    return {"locked": await microblog.moderators.locks.is_locked(user_id)}


@put(LOCK, guards=[admin_only])
async def put_admin_lock_user(caller: Scope, microblog: Microblog, user_id: str, data: Lock) -> JsonObject:
    """Lock a user, or let a user in again."""
    viewer = await microblog.book.viewer(caller)
    await microblog.moderators.locks.set_lock(viewer, user_id, data.reason, locked=data.locked)
    return {"locked": data.locked}


ROUTES = [get_admin_lock_user, put_admin_lock_user]
