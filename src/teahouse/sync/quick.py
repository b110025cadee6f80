"""The answer that nearly every delivery is: new messages in joined rooms and nothing else, with shared bytes.

It says exactly what the long way would (the property test compares them through both); whatever is not plain, it
leaves to the long way by answering None.
"""

from functools import lru_cache

from teahouse.chat import Chat, Room, StoredEvent, joined_json, room_token
from teahouse.push import Push
from teahouse.sync.joined import SUMMARY_TYPES
from teahouse.sync.sessions import EVENT, Session
from teahouse.sync.view import View


def quick_rooms(chat: Chat, push: Push, view: View, session: Session, after: int, upto: int) -> bytes | None:
    """Give the `rooms` section for changes in (after, upto] that are plain events only, else None."""
    log = session.changes_after(after)
    if not log:
        return None
    told: dict[str, bytes] = {}
    sent = session.sent_members.get(view.scope.device_id, {}) if view.lazy else None
    for change in log:
        room_id = change.room_id
        if change.kind != EVENT or change.position > upto or room_id is None or change.body is not None:
            return None
        if room_id in told:
            continue
        room = chat.rooms.peek(room_id)
        member = session.rooms.get(room_id)
        if room is None or member is None or (member.joined_position or 0) > after:
            return None
        events = _plain_events(view, room, after, upto, None if sent is None else sent.get(room_id, ()))
        unread = push.counts.peek(view.scope.user_id, room)
        if events is None or unread is None or unread.threads:
            return None
        told[room_id] = _shared(room, events, view.state_name) + _counts(
            unread.notify, unread.highlight, view.filter.room.timeline.unread_thread_notifications
        )
    sections = b",".join(b'"%b":%b' % (room_id.encode(), text) for room_id, text in told.items())
    return b',"rooms":{"join":{%b}}' % sections


def _plain_events(
    view: View, room: Room, after: int, upto: int, known_members: object
) -> list[StoredEvent] | None:
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
        if known_members is not None and event.sender not in known_members:  # type: ignore[operator]
            return None
        events.append(event)
    if not events or len(events) > view.timeline_limit:
        return None
    events.reverse()
    return events


def _shared(room: Room, events: list[StoredEvent], state_name: str) -> bytes:
    """Give what all readers of these events share, made once for each run of events."""
    key = (events[0].position, events[-1].position, state_name)
    text = room.shared.get(key)
    if text is None:
        text = room.shared[key] = (
            b'{"timeline":{"events":[%b],"limited":false,"prev_batch":"%b"},"%b":{"events":[]},'
            b'"ephemeral":{"events":[]},"account_data":{"events":[]}'
            % (
                b",".join(map(joined_json, events)),
                room_token(events[0].position - 1).encode(),
                state_name.encode(),
            )
        )
    return text


@lru_cache(4096)
def _counts(notify: int, highlight: int, by_thread: bool) -> bytes:
    text = b',"unread_notifications":{"notification_count":%d,"highlight_count":%d}' % (notify, highlight)
    return text + (b',"unread_thread_notifications":{}}' if by_thread else b"}")
