"""What the stores of this slice hand out: typed rows and the answers made of them."""

from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class User:
    """A row of `users`; a deactivated user keeps the row, so that the name is never given again."""

    user_id: str
    password_hash: str | None
    is_admin: bool
    created_ts: int
    deactivated_ts: int | None
    erased: bool
    locked_reason: str | None = None
    """Why operators keep the user from doing anything; None for who is not locked."""

    @property
    def is_active(self) -> bool:
        """Tell whether the user may still sign in."""
        return self.deactivated_ts is None


@dataclass(frozen=True, slots=True)
class Overseen:
    """What moderators see of a user; `seen` are the addresses of sessions with their times, the newest first."""

    is_admin: bool
    created_ts: int
    locked_ts: int | None
    seen: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class LockShown:
    """What a locked person is shown: why, what he said against it, and what was answered."""

    reason: str
    appeal: str | None
    answer: str | None


@dataclass(frozen=True, slots=True)
class StoredToken:
    """An access token as it is kept, with what the caller's Scope needs."""

    token_id: int
    user_id: str
    device_id: str
    expires_ts: int | None
    replaces_id: int | None
    is_admin: bool
    grants: str | None
    client_id: str | None
    locked_reason: str | None = None


@dataclass(frozen=True, slots=True)
class StoredRefreshToken:
    """A refresh token as it is kept, without the token."""

    access_token_id: int
    user_id: str
    device_id: str
    spent: bool
    client_id: str | None


@dataclass(frozen=True, slots=True)
class Issued:
    """A fresh session: the only moment at which its tokens are known in clear."""

    user_id: str
    device_id: str
    access_token: str
    refresh_token: str | None = None
    expires_in_ms: int | None = None

    def as_answer(self) -> dict[str, Any]:
        """Give the fields as login and registration answer them."""
        answer: dict[str, Any] = {
            "user_id": self.user_id,
            "access_token": self.access_token,
            "device_id": self.device_id,
        }
        if self.refresh_token is not None:
            answer |= {"refresh_token": self.refresh_token, "expires_in_ms": self.expires_in_ms}
        return answer


@dataclass(frozen=True, slots=True)
class NewDevice:
    """What a sign-in says about its device; without an id a new one is made.

    `grants` are the session's rights, parted by blanks, when it is an app's by OAuth; None gives it every right.
    """

    device_id: str | None = None
    display_name: str | None = None
    wants_refresh: bool = False
    grants: str | None = None
    client_id: str | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """A row of `devices`."""

    device_id: str
    display_name: str | None
    last_seen_ts: int | None
    last_seen_ip: str | None


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as its owner sees it, whichever protocol its app speaks; `grants` is None for every right."""

    device_id: str
    display_name: str | None
    created_ts: int
    last_seen_ts: int | None
    last_seen_ip: str | None
    grants: str | None
    app_name: str | None


@dataclass(frozen=True, slots=True)
class RegistrationToken:
    """A token that lets people make an account, with its uses so far."""

    token: str
    uses_allowed: int | None
    pending: int
    completed: int
    expires_ts: int | None

    def is_valid(self, now_ms: int) -> bool:
        """Tell whether one more account may be made with it."""
        if self.expires_ts is not None and self.expires_ts <= now_ms:
            return False
        return self.uses_allowed is None or self.pending + self.completed < self.uses_allowed


class AccountData(NamedTuple):
    """One piece of account data; `room_id` is empty for the global one, `content` is JSON text."""

    room_id: str
    type: str
    content: str
    position: int


class FoundUser(NamedTuple):
    """A user whom a search of the directory found; name and avatar are JSON texts."""

    user_id: str
    display_name: str | None
    avatar_url: str | None


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """A profile that just changed: which field, and the whole profile after it."""

    user_id: str
    field: str
    profile: dict[str, Any]
    position: int
