"""The slice's door: one object that wires its parts and that routes and `sync` ask."""

from collections.abc import Mapping
from typing import Any

from teahouse.accounts import Accounts
from teahouse.chat import Chat
from teahouse.clock import Clock
from teahouse.config import Config
from teahouse.kernel.http import Scope
from teahouse.kernel.sealing import load_or_create_sealer
from teahouse.kernel.storage import Database, Tx
from teahouse.kernel.web_push import PushServices, load_or_create_server_key
from teahouse.push.activation import Activation
from teahouse.push.delivery.dispatcher import Delivery
from teahouse.push.delivery.gateway import Gateway
from teahouse.push.delivery.ways import Ways
from teahouse.push.notifications import Notifications
from teahouse.push.pushers import Pushers, announce_ended
from teahouse.push.rules import ruleset
from teahouse.push.rules.default_rules import Rule
from teahouse.push.rules.rule_book import RuleBook
from teahouse.push.unread.badges import Badges
from teahouse.push.unread.counts import UnreadCounts


class Push:
    """Push rules, unread counts, pushers and their delivery; each attribute is one capability."""

    def __init__(self, db: Database, config: Config, clock: Clock, accounts: Accounts, chat: Chat) -> None:
        self._limiter = chat.limiter
        self.rules = RuleBook(db)
        chat.on_succession.append(self.rules.follow_room)
        self.counts = UnreadCounts(db, self.rules, accounts, chat.rooms.peek)
        timeout_s, private = config.push.timeout_s, config.push.allow_private_addresses
        sealer = load_or_create_sealer(config.data / "sealing.key")
        key = load_or_create_server_key(config.data / "web-push.pem")
        services = PushServices(key, config.public_url, timeout_s=timeout_s, allow_private=private)
        ways = Ways(Gateway(timeout_s=timeout_s, allow_private=private), services, sealer)
        self.activation = Activation(db, clock, ways)
        self.pushers = Pushers(db, clock, sealer, self.activation, allow_private=private)
        # The proposal's name, for as long as it is one.
        accounts.add_capability("org.matrix.msc4174.webpush", {"enabled": True, "vapid": key.public})
        self.notifications = Notifications(db, chat, accounts, self.rules)
        badges = Badges(db, chat, accounts, self.rules, self.counts)
        accounts.devices.on_delete(announce_ended)
        self._delivery = Delivery(db, clock, accounts, chat, self.rules, badges, ways)

    async def start(self) -> None:
        """Begin to deliver notifications."""
        await self._delivery.start()

    async def stop(self) -> None:
        """Stop delivering; what waits is delivered after the next start."""
        await self.activation.stop()
        await self._delivery.stop()

    async def rules_content(self, tx: Tx, user_id: str) -> dict[str, Any]:
        """Give the content of the user's `m.push_rules` account data."""
        return {"global": (await self.rules.load(tx, user_id)).ruleset}

    async def rules_position(self, tx: Tx, user_id: str) -> int:
        """Give the position of the newest change of the user's rules; 0 when there never was one."""
        return (await self.rules.load(tx, user_id)).position

    async def find_rule(self, caller: Scope, kind: str, rule_id: str) -> Rule:
        """Give one rule of the caller; raises InvalidParam and NotFound."""
        changes = (await self.rules.rules_of(caller.user_id)).changes
        return ruleset.find_rule(caller.user_id, changes, kind, rule_id)

    async def put_rule(
        self,
        caller: Scope,
        rule: tuple[str, str],
        body: Mapping[str, Any],
        *,
        before: str | None = None,
        after: str | None = None,
    ) -> None:
        """Add or replace the caller's rule of this kind and id."""
        self._check_rate(caller)
        kind, rule_id = rule
        await self.rules.change(
            caller.user_id,
            lambda changes: ruleset.put_rule(changes, kind, rule_id, body, before=before, after=after),
        )

    async def delete_rule(self, caller: Scope, kind: str, rule_id: str) -> None:
        """Delete one of the caller's own rules."""
        self._check_rate(caller)
        await self.rules.change(caller.user_id, lambda changes: ruleset.delete_rule(changes, kind, rule_id))

    async def set_enabled(self, caller: Scope, kind: str, rule_id: str, enabled: object) -> None:
        """Switch one of the caller's rules on or off."""
        self._check_rate(caller)
        await self.rules.change(
            caller.user_id,
            lambda changes: ruleset.set_enabled(caller.user_id, changes, kind, rule_id, enabled),
        )

    async def set_actions(self, caller: Scope, kind: str, rule_id: str, actions: object) -> None:
        """Give one of the caller's rules other actions."""
        self._check_rate(caller)
        await self.rules.change(
            caller.user_id,
            lambda changes: ruleset.set_actions(caller.user_id, changes, kind, rule_id, actions),
        )

    async def set_pusher(self, caller: Scope, wish: Mapping[str, Any]) -> bool:
        """Add, replace or delete one of the caller's pushers; False when it waits for its activation."""
        self._check_rate(caller)
        return await self.pushers.set(caller, wish)

    async def activate_pusher(self, caller: Scope, app_id: str, token: str) -> None:
        """Activate the caller's pusher that waits for the token."""
        self._check_rate(caller)
        await self.activation.take(caller, app_id, token)

    def _check_rate(self, caller: Scope) -> None:
        self._limiter.check("push", caller.user_id)
