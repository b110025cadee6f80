"""The route of message search."""

from typing import Any

from litestar import post

from teahouse.chat import search as searching
from teahouse.chat.search_criteria import read_criteria, read_token
from teahouse.chat.service import Chat
from teahouse.errors import BadJson, MissingParam
from teahouse.kernel.http import Scope, signed_in

JsonObject = dict[str, Any]


@post("/_matrix/client/v3/search", guards=[signed_in], status_code=200)
async def search(caller: Scope, chat: Chat, data: JsonObject, next_batch: str | None = None) -> JsonObject:
    """Search what was said in one's rooms (client-server API, `POST /search`)."""
    categories = data.get("search_categories")
    if categories is None:
        raise MissingParam("search_categories is needed")
    if not isinstance(categories, dict):
        raise BadJson("search_categories must be an object")
    wish = categories.get("room_events")
    if wish is None:
        return {"search_categories": {}}
    if not isinstance(wish, dict):
        raise BadJson("room_events must be an object")
    found = await searching.search(caller, chat, read_criteria(wish), read_token(next_batch))
    return {"search_categories": {"room_events": found}}


ROUTES: list[Any] = [search]
