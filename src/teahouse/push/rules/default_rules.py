"""The server-default push rules of the specification, version 1.19, for one user.

Client-server API, "Predefined Rules". Owns the list and its order, nothing else; what a user changed
is laid over it in `ruleset.py`. The specification has no rules for polls, so there are none here.
"""

from functools import lru_cache
from typing import Any

from teahouse.ids import localpart_of

Rule = dict[str, Any]
Ruleset = dict[str, list[Rule]]

KINDS = ("override", "content", "room", "sender", "underride")
MASTER = ".m.rule.master"

# These three guess at mentions from the text; they keep silent for events that say whom they mention.
LEGACY_MENTION_RULES = frozenset(
    (".m.rule.contains_display_name", ".m.rule.roomnotif", ".m.rule.contains_user_name")
)

_SOUND: Rule = {"set_tweak": "sound", "value": "default"}
_RING: Rule = {"set_tweak": "sound", "value": "ring"}
_HIGHLIGHT: Rule = {"set_tweak": "highlight"}
_MAY_NOTIFY_ROOM: Rule = {"kind": "sender_notification_permission", "key": "room"}
_TWO_MEMBERS: Rule = {"kind": "room_member_count", "is": "2"}


@lru_cache(maxsize=1024)
def default_rules(user_id: str) -> Ruleset:
    """Return the default rules of each kind, most important first.

    The answer is shared between callers: never change it.
    """
    return {
        "override": _override(user_id),
        "content": [
            {
                **_rule(".m.rule.contains_user_name", ["notify", _SOUND, _HIGHLIGHT]),
                "pattern": localpart_of(user_id),
            }
        ],
        "room": [],
        "sender": [],
        "underride": _underride(),
    }


def _override(user_id: str) -> list[Rule]:
    return [
        {**_rule(MASTER, [], []), "enabled": False},
        _rule(".m.rule.suppress_notices", [], [_matches("content.msgtype", "m.notice")]),
        _rule(
            ".m.rule.invite_for_me",
            ["notify", _SOUND],
            [
                _matches("type", "m.room.member"),
                _matches("content.membership", "invite"),
                _matches("state_key", user_id),
            ],
        ),
        _rule(".m.rule.member_event", [], [_matches("type", "m.room.member")]),
        _rule(
            ".m.rule.is_user_mention",
            ["notify", _SOUND, _HIGHLIGHT],
            [{"kind": "event_property_contains", "key": r"content.m\.mentions.user_ids", "value": user_id}],
        ),
        _rule(
            ".m.rule.contains_display_name",
            ["notify", _SOUND, _HIGHLIGHT],
            [{"kind": "contains_display_name"}],
        ),
        _rule(
            ".m.rule.is_room_mention",
            ["notify", _HIGHLIGHT],
            [_is(r"content.m\.mentions.room", True), _MAY_NOTIFY_ROOM],
        ),
        _rule(
            ".m.rule.roomnotif", ["notify", _HIGHLIGHT], [_matches("content.body", "@room"), _MAY_NOTIFY_ROOM]
        ),
        _rule(
            ".m.rule.tombstone",
            ["notify", _HIGHLIGHT],
            [_matches("type", "m.room.tombstone"), _matches("state_key", "")],
        ),
        _rule(".m.rule.reaction", [], [_matches("type", "m.reaction")]),
        _rule(
            ".m.rule.room.server_acl",
            [],
            [_matches("type", "m.room.server_acl"), _matches("state_key", "")],
        ),
        _rule(".m.rule.suppress_edits", [], [_is(r"content.m\.relates_to.rel_type", "m.replace")]),
    ]


def _underride() -> list[Rule]:
    encrypted, message = _matches("type", "m.room.encrypted"), _matches("type", "m.room.message")
    return [
        _rule(".m.rule.call", ["notify", _RING], [_matches("type", "m.call.invite")]),
        _rule(".m.rule.encrypted_room_one_to_one", ["notify", _SOUND], [_TWO_MEMBERS, encrypted]),
        _rule(".m.rule.room_one_to_one", ["notify", _SOUND], [_TWO_MEMBERS, message]),
        _rule(".m.rule.message", ["notify"], [message]),
        _rule(".m.rule.encrypted", ["notify"], [encrypted]),
    ]


def _rule(rule_id: str, actions: list[Any], conditions: list[Rule] | None = None) -> Rule:
    rule: Rule = {"rule_id": rule_id, "default": True, "enabled": True, "actions": actions}
    if conditions is not None:
        rule["conditions"] = conditions
    return rule


def _matches(key: str, pattern: str) -> Rule:
    return {"kind": "event_match", "key": key, "pattern": pattern}


def _is(key: str, value: str | bool) -> Rule:
    return {"kind": "event_property_is", "key": key, "value": value}
