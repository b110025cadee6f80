"""What a client asked for: its filter and options in the few yes-or-no forms that building an answer needs."""

from dataclasses import dataclass

from teahouse.chat import StoredEvent, SyncFilter
from teahouse.kernel.http import Scope


@dataclass(frozen=True, slots=True)
class View:
    """One reader's view: his filter, ignored users and options."""

    scope: Scope
    filter: SyncFilter
    ignored: frozenset[str]
    full_state: bool
    state_name: str
    """What the client calls the state it asked for: `state_after`, under either of its names, or `state`."""

    @property
    def state_after(self) -> bool:
        """Say whether the state is wanted as it is after the timeline, not before it."""
        return self.state_name != "state"

    @property
    def timeline_limit(self) -> int:
        return self.filter.room.timeline.limit

    @property
    def filters_timeline(self) -> bool:
        """Say whether any event may be left out of timelines."""
        return bool(self.ignored) or not self.filter.room.timeline.allows_everything

    def shows_in_timeline(self, event: StoredEvent) -> bool:
        """Say whether the reader wants this event in a timeline; ignored people's state still shows."""
        if event.sender in self.ignored and event.state_key is None:
            return False
        return self.filter.room.timeline.allows(event)

    @property
    def lazy(self) -> bool:
        return self.filter.room.state.lazy_load_members

    @property
    def redundant(self) -> bool:
        return self.filter.room.state.include_redundant_members
