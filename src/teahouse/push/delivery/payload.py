"""What a push gateway is told (push gateway API, "Notification"), and what an app is told by web push.

Pure. With the format `event_id_only` nothing of the event leaves the server but its id and its room's.
"""

from typing import Any

import orjson

from teahouse.chat import Room, StoredEvent
from teahouse.push.records import Pusher
from teahouse.push.rules.evaluate import Actions

JsonObject = dict[str, Any]


def about_event(pusher: Pusher, event: StoredEvent, room: Room, actions: Actions, unread: int) -> JsonObject:
    """Give the notification of one event."""
    device = _device(pusher)
    notification: JsonObject = {
        "event_id": event.event_id,
        "room_id": event.room_id,
        "prio": _priority(event, actions),
        "counts": {"unread": unread} if unread else {},
        "devices": [device],
    }
    if device["data"].get("format") == "event_id_only":
        return notification
    device["tweaks"] = dict(actions.tweaks)
    notification.update(_details(pusher, event, room))
    return notification


def about_count(pusher: Pusher, unread: int) -> JsonObject:
    """Give the notification that only sets the badge; zero is said too, or no app would clear it."""
    return {"counts": {"unread": unread}, "devices": [_device(pusher)]}


def web_event(pusher: Pusher, event: StoredEvent, actions: Actions, unread: int) -> JsonObject:
    """Give the web push message of one event: nothing of what it says, whatever the format."""
    return {
        "app_id": pusher.app_id,
        "event_id": event.event_id,
        "room_id": event.room_id,
        "prio": _priority(event, actions),
        "unread": unread,
    }


def web_count(pusher: Pusher, unread: int) -> JsonObject:
    """Give the web push message that only sets the badge."""
    return {"app_id": pusher.app_id, "unread": unread}


def web_token(pusher: Pusher, token: str) -> JsonObject:
    """Give the web push message whose token the app gives back to activate the pusher."""
    return {"app_id": pusher.app_id, "ack_token": token}


def _details(pusher: Pusher, event: StoredEvent, room: Room) -> JsonObject:
    sender = room.get("m.room.member", event.sender)
    named = {
        "sender_display_name": sender.content.get("displayname") if sender is not None else None,
        "room_name": room.content("m.room.name").get("name"),
        "room_alias": room.content("m.room.canonical_alias").get("alias"),
    }
    details: JsonObject = {"type": event.type, "sender": event.sender, "content": event.content}
    details.update((name, value) for name, value in named.items() if value and isinstance(value, str))
    if event.type == "m.room.member":
        details["user_is_target"] = event.state_key == pusher.user_id
    return details


def _device(pusher: Pusher) -> JsonObject:
    data = {name: value for name, value in orjson.loads(pusher.data).items() if name != "url"}
    return {
        "app_id": pusher.app_id,
        "pushkey": pusher.pushkey,
        "pushkey_ts": pusher.pushkey_ts // 1000,
        "data": data,
    }


def _priority(event: StoredEvent, actions: Actions) -> str:
    """Wake the phone for what makes a sound or highlights, and for what only the app can judge."""
    loud = actions.highlight or actions.sound is not None or event.type == "m.room.encrypted"
    return "high" if loud else "low"
