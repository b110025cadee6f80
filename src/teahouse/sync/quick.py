"""The answer that nearly every delivery is: new messages in joined rooms and nothing else, with shared bytes.

It says exactly what the long way would (the property test compares them through both); whatever is not plain, it
leaves to the long way by answering None.
"""

import time
from functools import lru_cache

from teahouse.chat import Chat, Room, StoredEvent, joined_json, room_token, state_json
from teahouse.push import Push
from teahouse.sync.joined import SUMMARY_TYPES
from teahouse.sync.sessions import EVENT, Session
from teahouse.sync.view import View

SHARED_S = 1.0
NEVER = float("-inf")


def quick_rooms(chat: Chat, push: Push, view: View, session: Session, after: int, upto: int) -> bytes | None:
    """Give the `rooms` section for changes in (after, upto] that are plain events only, else None."""
    told: dict[str, bytes] = {}
    news: dict[str, set[str]] = {}
    for change in session.changes_after(after) or ():
        room_id = change.room_id
        if change.kind != EVENT or change.position > upto or room_id is None or change.body is not None:
            return None
        if room_id in told:
            continue
        room = chat.rooms.peek(room_id)
        unread = None if room is None else push.counts.peek(view.scope.user_id, room)
        if room is None or unread is None or unread.threads:
            return None
        text = _room_json(view, session, room, after, upto, news)
        if text is None:
            return None
        by_thread = view.filter.room.timeline.unread_thread_notifications
        told[room_id] = text + _counts(unread.notify, unread.highlight, by_thread)
    for room_id, unknown in news.items():
        of_device = session.sent_members.setdefault(view.scope.device_id, {})
        of_device.setdefault(room_id, set()).update(unknown)
    sections = b",".join([b'"%b":%b' % (room_id.encode(), text) for room_id, text in told.items()])
    return b',"rooms":{"join":{%b}}' % sections if told else None


def _room_json(
    view: View, session: Session, room: Room, after: int, upto: int, news: dict[str, set[str]]
) -> bytes | None:
    """Give a room's section up to its counts, or None; `news` takes the members told of for the first time."""
    member = session.rooms.get(room.room_id)
    if member is None or (member.joined_position or 0) > after:
        return None
    events = _plain_events(view, room, after, upto)
    if events is None:
        return None
    head, tail = _shared(room, events, view.state_name)
    unknown = _unknown_senders(view, session, room.room_id, events) if view.lazy else None
    if not unknown:
        return head + tail
    members = _members_before(view, room, events[0].position, unknown)
    if members is None:
        return None
    news[room.room_id] = unknown
    return head + members + tail


def _plain_events(view: View, room: Room, after: int, upto: int) -> list[StoredEvent] | None:
    """Give the room's events in (after, upto], oldest first, if every member reads the same bytes of them."""
    if after < room.recent_floor or room.last_position > upto:
        return None
    user_id, related = view.scope.user_id, room.related
    events: list[StoredEvent] = []
    for event in reversed(room.recent):
        if event.position <= after:
            break
        if event.redacted_by is not None or event.event_id in related or event.type in SUMMARY_TYPES:
            return None
        if event.sender == user_id and event.txn_id is not None:
            return None
        if event.state_key is not None and view.state_after:
            return None
        events.append(event)
    if not events or len(events) > view.timeline_limit:
        return None
    events.reverse()
    return events


def _unknown_senders(view: View, session: Session, room_id: str, events: list[StoredEvent]) -> set[str]:
    """Give the senders whose member events this device was not told yet, or wants to be told again."""
    senders = {event.sender for event in events}
    known = session.sent_members.get(view.scope.device_id, {}).get(room_id)
    return senders if known is None or view.redundant else senders - known


def _members_before(view: View, room: Room, position: int, users: set[str]) -> bytes | None:
    """Give these users' member events as they were before a position, None when memory can't tell."""
    members = [room.members.get(user_id) for user_id in users]
    if not view.filter.room.state.allows_everything:
        return None
    found = [member for member in members if member is not None and member.position < position]
    return b",".join(map(state_json, found)) if len(found) == len(members) else None


def _shared(room: Room, events: list[StoredEvent], state_name: str) -> tuple[bytes, bytes]:
    """Give what all readers of these events share, before and after the state.

    Made once a run of events, and again for those who come much later, since it tells the events' age.
    """
    key = (events[0].position, events[-1].position, state_name)
    made_at, head, tail = room.shared.get(key, (NEVER, b"", b""))
    now = time.monotonic()
    if now - made_at > SHARED_S:
        head, tail = (
            b'{"timeline":{"events":[%b],"limited":false,"prev_batch":"%b"},"%b":{"events":['
            % (
                b",".join(map(joined_json, events)),
                room_token(events[0].position - 1).encode(),
                state_name.encode(),
            ),
            b']},"ephemeral":{"events":[]},"account_data":{"events":[]}',
        )
        room.shared[key] = (now, head, tail)
    return head, tail


@lru_cache(4096)
def _counts(notify: int, highlight: int, by_thread: bool) -> bytes:
    text = b',"unread_notifications":{"notification_count":%d,"highlight_count":%d}' % (notify, highlight)
    return text + (b',"unread_thread_notifications":{}}' if by_thread else b"}")
