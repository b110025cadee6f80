"""How the rules look at a room: the state they may ask for, and the event they are asked about.

Owns the narrow interfaces between the pure rules and whoever holds the state, and the careful reading of
stored contents: what is not of the right form counts as absent, and never raises.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Protocol

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class CurrentStateEvent(Protocol):
    """A state event that holds now."""

    @property
    def event_id(self) -> str:
        """Its id."""

    @property
    def sender(self) -> str:
        """Who sent it."""

    @property
    def content(self) -> Any:
        """Its content: an object if it is well formed, which no rule relies on."""


class StateView(Protocol):
    """The room's state before the event in question."""

    def get(self, event_type: str, state_key: str, /) -> CurrentStateEvent | None:
        """Return the current state event of this type and key, if there is one."""


class EventToCheck(Protocol):
    """What the rules need to know of an event before it is allowed in."""

    @property
    def room_id(self) -> str | None:
        """The room; None only for the create event of a version 12 room."""

    @property
    def sender(self) -> str:
        """Who sends it."""

    @property
    def type(self) -> str:
        """Its type."""

    @property
    def state_key(self) -> str | None:
        """Its state key; None for a message."""

    @property
    def content(self) -> Any:
        """Its content, as wild as the client made it."""

    @property
    def prev_events(self) -> Sequence[str]:
        """The ids of the events it follows."""


def content_of(event: CurrentStateEvent | EventToCheck | None) -> Mapping[str, Any]:
    """Return the event's content, or an empty one when there is no event or its content is no object."""
    if event is None:
        return _NOTHING
    content = event.content
    return content if isinstance(content, (dict, Mapping)) else _NOTHING


def membership_of(state: StateView, user_id: str) -> str:
    """Return the user's membership; `leave` for whoever has none, or a malformed one."""
    membership = content_of(state.get("m.room.member", user_id)).get("membership")
    return membership if isinstance(membership, str) else "leave"
