"""Every route of the server, with one good request for each: what the tests of access and input are driven by.

The routes come from the running code; the good requests stand in tables here. A new route without a row fails
the tests until it has one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote

from teahouse.app import all_routes
from teahouse.kernel.http import FastRoute

Json = dict[str, Any]


@dataclass(frozen=True)
class Route:
    """One method and path that the server answers, and the name of its function."""

    method: str
    path: str
    name: str
    guard: str
    takes_body: bool
    is_page: bool = False
    """A page for people or a part of one: no API, so the description leaves it out."""

    @property
    def names(self) -> list[str]:
        """The names of the path's parameters."""
        return re.findall(r"{(\w+)}", self.path)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def served_routes() -> list[Route]:
    """List every method and path of the running code."""
    found = []
    for route in all_routes():
        if isinstance(route, FastRoute) and route.endless:
            continue  # An answer without end; tests/microblog/test_streaming.py asks for these.
        if isinstance(route, FastRoute):
            takes_body = route.method in ("PUT", "POST") and route.takes is None
            name, guard = route.handler.__name__, route.access.__name__
            found.append(Route(route.method, route.path, name, guard, takes_body, route.is_page))
            continue
        takes_body = "data" in route.fn.__annotations__ or (
            "params" in route.fn.__annotations__ and route.handler_name in BODIES
        )
        is_page = bool((route.opt or {}).get("page"))
        guards = ",".join(guard.__name__ for guard in route.guards or ())
        for method in sorted(set(route.http_methods) - {"HEAD", "OPTIONS"}):
            found += [
                Route(method, re.sub(r":\w+}", "}", path), route.handler_name, guards, takes_body, is_page)
                for path in sorted(route.paths)
            ]
    return sorted(found, key=lambda one: (one.path, one.method))


@dataclass
class Place:
    """What the requests speak of: who asks, about whom, in which room."""

    user_id: str
    device_id: str = "NOSUCHDEVICE"
    other_id: str = "@nobody:localhost"
    room_id: str = "!" + "a" * 43
    event_id: str = "$" + "a" * 43
    state_event_id: str = "$" + "b" * 43
    alias: str = "#nothing:localhost"
    filter_id: str = "0"
    fresh: Callable[[], str] = field(default=lambda: "x")

    @cached_property
    def path_values(self) -> dict[str, str]:
        """The value of each path parameter, whatever the route."""
        return {
            "account_id": "1",
            "announcement_id": "1",
            "appservice_id": "bridge",
            "attachment_id": "1",
            "content_filter_id": "1",
            "conversation_id": "1",
            "date": "2020-01-01",
            "device_id": self.device_id,
            "event_id": self.event_id,
            "event_type": "m.room.message",
            "file_name": "tea.png",
            "filter_id": self.filter_id,
            "group_key": "ungrouped-1",
            "idp_id": "oidc",
            "featured_id": "1",
            "key_name": "displayname",
            "keyword_id": "1",
            "kind": "content",
            "list_id": "1",
            "name": "tea",
            "named_id": "1",
            "picture_id": "1.png",
            "warning_id": "1",
            "log_level": "entries",
            "tile_a": "x000",
            "tile_b": "x000",
            "tile_c": "000.p",
            "tile_d": "999",
            "poll_id": "1",
            "quoting_id": "1",
            "scheduled_id": "1",
            "media_id": "abc",
            "network_id": "irc",
            "notification_id": "1",
            "protocol": "irc",
            "receipt_type": "m.read",
            "report_id": "1",
            "request_id": "1",
            "rel_type": "m.thread",
            "room_alias": self.alias,
            "room_id": self.room_id,
            "room_id_or_alias": self.room_id,
            "rule_id": "tea",
            "server_name": "localhost",
            "session_id": "abc",
            "state_key": "",
            "status_id": "1",
            "tag": "u.tea",
            "user_id": self.user_id,
            "username": "nobody-at-all",
            "version": "99",
        }


PATH_VALUES: Mapping[str, Callable[[Place], Mapping[str, str]]] = {
    "delete_push_rule": lambda place: {"rule_id": "gone"},
    "delete_room_tag": lambda place: {"tag": "u.gone"},
    "get_account_data": lambda place: {"kind": "org.example.tea"},
    "get_account_data_per_room": lambda place: {"kind": "org.example.tea"},
    "get_room_state_with_key": lambda place: {"event_type": "m.room.create"},
    "delete_profile_field": lambda place: {"key_name": "org.example.gone"},
    "report_user": lambda place: {"user_id": place.other_id},
    "set_account_data": lambda place: {"kind": "org.example.tea"},
    "set_account_data_per_room": lambda place: {"kind": "org.example.tea"},
    "set_profile_field": lambda place: {"key_name": "org.example.tea"},
    "set_room_alias": lambda place: {"room_alias": f"#{place.fresh()}:localhost"},
    "set_room_state": lambda place: {"event_type": "org.example.note", "state_key": "k"},
}
"""By function: path parameters that differ from the usual ones."""

QUERIES: Mapping[str, Json] = {
    "get_media_thumbnail": {"width": 96, "height": 96},
    "get_media_thumbnail_of_old": {"width": 96, "height": 96},
    "get_media_audio": {"format": "ogg"},
    "check_username_availability": {"username": "some-free-name"},
    "get_event_by_timestamp": {"ts": 0, "dir": "f"},
    "get_mutual_rooms": {"user_id": "{other_id}"},
    "get_room_events": {"dir": "b"},
    "get_url_preview": {"url": "https://example.com/"},
    "get_url_preview_of_old": {"url": "https://example.com/"},
    "registration_token_validity": {"token": "abc"},
    "sync": {"timeout": 0},
    **{
        f"{verb}_room_{what}": {"version": "99"}
        for verb in ("get", "put", "delete")
        for what in ("keys", "keys_by_room_id", "key_by_session_id")
    },
}
"""By function: the query that it needs, with `{names}` of the place's fields."""

EVENT_FILTER = {
    "limit": 10,
    "types": ["m.room.*"],
    "not_types": ["m.x"],
    "senders": ["@a:localhost"],
    "not_senders": ["@b:localhost"],
}
ROOM_EVENT_FILTER = {
    **EVENT_FILTER,
    "rooms": ["!a:localhost"],
    "not_rooms": ["!b:localhost"],
    "contains_url": False,
    "lazy_load_members": True,
    "include_redundant_members": False,
    "unread_thread_notifications": False,
}
CREATE_ROOM = {
    "preset": "private_chat",
    "visibility": "private",
    "name": "tea",
    "topic": "leaves",
    "room_version": "12",
    "is_direct": False,
    "invite": ["@nobody:localhost"],
    "invite_3pid": [],
    "creation_content": {"m.federate": True, "type": "org.example.kind"},
    "initial_state": [{"type": "org.example.note", "state_key": "", "content": {"n": 1}}],
    "power_level_content_override": {
        "ban": 60,
        "events": {"m.room.name": 55},
        "users": {"@nobody:localhost": 10},
        "notifications": {"room": 20},
    },
}
SEARCH = {
    "search_term": "tea",
    "keys": ["content.body"],
    "filter": EVENT_FILTER,
    "order_by": "recent",
    "event_context": {"before_limit": 1, "after_limit": 1, "include_profile": True},
    "include_state": True,
    "groupings": {"group_by": [{"key": "room_id"}]},
}
PUSHER = {
    "app_id": "org.example.app",
    "pushkey": "key",
    "kind": "http",
    "app_display_name": "App",
    "device_display_name": "Phone",
    "profile_tag": "abc",
    "lang": "en",
    "append": False,
    "data": {"url": "https://push.example.com/_matrix/push/v1/notify", "format": "event_id_only"},
}
MESSAGE = {
    "msgtype": "m.text",
    "body": "tea for @alice and the room",
    "format": "org.matrix.custom.html",
    "formatted_body": "<b>tea</b>",
    "m.mentions": {"user_ids": ["@nobody:localhost"], "room": False},
    "m.relates_to": {"m.in_reply_to": {"event_id": "$a"}},
    "url": "mxc://localhost/abc",
    "info": {"size": 1, "thumbnail_info": {"w": 1}},
}
BACKED_UP_KEY = {
    "first_message_index": 1,
    "forwarded_count": 0,
    "is_verified": False,
    "session_data": {"ciphertext": "abc"},
}
BACKUP = {"algorithm": "m.megolm_backup.v1.curve25519-aes-sha2", "auth_data": {"public_key": "abc"}}

SLIDING_FILTER = {
    "is_dm": False,
    "spaces": ["!a:localhost"],
    "is_encrypted": False,
    "room_types": [None],
    "not_room_types": ["m.space"],
    "tags": ["m.favourite"],
    "not_tags": ["m.lowpriority"],
}
SLIDING_SYNC = {
    "conn_id": "rooms",
    "extensions": {
        "to_device": {"enabled": True, "since": "0", "limit": 10},
        "e2ee": {"enabled": True},
        **{
            name: {"enabled": True, "lists": ["all"], "rooms": ["*"]}
            for name in ("account_data", "receipts", "typing")
        },
    },
}
BODIES: Mapping[str, Callable[[Place], Json]] = {
    "ban": lambda place: {"user_id": place.other_id, "reason": "noise"},
    "change_password": lambda place: {"new_password": "sencha-and-snow", "logout_devices": False},
    "claim_keys": lambda place: {"one_time_keys": {place.other_id: {"PHONE": "signed_curve25519"}}},
    "create_app": lambda place: {
        "client_name": "Tea leaves",
        "redirect_uris": ["https://app.example/callback"],
        "scopes": "read write",
        "website": "https://app.example",
    },
    "create_room": lambda place: dict(CREATE_ROOM),
    "deactivate_account": lambda place: {"erase": False, "id_server": "x"},
    "define_filter": lambda place: {
        "event_fields": ["type", "content"],
        "event_format": "client",
        "presence": EVENT_FILTER,
        "account_data": EVENT_FILTER,
        "room": {
            "rooms": ["!a:localhost"],
            "not_rooms": ["!b:localhost"],
            "include_leave": False,
            "timeline": ROOM_EVENT_FILTER,
            "state": ROOM_EVENT_FILTER,
            "ephemeral": ROOM_EVENT_FILTER,
            "account_data": ROOM_EVENT_FILTER,
        },
    },
    "delete_device": lambda place: {},
    "delete_devices": lambda place: {"devices": ["NOSUCHDEVICE"]},
    "invite_user": lambda place: {"user_id": place.other_id, "reason": "tea"},
    "join_room": lambda place: {"reason": "tea"},
    "join_room_by_id": lambda place: {"reason": "tea"},
    "kick": lambda place: {"user_id": place.other_id, "reason": "noise"},
    "knock_room": lambda place: {"reason": "tea"},
    "leave_room": lambda place: {"reason": "tea"},
    "login": lambda place: {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": place.other_id},
        "password": "wrong-wrong",
        "device_id": "PHONE",
        "initial_device_display_name": "Phone",
        "refresh_token": False,
    },
    "oauth_device_authorization": lambda place: {"client_id": "x", "client_secret": "y", "scope": "read"},
    **dict.fromkeys(
        ("write_rendezvous_session", "send_rendezvous_session"),
        lambda place: {"data": "tea", "sequence_token": "1"},
    ),
    "create_rendezvous_session": lambda place: {"data": "tea"},
    "oauth_register": lambda place: {
        "client_name": "Tea leaves",
        "client_uri": "https://app.example/",
        "logo_uri": "https://app.example/logo.png",
        "tos_uri": "https://app.example/terms",
        "policy_uri": "https://app.example/privacy",
        "redirect_uris": ["https://app.example/callback"],
        "response_types": ["code"],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
        "application_type": "web",
    },
    "put_admin_lock_user": lambda place: {"locked": False},
    "oauth_revoke": lambda place: {"token": "x", "client_id": "x", "client_secret": "y"},
    "oauth_token": lambda place: {
        "grant_type": "authorization_code",
        "code": "x",
        "client_id": "x",
        "client_secret": "y",
        "redirect_uri": "https://app.example/callback",
        "code_verifier": "z",
    },
    "post_dehydrated_device_events": lambda place: {"next_batch": "1"},
    "post_pusher": lambda place: dict(PUSHER),
    "ack_pusher": lambda place: {"app_id": "tea", "ack_token": "none"},
    "post_receipt": lambda place: {"thread_id": "main"},
    "post_room_keys_version": lambda place: dict(BACKUP),
    "put_dehydrated_device": lambda place: {
        "device_id": "abc",
        "device_data": {"algorithm": "m.dehydration.v1.olm"},
        "initial_device_display_name": "Locked",
        "device_keys": {},
        "one_time_keys": {},
        "fallback_keys": {},
    },
    "put_room_key_by_session_id": lambda place: dict(BACKED_UP_KEY),
    "put_room_keys": lambda place: {"rooms": {place.room_id: {"sessions": {"abc": BACKED_UP_KEY}}}},
    "put_room_keys_by_room_id": lambda place: {"sessions": {"abc": BACKED_UP_KEY}},
    "put_room_keys_version": lambda place: {**BACKUP, "version": "99"},
    "query_keys": lambda place: {"timeout": 1000, "device_keys": {place.other_id: []}},
    "query_public_rooms": lambda place: {
        "limit": 5,
        "filter": {"generic_search_term": "tea", "room_types": [None, "m.space"]},
        "include_all_networks": False,
    },
    "redact_event": lambda place: {"reason": "spilt"},
    "refresh": lambda place: {"refresh_token": "ter_x"},
    "register": lambda place: {
        "username": place.fresh(),
        "password": "sencha-and-snow",
        "device_id": "PHONE",
        "initial_device_display_name": "Phone",
        "inhibit_login": False,
        "refresh_token": False,
    },
    "register_by_shared_secret": lambda place: {
        "nonce": "abc",
        "username": "x",
        "password": "sencha-and-snow",
        "mac": "00",
        "admin": False,
        "user_type": "",
        "displayname": "X",
        "inhibit_login": False,
    },
    "report_event": lambda place: {"reason": "spam", "score": -1},
    "report_room": lambda place: {"reason": "spam"},
    "report_user": lambda place: {"reason": "spam"},
    "search": lambda place: {"search_categories": {"room_events": SEARCH}},
    "search_user_directory": lambda place: {"search_term": "alice", "limit": 5},
    "send_message_event": lambda place: dict(MESSAGE),
    "send_message_event_once": lambda place: dict(MESSAGE),
    "send_to_device": lambda place: {"messages": {place.other_id: {"*": {"leaves": 1}}}},
    "set_account_data": lambda place: {"leaves": [1, "two"]},
    "set_account_data_per_room": lambda place: {"leaves": [1, "two"]},
    "set_presence": lambda place: {"presence": "online", "status_msg": "steeping"},
    "set_profile_field": lambda place: {"org.example.tea": "oolong"},
    "simplified_sliding_sync": lambda place: {
        **SLIDING_SYNC,
        "txn_id": "abc",
        "lists": {
            "all": {
                "ranges": [[0, 9]],
                "timeline_limit": 2,
                "required_state": [["m.room.member", "$LAZY"], ["*", "*"]],
                "slow_get_all_rooms": False,
                "filters": {**SLIDING_FILTER, "is_invite": False},
            },
        },
        "room_subscriptions": {place.room_id: {"timeline_limit": 2, "required_state": [["m.room.name", ""]]}},
    },
    "sliding_sync": lambda place: {
        **SLIDING_SYNC,
        "timeout": 0,
        "set_presence": "offline",
        "lists": {
            "all": {
                "range": [0, 9],
                "timeline_limit": 2,
                "required_state": {
                    "include": [{"type": "m.room.name", "state_key": ""}, {}],
                    "exclude": [{"type": "m.room.topic"}],
                    "lazy_members": True,
                },
                "filters": {**SLIDING_FILTER, "is_invited": False},
            },
        },
        "room_subscriptions": {
            place.room_id: {"timeline_limit": 2, "required_state": {"include": [{"type": "m.room.name"}]}}
        },
    },
    "set_push_rule": lambda place: {
        "actions": ["notify", {"set_tweak": "sound", "value": "x"}],
        "pattern": "tea",
    },
    "set_push_rule_actions": lambda place: {"actions": ["notify"]},
    "set_push_rule_enabled": lambda place: {"enabled": True},
    "set_read_marker": lambda place: {"m.fully_read": place.event_id, "m.read": place.event_id},
    "set_room_alias": lambda place: {"room_id": place.room_id},
    "set_room_state": lambda place: {"text": "a note"},
    "set_room_tag": lambda place: {"order": 0.5},
    "set_room_visibility_on_directory": lambda place: {"visibility": "public"},
    "set_typing": lambda place: {"typing": True, "timeout": 1000},
    "unban": lambda place: {"user_id": place.other_id, "reason": "peace"},
    "update_device": lambda place: {"display_name": "My phone"},
    "upload_cross_signing_keys": lambda place: {},
    "upload_cross_signing_signatures": lambda place: {place.user_id: {}},
    "upload_keys": lambda place: {
        "one_time_keys": {"curve25519:AAAA": "abc"},
        "fallback_keys": {"curve25519:AAAB": "abc"},
    },
    "upgrade_room": lambda place: {"new_version": "12", "additional_creators": []},
}
"""By function: a good body, with every field that the route knows."""


@dataclass(frozen=True)
class Request:
    """One request, ready to be sent."""

    method: str
    path: str
    params: Json | None
    json: Json | None


def values_of(route: Route, place: Place) -> dict[str, str]:
    """Give the value of each path parameter of a route."""
    further = PATH_VALUES.get(route.name)
    return {**place.path_values, "txn_id": place.fresh(), **(further(place) if further else {})}


def request_of(route: Route, place: Place) -> Request:
    """Make a good request of a route."""
    values = values_of(route, place)
    path = route.path.format_map({name: quote(values[name], safe="") for name in route.names})
    params = {
        key: value.format_map(vars(place)) if isinstance(value, str) else value
        for key, value in QUERIES.get(route.name, {}).items()
    }
    body = BODIES[route.name](place) if route.takes_body else None
    return Request(route.method, path, params or None, body)
