"""What the default push rules say of an event, for all readers at once.

Pure and quick: `chat` asks once a message, so that unread counts need no row per reader. It equals the
full evaluator of `evaluate.py` with `default_rules.py` for every reader (a test proves it), and it must
be changed together with them.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from teahouse.push.rules.conditions import mentions_name
from teahouse.push.rules.glob import Subject

_NOBODY: frozenset[str] = frozenset()
_LOUD = frozenset(("m.room.message", "m.room.encrypted", "m.call.invite"))


class DefaultVerdict(NamedTuple):
    """The event's effect on readers with default rules; nobody is ever notified of their own events.

    `notifies`: those not mentioned get a notification (invites, which only the invited see, aside).
    `highlights_room`: it is highlighted for everybody; then it notifies too.
    `mentions`: for these it notifies and is highlighted whatever the other fields say.
    `legacy_mentions`: the same holds for members whose display name stands in the body;
    `legacy_user_names`: and for those whose local part does.
    """

    notifies: bool
    highlights_room: bool
    mentions: frozenset[str]
    legacy_mentions: bool
    legacy_user_names: bool


_SILENT = DefaultVerdict(False, False, _NOBODY, False, False)


def default_verdict(
    event_type: str,
    state_key: str | None,
    content: Mapping[str, Any],
    sender: str,
    *,
    sender_may_notify_room: bool,
) -> DefaultVerdict:
    """Judge an event by the default rules (client-server API, "Predefined Rules")."""
    kind = event_type.lower()
    if kind == "m.room.member" or _is_notice(content.get("msgtype")):
        return _SILENT
    body = content.get("body")
    legacy = "m.mentions" not in content and isinstance(body, str)
    if "m.mentions" in content:
        mentioned, to_room = _intentional(content["m.mentions"], sender)
    else:
        mentioned, to_room = _NOBODY, isinstance(body, str) and "@" in body and _calls_room(body)
    highlights = (to_room and sender_may_notify_room) or (kind == "m.room.tombstone" and state_key == "")
    hushed = _is_hushed(kind, state_key, content)
    notifies = highlights or (kind in _LOUD and not hushed)
    return DefaultVerdict(notifies, highlights, mentioned, legacy, legacy and not hushed)


def _is_notice(msgtype: object) -> bool:
    return isinstance(msgtype, str) and msgtype.lower() == "m.notice"


def _intentional(mentions: object, sender: str) -> tuple[frozenset[str], bool]:
    if not isinstance(mentions, dict):
        return _NOBODY, False
    listed = mentions.get("user_ids")
    named = _NOBODY
    if listed and isinstance(listed, list):
        named = frozenset(user_id for user_id in listed if isinstance(user_id, str) and user_id != sender)
    return named, mentions.get("room") is True


def _calls_room(body: str) -> bool:
    return mentions_name("@room", Subject(body))


def _is_hushed(kind: str, state_key: str | None, content: Mapping[str, Any]) -> bool:
    if kind == "m.reaction" or (kind == "m.room.server_acl" and state_key == ""):
        return True
    relation = content.get("m.relates_to")
    return isinstance(relation, dict) and relation.get("rel_type") == "m.replace"
