"""Setting, listing and deleting pushers (client-server API, "Push Notifications: Client behaviour").

Owns what a pusher may look like. Only `http` pushers exist here; whether a gateway's address may be reached
at all is decided at delivery, in `delivery/gateway.py`, when its name is resolved.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import orjson

from teahouse.clock import Clock
from teahouse.errors import InvalidParam, MissingParam, TooLarge
from teahouse.kernel.http import Scope
from teahouse.kernel.outbound import ALLOWED_PORTS, is_address, is_public
from teahouse.kernel.storage import Database, Tx
from teahouse.kernel.stream import Fact
from teahouse.push import store
from teahouse.push.records import PUSHERS_CHANGED, Pusher

MAX_PUSHERS = 50
MAX_PUSHKEY_BYTES = 512
MAX_APP_ID_CHARACTERS = 64
MAX_TEXT_CHARACTERS = 255
MAX_DATA_BYTES = 4_096
GATEWAY_PATH = "/_matrix/push/v1/notify"


class Pushers:
    """The pushers of all users."""

    def __init__(self, db: Database, clock: Clock, *, allow_private: bool) -> None:
        self._db = db
        self._clock = clock
        self._allow_private = allow_private

    async def shown_to(self, caller: Scope) -> list[dict[str, Any]]:
        """Give the caller's pushers."""
        found = await self._db.read(lambda tx: store.pushers_of(tx, caller.user_id))
        return [pusher.shown() for pusher in found]

    async def set(self, caller: Scope, wish: Mapping[str, Any]) -> None:
        """Add, replace or (`kind` null) delete one of the caller's pushers; raises what is wrong with it."""
        if "kind" not in wish:
            raise MissingParam("A pusher needs 'kind'; null deletes it")
        app_id = _text(wish, "app_id", MAX_APP_ID_CHARACTERS)
        pushkey = _text(wish, "pushkey", MAX_PUSHKEY_BYTES)
        if len(pushkey.encode()) > MAX_PUSHKEY_BYTES:
            raise InvalidParam(f"'pushkey' may have at most {MAX_PUSHKEY_BYTES} bytes")
        if wish["kind"] is None:
            await self._db.write(lambda tx: self._delete(tx, (app_id, pushkey, caller.user_id)))
            return
        if wish["kind"] != "http":
            raise InvalidParam("The only kind of pusher here is 'http'")
        append = wish.get("append", False)
        if not isinstance(append, bool):
            raise InvalidParam("'append' must be true or false")
        pusher = self._wished(caller, app_id, pushkey, wish)
        await self._db.write(lambda tx: self._put(tx, pusher, alone=not append))

    def _wished(self, caller: Scope, app_id: str, pushkey: str, wish: Mapping[str, Any]) -> Pusher:
        tag = wish.get("profile_tag")
        return Pusher(
            caller.user_id, app_id, pushkey, caller.device_id,
            app_display_name=_text(wish, "app_display_name", MAX_TEXT_CHARACTERS),
            device_display_name=_text(wish, "device_display_name", MAX_TEXT_CHARACTERS),
            profile_tag=None if tag is None else _text(wish, "profile_tag", MAX_TEXT_CHARACTERS),
            lang=_text(wish, "lang", MAX_TEXT_CHARACTERS),
            data=_checked_data(wish.get("data"), allow_private=self._allow_private),
            pushkey_ts=self._clock.now_ms(),
        )  # fmt: skip

    async def _put(self, tx: Tx, pusher: Pusher, *, alone: bool) -> None:
        known = await store.pushers_of(tx, pusher.user_id)
        if len(known) >= MAX_PUSHERS and all(pusher.key != other.key for other in known):
            raise InvalidParam(f"A user may have at most {MAX_PUSHERS} pushers")
        if alone:
            for user_id in await store.take_over(tx, pusher.app_id, pusher.pushkey, pusher.user_id):
                _announce(tx, user_id)
        # What was said before it was set is nothing to tell it.
        await store.put_pusher(tx, replace(pusher, delivered=tx.position))
        _announce(tx, pusher.user_id)

    async def _delete(self, tx: Tx, key: tuple[str, str, str]) -> None:
        await store.delete_pusher(tx, key)
        _announce(tx, key[2])


async def announce_ended(tx: Tx, user_id: str, _device_ids: list[str]) -> None:
    """Tell that pushers of a user ended with their devices; the rows go with the devices' rows."""
    _announce(tx, user_id)


def _announce(tx: Tx, user_id: str) -> None:
    # No sync reports pushers, so their changes take no position of the stream.
    tx.announce(Fact(tx.position, PUSHERS_CHANGED, user_id=user_id))


def _text(wish: Mapping[str, Any], name: str, most: int) -> str:
    if name not in wish or wish[name] is None:
        raise MissingParam(f"A pusher needs {name!r}")
    value = wish[name]
    if not isinstance(value, str) or len(value) > most:
        raise InvalidParam(f"{name!r} must be a text of at most {most} characters")
    return value


def _checked_data(data: object, *, allow_private: bool) -> str:
    if data is None:
        raise MissingParam("A pusher needs 'data'")
    if not isinstance(data, dict):
        raise InvalidParam("'data' must be an object")
    if "url" not in data:
        raise MissingParam("An http pusher needs 'url' in its 'data'")
    _check_url(data["url"], allow_private=allow_private)
    if not isinstance(data.get("format", ""), str):
        raise InvalidParam("'format' in 'data' must be a text")
    stored = orjson.dumps(data)
    if len(stored) > MAX_DATA_BYTES:
        raise TooLarge(f"'data' may have at most {MAX_DATA_BYTES} bytes")
    return stored.decode()


def _check_url(url: object, *, allow_private: bool) -> None:
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        raise InvalidParam("'url' in 'data' must be an http or https address without user name")
    if not str(url).isascii() or not str(url).isprintable() or " " in str(url):
        raise InvalidParam("'url' in 'data' must be percent-encoded")
    if parts.path != GATEWAY_PATH:
        raise InvalidParam(f"'url' in 'data' must have the path {GATEWAY_PATH}")
    if allow_private:
        return
    if port not in (None, *ALLOWED_PORTS):
        raise InvalidParam("A push gateway must listen on port 80 or 443")
    if is_address(host) and not is_public(host):
        raise InvalidParam("A push gateway must be on the public internet")
