"""Who asks: the signed-in user and device behind a request. The first argument of every public slice function."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Scope:
    """A signed-in caller. `token_id` names the access token's row; `grants` are OAuth scopes of an app."""

    user_id: str
    device_id: str
    token_id: int
    is_admin: bool = False
    is_guest: bool = False
    grants: frozenset[str] = field(default=frozenset({"matrix"}))
