"""The two ways to an app: over a push gateway that its maker runs, or straight to its browser's push service.

Each gives False when the pusher is dead, and raises GatewayFailed when the same may be tried again.
"""

from typing import Any

import orjson
import structlog

from teahouse.chat import Room, StoredEvent
from teahouse.kernel.sealing import Sealer
from teahouse.kernel.web_push import Outcome, PushServices, Target
from teahouse.push.delivery import payload
from teahouse.push.delivery.gateway import Gateway, GatewayFailed
from teahouse.push.records import WEB_PUSH, Pusher
from teahouse.push.rules.evaluate import Actions

log = structlog.get_logger(__name__)


class Ways:
    """Tells an app by the way that its pusher names."""

    def __init__(self, gateway: Gateway, services: PushServices, sealer: Sealer) -> None:
        self._gateway = gateway
        self._services = services
        self._sealer = sealer

    def open(self) -> None:
        """Make the connection pools."""
        self._gateway.open()
        self._services.open()

    async def close(self) -> None:
        """Close every connection."""
        await self._gateway.close()
        await self._services.close()

    async def tell_event(
        self, pusher: Pusher, event: StoredEvent, room: Room, actions: Actions, unread: int
    ) -> bool:
        """Tell of one event."""
        if pusher.kind == WEB_PUSH:
            message = payload.web_event(pusher, event, actions, unread)
            return await self._push(pusher, message, urgent=message["prio"] == "high")
        return await self._over_gateway(pusher, payload.about_event(pusher, event, room, actions, unread))

    async def tell_count(self, pusher: Pusher, unread: int, *, told: int | None) -> bool:
        """Tell the badge, after `told` was told last; browsers only that nothing is left.

        They count messages that show nothing against an app, so they are spared what a notification will say anyway.
        """
        if pusher.kind != WEB_PUSH:
            return await self._over_gateway(pusher, payload.about_count(pusher, unread))
        if unread or not told or orjson.loads(pusher.data).get("events_only") is True:
            return True
        return await self._push(pusher, payload.web_count(pusher, unread))

    async def tell_token(self, pusher: Pusher, token: str) -> bool:
        """Send the token that proves that the app gets what is sent to it."""
        return await self._push(pusher, payload.web_token(pusher, token), urgent=True)

    async def _over_gateway(self, pusher: Pusher, about: dict[str, Any]) -> bool:
        answer = await self._gateway.notify(pusher.url, about)
        return pusher.pushkey not in answer.rejected

    async def _push(self, pusher: Pusher, message: dict[str, Any], *, urgent: bool = False) -> bool:
        target = Target(pusher.url, pusher.pushkey, self._sealer.open(pusher.auth or ""))
        outcome = await self._services.post(target, orjson.dumps(message), urgent=urgent)
        if outcome is Outcome.AGAIN:
            raise GatewayFailed("The push service did not take a message")
        if outcome is Outcome.REFUSED:
            log.info("a push service refused a message", app_id=pusher.app_id)
        return outcome is not Outcome.GONE
