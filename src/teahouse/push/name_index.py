"""Which members of a room does a text name? For messages that don't say whom they mention.

Owns an index from the start of each name to its owners, so that a message costs its own length and not
the number of members. It gives what the legacy rules `.m.rule.contains_display_name` and
`.m.rule.contains_user_name` would find, one call for all members.
"""

import re
from collections.abc import Iterable

from teahouse.push.conditions import mentions_name
from teahouse.push.glob import Subject, fold

_WORD = re.compile(r"\w+", re.ASCII)


class NameIndex:
    """The names under which people of one room can be called; change it as they come, go and rename."""

    __slots__ = ("_by_start", "_names")

    def __init__(self, names: Iterable[tuple[str, str]] = ()) -> None:
        """Start with pairs of user id and name."""
        self._names: dict[tuple[str, str], str] = {}
        self._by_start: dict[str, set[tuple[str, str]]] = {}
        for user_id, name in names:
            self.add(user_id, name)

    def add(self, user_id: str, name: str) -> None:
        """Add a name of this user; empty names are never found and so never kept."""
        folded = fold(name)
        entry = (user_id, folded)
        if folded and entry not in self._names:
            self._names[entry] = _start(folded)
            self._by_start.setdefault(self._names[entry], set()).add(entry)

    def discard(self, user_id: str, name: str) -> None:
        """Take a name of this user away; does nothing when it isn't there."""
        entry = (user_id, fold(name))
        start = self._names.pop(entry, None)
        if start is None:
            return
        entries = self._by_start[start]
        entries.discard(entry)
        if not entries:
            del self._by_start[start]

    def named_in(self, body: str) -> set[str]:
        """Return the users with a name in the text, between word boundaries."""
        subject = Subject(body)
        starts = {*_WORD.findall(subject.text), *subject.text}
        found: set[str] = set()
        for start in starts & self._by_start.keys():
            entries = self._by_start[start]
            found.update(user for user, name in entries if user not in found and mentions_name(name, subject))
        return found


def _start(folded: str) -> str:
    word = _WORD.match(folded)
    return word[0] if word else folded[0]
