"""Inviting: one person into a room, or many into a new one.

Owns the form of an invite's member event. Many invites are cut into several write jobs so that a thousand of
them make nobody wait.
"""

from collections.abc import Sequence
from typing import Any, NoReturn

from teahouse.chat.membership import change_membership
from teahouse.chat.profiles import member_profile
from teahouse.chat.service import Chat
from teahouse.errors import Forbidden, MissingParam
from teahouse.ids import parse_user_id, server_of
from teahouse.kernel.http import Scope
from teahouse.kernel.storage import Tx

JsonObject = dict[str, Any]

INVITES_A_JOB = 25


def parse_invitee(chat: Chat, user_id: str) -> str:
    """Return a user id that can be invited; raises InvalidParam, and Forbidden for users of other servers."""
    parsed = parse_user_id(user_id)
    if server_of(parsed) != chat.server_name:
        raise Forbidden("This server can't invite users of other servers")
    return parsed


def refuse_third_party(medium: str | None, address: str | None) -> NoReturn:
    """Raise Forbidden for an invite to an address, MissingParam for one to nobody."""
    if medium is None and address is None:
        raise MissingParam("user_id is missing")
    raise Forbidden("This server can't invite by e-mail address or phone number", errcode="M_THREEPID_DENIED")


def invite_content(*, is_direct: bool = False, reason: str | None = None) -> JsonObject:
    """Give the content of an invite, still without the invited person's profile."""
    content: JsonObject = {"membership": "invite"}
    if is_direct:
        content["is_direct"] = True
    if reason is not None:
        content["reason"] = reason
    return content


async def invite_user(
    scope: Scope, chat: Chat, room_id: str, user_id: str, reason: str | None = None
) -> None:
    """Invite somebody; raises NotFound for an unknown room and Forbidden (specification, "Inviting users")."""
    chat.limiter.check("invite", scope.user_id)
    target = parse_invitee(chat, user_id)
    content = invite_content(reason=reason)
    await chat.db.write(lambda tx: append_invites(chat, tx, room_id, scope.user_id, [target], content))


async def invite_many(
    chat: Chat, room_id: str, sender: str, targets: Sequence[str], content: JsonObject
) -> None:
    """Invite people one chunk after another; each chunk is one write. Raises what the auth rules raise."""
    for start in range(0, len(targets), INVITES_A_JOB):
        chunk = targets[start : start + INVITES_A_JOB]

        async def job(tx: Tx, chunk: Sequence[str] = chunk) -> None:
            await append_invites(chat, tx, room_id, sender, chunk, content)

        await chat.db.write(job)


async def append_invites(
    chat: Chat, tx: Tx, room_id: str, sender: str, targets: Sequence[str], content: JsonObject
) -> None:
    """Invite a few people inside a write job."""
    room = await chat.rooms.draft_of_member(tx, room_id, sender)
    for target in targets:
        profile = await member_profile(chat, tx, target)
        await change_membership(chat, tx, room, sender, target, content | profile)
