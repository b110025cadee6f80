"""What each session wants to be told by Web Push; it ends with the session."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec

from teahouse.errors import InvalidParam, NotFound
from teahouse.kernel.http import Scope
from teahouse.kernel.sealing import Sealer
from teahouse.kernel.storage import Tx
from teahouse.kernel.web_push import ServerKey, check_endpoint, check_keys
from teahouse.microblog.core import Core
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.web_push import store_web_push as store
from teahouse.microblog.web_push.store_web_push import Subscription

KINDS = (
    "mention",
    "status",
    "reblog",
    "follow",
    "follow_request",
    "favourite",
    "poll",
    "update",
    "quote",
    "quoted_update",
)
LARGEST_SHOWN_ID = 2**31 - 1
POLICIES = ("all", "followed", "follower", "none")


class WebPushSubscription(msgspec.Struct, kw_only=True):
    id: str
    endpoint: str
    standard: bool
    alerts: dict[str, bool]
    policy: str
    server_key: str


class Subscriptions:
    """The subscription of whoever asks: there is one a session."""

    def __init__(self, core: Core, sealer: Sealer, key: ServerKey) -> None:
        self._core = core
        self._sealer = sealer
        self._key = key
        core.accounts.on_devices_deleted(_end)

    async def subscribe(
        self, caller: Scope, viewer: Viewer, token: str, wish: dict[str, Any], keys: tuple[str, str]
    ) -> WebPushSubscription:
        """Keep where and what this session wants to be told; raises InvalidParam."""
        endpoint, standard = wish["endpoint"], wish["standard"]
        allow_private = self._core.config.push.allow_private_addresses
        check_endpoint(endpoint, "subscription[endpoint]", allow_private=allow_private)
        check_keys(*keys)
        one = Subscription(
            self._core.snowflakes.next(), caller.user_id, caller.device_id, viewer.id, endpoint, keys[0],
            self._sealer.seal(keys[1]), self._sealer.seal(token), standard, _alerts({}, wish["alerts"]),
            _policy(wish["policy"] or "all"),
        )  # fmt: skip
        await self._core.db.write(lambda tx: store.put(tx, one))
        return self._entity(one)

    async def get(self, caller: Scope) -> WebPushSubscription:
        """Give this session's subscription; raises NotFound."""
        return self._entity(await self._core.db.read(lambda tx: self._own(tx, caller)))

    async def change(self, caller: Scope, alerts: dict[str, bool], policy: str | None) -> WebPushSubscription:
        """Change what this session wants to be told; raises NotFound and InvalidParam."""

        async def job(tx: Tx) -> Subscription:
            known = await self._own(tx, caller)
            changed = replace(
                known, alerts=_alerts(known.alerts, alerts), policy=_policy(policy or known.policy)
            )
            await store.put(tx, changed)
            return changed

        return self._entity(await self._core.db.write(job))

    async def unsubscribe(self, caller: Scope) -> None:
        """Be told nothing more."""
        await self._core.db.write(lambda tx: store.delete(tx, caller.user_id, [caller.device_id]))

    async def _own(self, tx: Tx, caller: Scope) -> Subscription:
        found = await store.of_session(tx, caller.user_id, caller.device_id)
        if found is None:
            raise NotFound("Record not found")
        return found

    def _entity(self, one: Subscription) -> WebPushSubscription:
        return WebPushSubscription(
            # COMPAT(Tusky, Swinub): they read it as a small number. Nothing is found by it.
            id=str(one.id % LARGEST_SHOWN_ID),
            endpoint=one.endpoint,
            standard=one.standard,
            alerts=one.alerts,
            policy=one.policy,
            server_key=self._key.public,
        )


async def _end(tx: Tx, user_id: str, device_ids: Sequence[str]) -> None:
    await store.delete(tx, user_id, device_ids)


def _alerts(before: dict[str, bool], wanted: dict[str, bool]) -> dict[str, bool]:
    return {kind: wanted.get(kind, before.get(kind, False)) for kind in KINDS}


def _policy(wish: str) -> str:
    if wish not in POLICIES:
        raise InvalidParam(f"data[policy] must be one of {', '.join(POLICIES)}")
    return wish
