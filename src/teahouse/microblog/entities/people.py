"""Entities about people: accounts, relationships, lists, tags on profiles."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType


class Emoji(msgspec.Struct):
    shortcode: str
    url: str
    static_url: str
    visible_in_picker: bool
    category: str | None = None


class Field(msgspec.Struct):
    name: str
    value: str
    verified_at: str | None = None


class AccountRole(msgspec.Struct):
    id: str
    name: str
    color: str


class Role(msgspec.Struct):
    id: str
    name: str
    color: str
    permissions: str
    highlighted: bool


class Account(msgspec.Struct, kw_only=True, gc=False):
    id: str
    username: str
    acct: str
    display_name: str
    locked: bool
    bot: bool
    discoverable: bool
    indexable: bool
    group: bool = False
    created_at: str
    note: str
    url: str
    uri: str
    avatar: str
    avatar_static: str
    header: str
    header_static: str
    followers_count: int
    following_count: int
    statuses_count: int
    last_status_at: str | None
    hide_collections: bool
    noindex: bool
    emojis: list[Emoji]
    roles: list[AccountRole]
    fields: list[Field]
    mute_expires_at: str | UnsetType | None = UNSET
    limited: bool | UnsetType = UNSET
    suspended: bool | UnsetType = UNSET


class Source(msgspec.Struct, kw_only=True):
    privacy: str
    sensitive: bool
    language: str | None
    note: str
    fields: list[Field]
    follow_requests_count: int
    hide_collections: bool
    discoverable: bool
    indexable: bool
    attribution_domains: list[str]
    quote_policy: str


class CredentialAccount(Account, kw_only=True):
    """An account as its owner sees it."""

    source: Source
    role: Role
    profile_apart: bool
    public_page: bool


class Relationship(msgspec.Struct, kw_only=True):
    id: str
    following: bool
    showing_reblogs: bool
    notifying: bool
    languages: list[str] | None
    followed_by: bool
    blocking: bool
    blocked_by: bool
    muting: bool
    muting_notifications: bool
    muting_expires_at: str | None
    requested: bool
    requested_by: bool
    domain_blocking: bool
    endorsed: bool
    note: str


class FamiliarFollowers(msgspec.Struct):
    id: str
    accounts: list[Account]


class MastodonList(msgspec.Struct):
    id: str
    title: str
    replies_policy: str
    exclusive: bool


class TagHistory(msgspec.Struct):
    day: str
    uses: str
    accounts: str


class Tag(msgspec.Struct, kw_only=True):
    id: str
    name: str
    url: str
    history: list[TagHistory]
    following: bool | UnsetType = UNSET
    featuring: bool | UnsetType = UNSET


class FeaturedTag(msgspec.Struct):
    id: str
    name: str
    url: str
    statuses_count: str
    last_status_at: str | None


class Marker(msgspec.Struct):
    last_read_id: str
    version: int
    updated_at: str


Preferences = dict[str, Any]
