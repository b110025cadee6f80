"""Compares answers with what real Mastodon servers were recorded to answer: `recorded_shapes.tsv`, read and applied.

Every answer that a blogger of the tests gets is compared. What we answer besides is our own business; what is missing,
of another kind or null where it never was null there is a fault.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parent / "recorded_shapes.tsv"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
TEXTS = {
    "time": TIME, "day": re.compile(r"\d{4}-\d\d-\d\d"), "url": re.compile(r"(https?|wss?)://.+"),
    "digits": re.compile(r"\d+"), "text": re.compile(r"(?s).*"),
}  # fmt: skip
NAMED_LAST = ("tag", "tags", "hashtag")

NULL_HERE = {
    "MediaAttachment.preview_url": "sound has none, there too",
    "MediaAttachment.blurhash": "sound has none, there too",
    "ScheduledStatus.params.application_id": "for a session that no app began",
    "Status.quote.quoted_status": "of a quote whose post is deleted or hidden, there too",
    "Status.quote.quoted_status_id": "of a quote within a quote whose post is deleted or hidden, there too",
    "InstanceTermsOfService.succeeded_by": "these terms hold",
    "PollOption.votes_count": "hidden until the end, there too",
    "FilterResult.status_matches": "the reference allows it, where words were met",
    "FilterResult.keyword_matches": "the reference allows it, where the post was named",
    "Poll.expires_at": "the reference allows polls without an end",
    "Preferences.posting:default:language": "none chosen",
    "Account.source.language": "none chosen",
    "InstanceV2.configuration.urls.privacy_policy": "not configured",
    "InstanceV2.thumbnail.blurhash": "the generated picture has none",
    "Conversation.last_status": "the reference allows it, for one whose posts are all deleted",
}
LACKING = {
    "MediaAttachment.meta.original": "while film and sound are looked into, there too",
    "MediaAttachment.meta.small": "sound has none, there too",
    "InstanceV2.thumbnail.versions.@1x": "there is one size",
    "InstanceV2.thumbnail.versions.@2x": "there is one size",
    "InstanceV2.configuration.urls.status": "there is no status page",
}
OTHER_KIND = {
    "WebPushSubscription.id": "the reference says text by now",
    "Markers.home": "each answer holds the timelines that were asked for",
    "PostedMarkers.home": "each answer holds the timelines that were asked for",
}

MAYBE_EMPTY = ("GET /api/v1/statuses/:id/card", "GET /api/v1/markers")
"""An empty object is what there is nothing of."""


def read_table() -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Read what routes answer, and the fields of entities with their kinds."""
    routes: dict[str, str] = {}
    entities: dict[str, dict[str, str]] = defaultdict(dict)
    for line in TABLE.read_text().splitlines():
        if line and not line.startswith("#"):
            owner, name, kinds = line.split("\t")
            (routes if owner == "route" else entities[owner])[name] = kinds
    return routes, dict(entities)


ROUTES, ENTITIES = read_table()


def route_of(method: str, path: str) -> str:
    """Give a route as the table names it: ids and names of tags are `:id`."""
    steps: list[str] = []
    for step in path.partition("?")[0].strip("/").split("/"):
        is_id = step.isdigit() or (steps and steps[-1] in NAMED_LAST)
        steps.append(":id" if is_id else step)
    return f"{method} /{'/'.join(steps)}"


def faults(method: str, path: str, answer: Any) -> list[str]:
    """List what an answer lacks of the recorded shape; nothing for routes that were not recorded."""
    route = route_of(method, path)
    if route not in ROUTES or (answer == {} and route in MAYBE_EMPTY):
        return []
    return _kind_faults(ROUTES[route], answer, route)


def _kind_faults(kinds: str, value: Any, where: str) -> list[str]:
    options = [kind.removeprefix("list of ") for kind in kinds.split("|")]
    is_list = kinds.startswith("list") or "|list" in kinds
    if kinds == "null" or where in OTHER_KIND:
        return []
    if value is None:
        return [] if "null" in options or where in NULL_HERE else [f"{where} is null"]
    if is_list:
        if not isinstance(value, list):
            return [f"{where} is no list: {value!r:.80}"]
        inner = "|".join(one for one in options if one not in ("list", "null"))
        return [fault for one in value for fault in (_kind_faults(inner, one, where) if inner else [])]
    if isinstance(value, dict):
        return _object_faults(options, value, where)
    return (
        [] if any(_is_of_kind(value, kind) for kind in options) else [f"{where}={value!r:.80} is no {kinds}"]
    )


def _object_faults(options: list[str], value: Mapping[str, Any], where: str) -> list[str]:
    if options == ["empty"]:
        return [] if not value else [f"{where} is not empty"]
    known = [one for one in options if one in ENTITIES]
    if not known:
        return [f"{where} is an object, not {'|'.join(options)}"]
    found = [_entity_faults(one, value) for one in known]
    return min(found, key=len)


def _entity_faults(name: str, value: Mapping[str, Any]) -> list[str]:
    wrong = []
    for field, kinds in ENTITIES[name].items():
        where = f"{name}.{field.rstrip('?')}"
        if field.rstrip("?") in value:
            wrong += _kind_faults(kinds, value[field.rstrip("?")], where)
        elif not field.endswith("?") and where not in LACKING and where not in OTHER_KIND:
            wrong.append(f"{where} is missing")
    return wrong


def _is_of_kind(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "bool"
    if isinstance(value, int):
        return kind in ("int", "float")
    if isinstance(value, float):
        return kind == "float"
    return isinstance(value, str) and kind in TEXTS and TEXTS[kind].fullmatch(value) is not None
