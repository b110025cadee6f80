"""The user directory: finding people by name. Everybody on this server may be found until they are deactivated."""

from typing import Any

import orjson

from teahouse.accounts import store_people as store
from teahouse.accounts.records import FoundUser
from teahouse.kernel.http import RateLimiter
from teahouse.kernel.search_keys import asked_for
from teahouse.kernel.storage import Database

MOST_CHARS = 200
MOST_RESULTS = 100


class Directory:
    """Searches names by the beginnings of their words; Chinese names are found by any part."""

    def __init__(self, db: Database, limiter: RateLimiter) -> None:
        self._db = db
        self._limiter = limiter

    async def search(self, asker: str, term: str, limit: int) -> dict[str, Any]:
        """Give the users whose local part or display name has each word asked for; raises LimitExceeded."""
        self._limiter.check("directory_search", asker)
        beginnings = _beginnings(term)
        if not beginnings or limit <= 0:
            return {"results": [], "limited": False}
        asked = min(limit, MOST_RESULTS)
        found = await self._db.read(lambda tx: store.search_users(tx, asker, beginnings, asked + 1))
        return {"results": [_as_answer(user) for user in found[:asked]], "limited": len(found) > asked}


def _beginnings(term: str) -> list[str]:
    whole = term[:MOST_CHARS].strip()
    if whole.startswith("@"):
        whole = whole[1:].partition(":")[0]
    return asked_for(whole)


def _as_answer(user: FoundUser) -> dict[str, Any]:
    answer = {"user_id": user.user_id}
    if user.display_name is not None:
        answer["display_name"] = orjson.loads(user.display_name)
    if user.avatar_url is not None:
        answer["avatar_url"] = orjson.loads(user.avatar_url)
    return answer
