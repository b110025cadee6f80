"""What member events say of their user: the profile as accounts keeps it."""

from typing import Any

from teahouse.chat.member_updates import shown_profile
from teahouse.chat.service import Chat
from teahouse.kernel.storage import Tx


async def member_profile(chat: Chat, tx: Tx, user_id: str) -> dict[str, Any]:
    """Give the profile fields that a member event of this user carries, as they are in this transaction.

    `{}` for whoever has none, or does not exist.
    """
    return shown_profile(await chat.accounts.profile_in(tx, user_id))
