"""What an event's content says about its relation to another (specification, "Forming relationships")."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ANNOTATION = "m.annotation"
REPLACE = "m.replace"
THREAD = "m.thread"
REFERENCE = "m.reference"


@dataclass(frozen=True, slots=True)
class Relation:
    """`rel_type` to the event `event_id`; `key` is an annotation's emoji."""

    rel_type: str
    event_id: str
    key: str | None = None


def relation_of(content: Mapping[str, Any]) -> Relation | None:
    """Read the relation of a content, or None; odd shapes count as none. A plain reply is no relation."""
    relates = content.get("m.relates_to")
    if not isinstance(relates, dict):
        return None
    rel_type, event_id, key = relates.get("rel_type"), relates.get("event_id"), relates.get("key")
    if not isinstance(rel_type, str) or not isinstance(event_id, str):
        return None
    if not 0 < len(event_id) <= 255 or not 0 < len(rel_type) <= 255:
        return None
    if not isinstance(key, str) or len(key) > 255:
        key = None
    return Relation(rel_type, event_id, key)
