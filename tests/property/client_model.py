"""What a client knows of its rooms after applying sync answers one after another."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.actors import Json

Key = tuple[str, str]


@dataclass
class RoomModel:
    """One joined room as a client holds it; `known` is the timeline without a gap at its end."""

    state: dict[Key, Json] = field(default_factory=dict)
    known: list[str] = field(default_factory=list)
    receipts: dict[tuple[str, str, str | None], str] = field(default_factory=dict)
    account_data: dict[str, Json] = field(default_factory=dict)
    unread: tuple[int, int] = (0, 0)
    summary: Json = field(default_factory=dict)

    def apply(self, update: Json) -> None:
        """Take in one answer's section of the room."""
        line = update["timeline"]
        self._apply_state(update.get("state", {}).get("events", []))
        if line["limited"]:
            self.known = []
        self.known.extend(event["event_id"] for event in line["events"])
        self._apply_state([event for event in line["events"] if "state_key" in event])
        self._apply_state(update.get("state_after", {}).get("events", []))
        for event in update.get("ephemeral", {}).get("events", []):
            if event["type"] == "m.receipt":
                self._apply_receipts(event["content"])
        for event in update.get("account_data", {}).get("events", []):
            self.account_data[event["type"]] = event["content"]
        self.summary.update(update.get("summary", {}))
        if "unread_notifications" in update:
            counts = update["unread_notifications"]
            self.unread = (counts["notification_count"], counts["highlight_count"])

    def _apply_state(self, events: list[Json]) -> None:
        for event in events:
            self.state[(event["type"], event["state_key"])] = {
                "event_id": event["event_id"], "content": event["content"]
            }  # fmt: skip

    def _apply_receipts(self, content: Json) -> None:
        for event_id, kinds in content.items():
            for kind, readers in kinds.items():
                for user_id, mark in readers.items():
                    self.receipts[(kind, user_id, mark.get("thread_id"))] = event_id


@dataclass
class ClientModel:
    """A client: its rooms, invites and account data, built from sync answers only."""

    joined: dict[str, RoomModel] = field(default_factory=dict)
    invited: dict[str, list[Json]] = field(default_factory=dict)
    knocked: set[str] = field(default_factory=set)
    account_data: dict[str, Json] = field(default_factory=dict)
    since: str | None = None
    seen_events: list[str] = field(default_factory=list)

    def apply(self, answer: Json) -> None:
        """Take in one sync answer."""
        self.since = answer["next_batch"]
        rooms = answer.get("rooms", {})
        for room_id in rooms.get("leave", {}):
            self._gone(room_id)
        for room_id, update in rooms.get("invite", {}).items():
            self._gone(room_id)
            self.invited[room_id] = update["invite_state"]["events"]
        for room_id in rooms.get("knock", {}):
            self._gone(room_id)
            self.knocked.add(room_id)
        for room_id, update in rooms.get("join", {}).items():
            self.invited.pop(room_id, None)
            self.knocked.discard(room_id)
            self.joined.setdefault(room_id, RoomModel()).apply(update)
        for event in answer.get("account_data", {}).get("events", []):
            self.account_data[event["type"]] = event["content"]

    def _gone(self, room_id: str) -> None:
        self.joined.pop(room_id, None)
        self.invited.pop(room_id, None)
        self.knocked.discard(room_id)
