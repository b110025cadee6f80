"""Finds members named in a message of an old client, one without `m.mentions` (legacy push rules).

A room's names are indexed by their first word, so the cost follows the message's length and not the number of
members. Words are runs of A-Z a-z 0-9 _; every other character is a word of its own, as the rules' boundaries say.
"""

import re
from collections.abc import Iterable

from teahouse.chat.room import Room

_WORD = re.compile(r"[A-Za-z0-9_]+|[^A-Za-z0-9_\s]")


class NameIndex:
    """Display names and local parts of a room's members, by their first word in lower case."""

    def __init__(self) -> None:
        self._by_first: dict[str, list[tuple[str, str, bool]]] = {}

    def add(self, name: str, user_id: str, *, is_localpart: bool) -> None:
        """Enter one name of a user."""
        lowered = name.strip().lower()
        first = _WORD.search(lowered)
        if first is not None and first.start() == 0:
            self._by_first.setdefault(first[0], []).append((lowered, user_id, is_localpart))

    def find(self, body: str, *, with_localparts: bool) -> set[str]:
        """Give the users whose names stand in `body` between word boundaries."""
        text = body.lower()
        found = set()
        for word in _WORD.finditer(text):
            for name, user_id, is_localpart in self._by_first.get(word[0], ()):
                if (with_localparts or not is_localpart) and _stands_at(text, name, word.start()):
                    found.add(user_id)
        return found


def _stands_at(text: str, name: str, start: int) -> bool:
    end = start + len(name)
    if not text.startswith(name, start):
        return False
    if end == len(text) or not _is_word_character(name[-1]):
        return True
    return not _is_word_character(text[end])


def _is_word_character(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character == "_")


def names_of(room: Room) -> NameIndex:
    """Give the index of a room's joined members, made once for each state of the room."""
    index = room.derived.get("names")
    if not isinstance(index, NameIndex):
        index = NameIndex()
        for user_id in _joined(room):
            index.add(user_id[1:].partition(":")[0], user_id, is_localpart=True)
            name = room.members[user_id].content.get("displayname")
            if isinstance(name, str):
                index.add(name, user_id, is_localpart=False)
        room.derived["names"] = index
    return index


def _joined(room: Room) -> Iterable[str]:
    return (user_id for user_id in room.joined if user_id in room.members)
