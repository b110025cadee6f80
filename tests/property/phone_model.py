"""What an app knows of its rooms after applying sliding sync answers one after another."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.actors import Json

Key = tuple[str, str]
FIELDS = ("name", "avatar", "heroes", "is_dm", "joined_count", "invited_count", "notification_count")
MEMBER = "m.room.member"


@dataclass
class PhoneRoom:
    """One joined room; `known` is the timeline without a gap at its end."""

    state: dict[Key, str] = field(default_factory=dict)
    known: list[str] = field(default_factory=list)
    fields: Json = field(default_factory=dict)
    stamp: int = 0

    def apply(self, told: Json) -> None:
        """Take in one answer's entry of the room."""
        line = [event["event_id"] for event in told.get("timeline", [])]
        assert len(set(line)) == len(line), "an event was told twice in one timeline"
        expanded = told.get("unstable_expanded_timeline", False)
        if told.get("limited") or expanded or told.get("initial"):
            self.known = []
        assert not set(line) & set(self.known), "an event was told twice"
        self.known += line
        self.state |= {(e["type"], e["state_key"]): e["event_id"] for e in told.get("required_state", [])}
        self.fields |= {name: told[name] for name in FIELDS if name in told}
        self.stamp = told.get("bump_stamp", self.stamp)


@dataclass
class PhoneModel:
    """An app: its rooms, invites, receipts and account data, built from answers only."""

    user_id: str
    joined: dict[str, PhoneRoom] = field(default_factory=dict)
    pending: dict[str, list[Json]] = field(default_factory=dict)
    receipts: dict[tuple[str, str, str, str | None], str] = field(default_factory=dict)
    account_data: dict[tuple[str, str], Json] = field(default_factory=dict)
    count: int = 0

    def apply(self, answer: Json) -> None:
        """Take in one answer."""
        for room_id, told in answer["rooms"].items():
            self._apply_room(room_id, told)
        self.count = answer["lists"]["all_rooms"]["count"]
        extensions = answer["extensions"]
        for room_id, event in extensions.get("receipts", {}).get("rooms", {}).items():
            self._apply_receipts(room_id, event["content"])
        found = extensions.get("account_data", {})
        for room_id, events in [("", found.get("global", [])), *found.get("rooms", {}).items()]:
            for event in events:
                self.account_data[(room_id, event["type"])] = event["content"]

    def _apply_room(self, room_id: str, told: Json) -> None:
        if "invite_state" in told:
            self.joined.pop(room_id, None)
            self.pending[room_id] = told["invite_state"]
            return
        own = [
            e for e in told.get("required_state", []) if (e["type"], e["state_key"]) == (MEMBER, self.user_id)
        ]
        if own and own[-1]["content"]["membership"] != "join":
            self.joined.pop(room_id, None)
            self.pending.pop(room_id, None)
            return
        self.pending.pop(room_id, None)
        if told.get("initial"):
            self.joined[room_id] = PhoneRoom()
        assert room_id in self.joined, "a room was told in part before it was told whole"
        self.joined[room_id].apply(told)

    def _apply_receipts(self, room_id: str, content: Json) -> None:
        for event_id, kinds in content.items():
            for kind, readers in kinds.items():
                for user_id, mark in readers.items():
                    self.receipts[(room_id, kind, user_id, mark.get("thread_id"))] = event_id
