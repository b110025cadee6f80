"""Rooms made of plain values, for judging events without a database."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from teahouse.chat.auth_rules import CurrentStateEvent, check_event_auth
from teahouse.chat.event_format import EventDraft
from teahouse.chat.room_versions import ROOM_VERSIONS, RoomVersion
from teahouse.errors import Forbidden, InvalidParam

V10, V11, V12 = (ROOM_VERSIONS[name] for name in ("10", "11", "12"))
ALICE, BOB, CAROL, DAN = (f"@{name}:tea.example" for name in ("alice", "bob", "carol", "dan"))
EVE = "@eve:elsewhere.example"
CREATE_ID = "$" + "c" * 43


@dataclass(frozen=True)
class Held:
    """A state event that holds in a room."""

    event_id: str
    sender: str
    content: Any


@dataclass
class RoomState:
    """A room's state, with Alice as its creator; rules ask it with `get`."""

    version: RoomVersion = V12
    events: dict[tuple[str, str], Held] = field(default_factory=dict)

    def get(self, event_type: str, state_key: str, /) -> CurrentStateEvent | None:
        """Return the event that holds for this key."""
        return self.events.get((event_type, state_key))

    def put(self, kind: str, content: Any, key: str = "", sender: str = ALICE) -> "RoomState":
        """Let a state event hold, whether or not the rules allow it."""
        event_id = CREATE_ID if kind == "m.room.create" else f"${kind}|{key}"
        self.events[kind, key] = Held(event_id, sender, content)
        return self

    def member(self, user: str, membership: Any) -> "RoomState":
        """Let this membership hold."""
        return self.put("m.room.member", {"membership": membership}, user, user)

    def levels(self, **content: Any) -> "RoomState":
        """Let these power levels hold."""
        return self.put("m.room.power_levels", content)

    def rule(self, join_rule: Any) -> "RoomState":
        """Let this join rule hold."""
        return self.put("m.room.join_rules", {"join_rule": join_rule})

    @property
    def room_id(self) -> str:
        """The room's id as its version forms it."""
        return "!" + CREATE_ID[1:] if self.version.room_id_is_create_hash else "!room:tea.example"

    def draft(
        self,
        kind: str,
        content: Any,
        key: str | None = None,
        *,
        by: str = ALICE,
        after: Sequence[str] = ("$x",),
    ) -> EventDraft:
        """Return an event somebody wishes to send here."""
        return EventDraft(
            room_id=self.room_id, sender=by, type=kind, state_key=key, content=content, prev_events=after
        )

    def refusal(self, kind: str, content: Any, key: str | None = None, *, by: str = ALICE) -> str:
        """Return why the rules refuse the event; empty when they allow it."""
        return refusal_of(self, self.draft(kind, content, key, by=by))

    def membership_refusal(self, by: str, membership: Any, target: str, **more: Any) -> str:
        """Return why the rules refuse a membership; empty when they allow it."""
        return self.refusal("m.room.member", {"membership": membership, **more}, target, by=by)


def refusal_of(state: RoomState, draft: EventDraft) -> str:
    """Return the words with which the rules refuse an event; empty when they allow it."""
    try:
        check_event_auth(state.version, draft, state)
    except (Forbidden, InvalidParam) as refused:
        return refused.message
    return ""


def new_room(version: RoomVersion = V12, **create: Any) -> RoomState:
    """Return a room of Alice's in which she and Bob are, with nothing else set."""
    content = {"room_version": version.id, **({"creator": ALICE} if version is V10 else {}), **create}
    return RoomState(version).put("m.room.create", content).member(ALICE, "join").member(BOB, "join")
