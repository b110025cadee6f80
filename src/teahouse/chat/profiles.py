"""What member events say of their user: the profile as accounts keeps it."""

from typing import Any

from teahouse.chat.service import Chat

_SHOWN = ("displayname", "avatar_url")


async def member_profile(chat: Chat, user_id: str) -> dict[str, Any]:
    """Give the profile fields that a member event of this user carries; `{}` for whoever has none."""
    read = getattr(chat.accounts, "profile", None)
    profile = await read(user_id) if read is not None else {}
    return {name: profile[name] for name in _SHOWN if isinstance(profile.get(name), str)}
