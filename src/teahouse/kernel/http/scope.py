"""Who asks: the signed-in user and device behind a request. The first argument of every public slice function."""

from dataclasses import dataclass

from teahouse.errors import Unauthenticated

ALL_GRANTS = frozenset({"matrix", "read", "write", "follow", "push"})
"""What a session of one's own may do, such as one begun with a password: both protocols, everything."""

FOLLOW_HOLDS = frozenset(
    f"{verb}:{what}" for verb in ("read", "write") for what in ("blocks", "follows", "mutes")
)
"""What Mastodon's old scope `follow` stands for."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A signed-in caller. `token_id` names the access token's row; `grants` says what the session may do.

    "matrix" opens the Matrix API; the others are Mastodon's scopes, where `read` holds `read:statuses` and so on.
    What begins with `admin:` no wider word holds, and it opens nothing without the role, which `is_admin` tells.
    `client_id` names the app that the session was opened for; empty for one begun with a password. A token of an
    app itself has no user: its `user_id` is empty, and only guards that say so let it in.
    """

    user_id: str
    device_id: str
    token_id: int
    is_admin: bool = False
    is_guest: bool = False
    grants: frozenset[str] = ALL_GRANTS
    client_id: str = ""

    def may(self, wanted: str) -> bool:
        """Tell whether the session was granted `wanted`, itself or as a part of a wider scope."""
        return wanted in self.grants or wanted.rpartition(":")[0] in self.grants or self._may_follow(wanted)

    def _may_follow(self, wanted: str) -> bool:
        return "follow" in self.grants and wanted in FOLLOW_HOLDS


REASON = "org.teahouse.reason"
"""The field of a refusal that holds the operators' own words, for apps that have words of their own around them."""


class AccountLocked(Unauthenticated):
    """The token is good, or the password, but operators locked the account; `caller` is who a token speaks for.

    Matrix apps keep their data at this answer and come again later.
    """

    errcode = "M_USER_LOCKED"

    def __init__(self, reason: str, caller: Scope | None = None):
        super().__init__(f"This account is locked: {reason}", soft_logout=True)
        self.fields[REASON] = reason
        self.reason = reason
        self.caller = caller
