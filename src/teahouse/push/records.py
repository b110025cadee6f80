"""Typed rows of push."""

from dataclasses import dataclass
from typing import Any

import orjson

# The facts that this slice announces, both with the user whom they concern.
RULES_CHANGED = "push_rules"
PUSHERS_CHANGED = "pushers"

HTTP = "http"
WEB_PUSH = "webpush"


@dataclass(frozen=True, slots=True)
class Pusher:
    """Where one app on one device wants its notifications.

    `data` is JSON with the `url` of a gateway or, for web push, of a subscription, whose secret `auth` is sealed.
    """

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
    kind: str = HTTP
    auth: str | None = None
    activated: bool = True
    ack_hash: str | None = None
    ack_until: int = 0

    @property
    def key(self) -> tuple[str, str, str]:
        """App id, pushkey and user: what tells pushers apart."""
        return self.app_id, self.pushkey, self.user_id

    @property
    def url(self) -> str:
        """The address of its gateway or subscription."""
        url: str = orjson.loads(self.data)["url"]
        return url

    def shown(self, auth: str | None = None) -> dict[str, Any]:
        """Give the pusher as its owner gets it, with the opened `auth` of web push."""
        data = orjson.loads(self.data)
        if self.kind == WEB_PUSH:
            data |= {"auth": auth, "activated": self.activated}
        shown = {
            "pushkey": self.pushkey,
            "kind": self.kind,
            "app_id": self.app_id,
            "app_display_name": self.app_display_name,
            "device_display_name": self.device_display_name,
            "lang": self.lang,
            "data": data,
        }
        return shown if self.profile_tag is None else {**shown, "profile_tag": self.profile_tag}
