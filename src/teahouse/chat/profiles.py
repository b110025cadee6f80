"""What member events say of their user: the profile as accounts keeps it."""

from typing import Any

from teahouse.chat.member_updates import shown_profile
from teahouse.chat.service import Chat


async def member_profile(chat: Chat, user_id: str) -> dict[str, Any]:
    """Give the profile fields that a member event of this user carries; `{}` for whoever has none."""
    return shown_profile(await chat.accounts.profile(user_id))
