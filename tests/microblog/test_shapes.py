"""What clients can't live without: required fields are never null, ids are digits, times have milliseconds."""

from __future__ import annotations

import re
from typing import Any

from tests.access.every_route import served_routes
from tests.microblog.bloggers import Blogger, Json
from tests.microblog.recorded import ROUTES, route_of
from tests.microblog.test_media import picture, upload

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
URL = re.compile(r"https?://.+")
ACCOUNT = {
    "id": "id",
    "username": str,
    "acct": str,
    "display_name": str,
    "note": str,
    "url": URL,
    "uri": URL,
    "avatar": URL,
    "avatar_static": URL,
    "header": URL,
    "header_static": URL,
    "created_at": TIME,
    "locked": bool,
    "bot": bool,
    "group": bool,
    "discoverable": bool,
    "indexable": bool,
    "emojis": list,
    "fields": list,
    "roles": list,
    "followers_count": int,
    "following_count": int,
    "statuses_count": int,
}
STATUS = {
    "id": "id",
    "uri": URL,
    "url": URL,
    "created_at": TIME,
    "content": str,
    "visibility": str,
    "sensitive": bool,
    "spoiler_text": str,
    "media_attachments": list,
    "mentions": list,
    "tags": list,
    "emojis": list,
    "replies_count": int,
    "reblogs_count": int,
    "favourites_count": int,
    "quotes_count": int,
    "favourited": bool,
    "reblogged": bool,
    "bookmarked": bool,
    "muted": bool,
    "account": ACCOUNT,
    "quote_approval": dict,
    "filtered": list,
}
NULLABLE = {
    "poll",
    "card",
    "reblog",
    "application",
    "language",
    "edited_at",
    "in_reply_to_id",
    "in_reply_to_account_id",
    "quote",
}
RELATIONSHIP = {
    "id": "id",
    "note": str,
    **dict.fromkeys(
        (
            "following",
            "followed_by",
            "blocking",
            "blocked_by",
            "muting",
            "muting_notifications",
            "requested",
            "requested_by",
            "showing_reblogs",
            "domain_blocking",
            "endorsed",
            "notifying",
        ),
        bool,
    ),
}
POLL = {
    "id": "id",
    "expired": bool,
    "multiple": bool,
    "votes_count": int,
    "options": list,
    "emojis": list,
    "own_votes": list,
    "voted": bool,
}
MEDIA = {
    "id": "id",
    "type": str,
    "url": URL,
    "preview_url": URL,
    "meta": dict,
    "blurhash": str,
    "description": str,
}
LIST = {"id": "id", "title": str, "replies_policy": str, "exclusive": bool}
FILTER = {"id": "id", "title": str, "context": list, "filter_action": str, "keywords": list, "statuses": list}
TAG = {"name": str, "url": URL, "history": list, "following": bool}
INSTANCE = {
    "domain": str,
    "title": str,
    "version": str,
    "source_url": URL,
    "description": str,
    "usage": dict,
    "thumbnail": dict,
    "icon": list,
    "languages": list,
    "configuration": dict,
    "registrations": dict,
    "api_versions": dict,
    "contact": dict,
    "rules": list,
}


def faults(entity: Json, shape: dict[str, Any], where: str = "") -> list[str]:
    """List what an entity lacks of its shape."""
    wrong = []
    for name, kind in shape.items():
        value = entity.get(name)
        if isinstance(kind, dict):
            wrong += faults(value or {}, kind, f"{where}{name}.")
        elif kind == "id":
            good = isinstance(value, str) and value.isdigit() and int(value) < 2**63
            wrong += [] if good else [f"{where}{name}={value!r}"]
        elif isinstance(kind, re.Pattern):
            good = isinstance(value, str) and kind.fullmatch(value) is not None
            wrong += [] if good else [f"{where}{name}={value!r}"]
        elif not isinstance(value, kind):
            wrong.append(f"{where}{name}={value!r}")
    return wrong


def test_every_recorded_route_is_served() -> None:
    served = {route_of(route.method, re.sub(r"{\w+}", "1", route.path)) for route in served_routes()}
    assert [route for route in ROUTES if route not in served] == []


async def test_every_kind_of_post_has_what_clients_need(ann: Blogger, ben: Blogger) -> None:
    media = await upload(ann, picture(), description="a field")
    root = await ann.post("a picture #tea", media_ids=[media["id"]])
    posts = [
        root,
        await ben.post(f"hello @{ann.name}", in_reply_to_id=root["id"], visibility="direct"),
        await ann.post("which?", poll={"options": ["a", "b"], "expires_in": 600}),
        await ben.post("look", quoted_status_id=root["id"]),
        await ben.act(root, "reblog"),
        await ann.call("PUT", f"/v1/statuses/{root['id']}", json={"status": "changed"}),
    ]
    for said in posts:
        assert faults(said, STATUS) == []
        assert said.keys() >= NULLABLE
    assert faults(posts[0]["media_attachments"][0], MEDIA) == []
    assert faults(posts[2]["poll"], POLL) == []
    assert posts[4]["reblog"]["id"] == root["id"]
    assert faults(posts[4]["reblog"], STATUS) == []


async def test_every_other_entity_has_what_clients_need(ann: Blogger, ben: Blogger, visitor: Blogger) -> None:
    await ann.follow(ben)
    relation = (await ann.get("/v1/accounts/relationships", id__=[ben.id]))[0]
    assert faults(relation, RELATIONSHIP) == []
    own = await ann.get("/v1/accounts/verify_credentials")
    assert faults(own, ACCOUNT) == []
    assert {"note", "fields", "privacy", "sensitive", "language", "follow_requests_count"} <= own[
        "source"
    ].keys()
    assert faults(await ann.do("/v1/lists", title="friends"), LIST) == []
    assert faults(await ann.do("/v2/filters", title="dull", context=["home"]), FILTER) == []
    tag = await ann.do("/v1/tags/oolong/follow")
    assert faults(tag, TAG) == []
    assert len(tag["history"]) == 7
    instance = await visitor.get("/v2/instance")
    assert faults(instance, INSTANCE) == []
    assert isinstance(instance["contact"]["email"], str)
    assert instance["configuration"]["urls"]["streaming"].startswith("ws")
    assert float(instance["version"][:3]) >= 4
    old = await visitor.get("/v1/instance")
    assert old["uri"] == instance["domain"]


async def test_a_person_is_found_by_webfinger(ann: Blogger, visitor: Blogger) -> None:
    host = ann.actor.url.partition("://")[2]
    answer = await visitor.actor.http.get(
        "/.well-known/webfinger", params={"resource": f"acct:{ann.name}@{host}"}
    )
    assert answer.headers["content-type"].startswith("application/jrd+json")
    assert answer.json()["subject"] == f"acct:{ann.name}@{host}"
    meta = await visitor.actor.http.get("/.well-known/host-meta")
    assert "/.well-known/webfinger?resource={uri}" in meta.text
