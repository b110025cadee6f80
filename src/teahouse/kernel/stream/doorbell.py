"""The doorbell: tells listeners in this process that the stream moved, after the commit is on disk.

It carries no promise: a poke that is lost costs delay, since listeners read the database by position.
"""

from collections.abc import Callable, Sequence

import structlog

from teahouse.kernel.stream.facts import Fact

Listener = Callable[[Sequence[Fact]], None]

log = structlog.get_logger(__name__)


class Doorbell:
    """Knows the newest committed position and calls the listeners in commit order, on the loop's thread."""

    def __init__(self) -> None:
        self.position = 0
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Call `listener` with the facts of every later commit; it must not block or raise."""
        self._listeners.append(listener)

    def ring(self, position: int, facts: Sequence[Fact]) -> None:
        """Make `position` the newest committed one and hand `facts` to every listener."""
        self.position = max(self.position, position)
        for listener in self._listeners:
            try:
                listener(facts)
            except Exception:
                log.exception("a listener of the stream failed")
