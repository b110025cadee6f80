"""A decoded sync request."""

from dataclasses import dataclass

from teahouse.sync.tokens import SyncToken
from teahouse.sync.view import View


@dataclass(slots=True)
class Ask:
    """`since` is None for an initial sync; `timeout_s` says how long to wait for news; `token` is checked again."""

    view: View
    since: SyncToken | None
    timeout_s: float
    token: str
