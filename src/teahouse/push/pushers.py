"""Setting, listing and deleting pushers (client-server API, "Push Notifications: Client behaviour").

Owns what a pusher may look like. There are `http` pushers, which name a gateway, and `webpush` ones (MSC4174), which
name a browser's subscription. Whether an address may be reached at all is decided at delivery, when its name is
resolved.
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
from teahouse.kernel.sealing import Sealer
from teahouse.kernel.storage import Database, Tx
from teahouse.kernel.stream import Fact
from teahouse.kernel.web_push import check_endpoint, check_keys
from teahouse.push import store
from teahouse.push.activation import Activation
from teahouse.push.records import HTTP, PUSHERS_CHANGED, WEB_PUSH, Pusher

MAX_PUSHERS = 50
MAX_PUSHKEY_BYTES = 512
MAX_APP_ID_CHARACTERS = 64
MAX_TEXT_CHARACTERS = 255
MAX_DATA_BYTES = 4_096
GATEWAY_PATH = "/_matrix/push/v1/notify"
KINDS = {HTTP: HTTP, WEB_PUSH: WEB_PUSH, "org.matrix.msc4174.webpush": WEB_PUSH}


class Pushers:
    """The pushers of all users."""

    def __init__(
        self, db: Database, clock: Clock, sealer: Sealer, activation: Activation, *, allow_private: bool
    ) -> None:
        self._db = db
        self._clock = clock
        self._sealer = sealer
        self._activation = activation
        self._allow_private = allow_private

    async def shown_to(self, caller: Scope) -> list[dict[str, Any]]:
        """Give the caller's pushers."""
        found = await self._db.read(lambda tx: store.pushers_of(tx, caller.user_id))
        return [pusher.shown(self._opened(pusher)) for pusher in found]

    async def set(self, caller: Scope, wish: Mapping[str, Any]) -> bool:
        """Add, replace or (`kind` null) delete one of the caller's pushers; raises what is wrong with it.

        Gives False when the pusher waits for its activation.
        """
        if "kind" not in wish:
            raise MissingParam("A pusher needs 'kind'; null deletes it")
        app_id = _text(wish, "app_id", MAX_APP_ID_CHARACTERS)
        pushkey = _text(wish, "pushkey", MAX_PUSHKEY_BYTES)
        if len(pushkey.encode()) > MAX_PUSHKEY_BYTES:
            raise InvalidParam(f"'pushkey' may have at most {MAX_PUSHKEY_BYTES} bytes")
        if wish["kind"] is None:
            await self._db.write(lambda tx: self._delete(tx, (app_id, pushkey, caller.user_id)))
            return True
        kind = KINDS.get(wish["kind"]) if isinstance(wish["kind"], str) else None
        if kind is None:
            raise InvalidParam("The kinds of pushers here are 'http' and 'webpush'")
        append = wish.get("append", False)
        if not isinstance(append, bool):
            raise InvalidParam("'append' must be true or false")
        pusher = self._wished(caller, kind, (app_id, pushkey), wish)
        if kind == HTTP:
            await self._db.write(lambda tx: self._put(tx, pusher, alone=not append))
            return True
        waiting, token = self._activation.with_token(pusher)
        activated = await self._db.write(lambda tx: self._put_web(tx, waiting, alone=not append))
        if not activated:
            self._activation.send(waiting, token)
        return activated

    def _opened(self, pusher: Pusher) -> str | None:
        return None if pusher.auth is None else self._sealer.open(pusher.auth)

    def _wished(self, caller: Scope, kind: str, key: tuple[str, str], wish: Mapping[str, Any]) -> Pusher:
        tag = wish.get("profile_tag")
        app_id, pushkey = key
        data = _checked_object(wish.get("data"))
        auth = None
        if kind == WEB_PUSH:
            data, auth = _without_auth(data)
            check_keys(pushkey, auth)
            check_endpoint(data["url"], "'url' in 'data'", allow_private=self._allow_private)
        else:
            _check_url(data["url"], allow_private=self._allow_private)
        return Pusher(
            caller.user_id, app_id, pushkey, caller.device_id,
            app_display_name=_text(wish, "app_display_name", MAX_TEXT_CHARACTERS),
            device_display_name=_text(wish, "device_display_name", MAX_TEXT_CHARACTERS),
            profile_tag=None if tag is None else _text(wish, "profile_tag", MAX_TEXT_CHARACTERS),
            lang=_text(wish, "lang", MAX_TEXT_CHARACTERS),
            data=_stored(data),
            pushkey_ts=self._clock.now_ms(),
            kind=kind,
            auth=None if auth is None else self._sealer.seal(auth),
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

    async def _put_web(self, tx: Tx, pusher: Pusher, *, alone: bool) -> bool:
        """Put the pusher; False when it waits for its activation, which one that goes on as it was does not."""
        known = await store.find_pusher(tx, pusher.key)
        is_same = known is not None and known.activated and self._same_target(known, pusher)
        if is_same:
            pusher = replace(pusher, activated=True, ack_hash=None, ack_until=0)
        await self._put(tx, pusher, alone=alone)
        return is_same

    def _same_target(self, one: Pusher, other: Pusher) -> bool:
        return (one.kind, one.url, self._opened(one)) == (other.kind, other.url, self._opened(other))

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


def _checked_object(data: object) -> dict[str, Any]:
    if data is None:
        raise MissingParam("A pusher needs 'data'")
    if not isinstance(data, dict):
        raise InvalidParam("'data' must be an object")
    if "url" not in data:
        raise MissingParam("A pusher needs 'url' in its 'data'")
    if not isinstance(data.get("format", ""), str):
        raise InvalidParam("'format' in 'data' must be a text")
    return data


def _without_auth(data: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    if "auth" not in data:
        raise MissingParam("A web push pusher needs 'auth' in its 'data'")
    if not isinstance(data["auth"], str) or not isinstance(data["url"], str):
        raise InvalidParam("'auth' and 'url' in 'data' must be texts")
    return {name: value for name, value in data.items() if name not in ("auth", "activated")}, data["auth"]


def _stored(data: Mapping[str, Any]) -> str:
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
