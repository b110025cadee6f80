"""Who asks: the signed-in user and device behind a request. The first argument of every public slice function."""

from dataclasses import dataclass

ALL_GRANTS = frozenset({"matrix", "read", "write", "follow", "push"})
"""What a session of one's own may do, such as one begun with a password: both protocols, everything."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A signed-in caller. `token_id` names the access token's row; `grants` says what the session may do.

    "matrix" opens the Matrix API; the others are Mastodon's scopes, where `read` holds `read:statuses` and so on.
    """

    user_id: str
    device_id: str
    token_id: int
    is_admin: bool = False
    is_guest: bool = False
    grants: frozenset[str] = ALL_GRANTS

    def may(self, wanted: str) -> bool:
        """Tell whether the session was granted `wanted`, itself or as a part of a wider scope."""
        return wanted in self.grants or wanted.partition(":")[0] in self.grants
