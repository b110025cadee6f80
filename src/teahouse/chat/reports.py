"""Reports of events, rooms and people, kept for whoever runs the server.

Owns who may report what, and that a report tells the reporter nothing: a room or user that doesn't exist is
answered like one that does (client-server API, "Reporting Content").
"""

from teahouse.chat import store_reports
from teahouse.chat.history import visible_event
from teahouse.chat.service import Chat
from teahouse.chat.store_reports import OpenChatReport, Report
from teahouse.errors import NotFound, TooLarge
from teahouse.ids import parse_user_id
from teahouse.kernel.http import Scope
from teahouse.kernel.storage import Tx

MOST_REASON = 4096
MOST_LISTED = 1000


async def report_event(scope: Scope, chat: Chat, room_id: str, event_id: str, reason: str) -> None:
    """Keep a report of an event; raises NotFound unless the caller is in the room and may see it."""

    async def job(tx: Tx) -> None:
        view, event = await visible_event(tx, scope, room_id, event_id)
        if view.membership != "join":
            raise NotFound("There is no such event, or you may not see it")
        await _keep(chat, tx, Report("event", scope.user_id, reason, room_id, event_id, event.sender))

    _check(scope, chat, reason)
    await chat.db.write(job)


async def report_room(scope: Scope, chat: Chat, room_id: str, reason: str) -> None:
    """Keep a report of a room; of one that doesn't exist nothing is kept, and the answer is the same."""

    async def job(tx: Tx) -> None:
        if await store_reports.room_exists(tx, room_id):
            await _keep(chat, tx, Report("room", scope.user_id, reason, room_id=room_id))

    _check(scope, chat, reason)
    await chat.db.write(job)


async def report_user(scope: Scope, chat: Chat, user_id: str, reason: str) -> None:
    """Keep a report of a person; of one who doesn't exist nothing is kept, and the answer is the same."""
    target = parse_user_id(user_id)
    _check(scope, chat, reason)
    if await chat.accounts.find_user(target) is None:
        return

    async def job(tx: Tx) -> None:
        await _keep(chat, tx, Report("user", scope.user_id, reason, user_id=target))

    await chat.db.write(job)


async def open_reports(chat: Chat) -> list[OpenChatReport]:
    """Give what no operator has closed, the oldest first."""
    return await chat.db.read(lambda tx: store_reports.open_ones(tx, MOST_LISTED))


async def close_report(chat: Chat, number: int) -> None:
    """Note that an operator is done with a report; raises NotFound."""
    now = chat.clock.now_ms()
    if not await chat.db.write(lambda tx: store_reports.close(tx, number, now)):
        raise NotFound(f"There is no open report {number}")


def _check(scope: Scope, chat: Chat, reason: str) -> None:
    chat.limiter.check("report", scope.user_id)
    if len(reason) > MOST_REASON:
        raise TooLarge(f"A reason may have at most {MOST_REASON} characters")


async def _keep(chat: Chat, tx: Tx, report: Report) -> None:
    await store_reports.insert_report(tx, report, tx.next_position(), chat.clock.now_ms())
