"""Typed rows of push."""

from dataclasses import dataclass
from typing import Any

import orjson

# The facts that this slice announces, both with the user whom they concern.
RULES_CHANGED = "push_rules"
PUSHERS_CHANGED = "pushers"


@dataclass(frozen=True, slots=True)
class Pusher:
    """Where one app on one device wants its notifications; `data` is JSON with the gateway's `url`."""

    user_id: str
    app_id: str
    pushkey: str
    device_id: str
    app_display_name: str
    device_display_name: str
    profile_tag: str | None
    lang: str
    data: str
    pushkey_ts: int
    delivered: int = 0
    behind: int = 0

    @property
    def key(self) -> tuple[str, str, str]:
        """App id, pushkey and user: what tells pushers apart."""
        return self.app_id, self.pushkey, self.user_id

    def shown(self) -> dict[str, Any]:
        """Give the pusher as its owner gets it."""
        shown = {
            "pushkey": self.pushkey,
            "kind": "http",
            "app_id": self.app_id,
            "app_display_name": self.app_display_name,
            "device_display_name": self.device_display_name,
            "lang": self.lang,
            "data": orjson.loads(self.data),
        }
        return shown if self.profile_tag is None else {**shown, "profile_tag": self.profile_tag}
