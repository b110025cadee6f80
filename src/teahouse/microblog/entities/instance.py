"""What the server tells of itself."""

from typing import Any

import msgspec

from teahouse.microblog.entities.people import Account


class Rule(msgspec.Struct):
    id: str
    text: str
    hint: str
    translations: dict[str, Any] = {}


class Contact(msgspec.Struct):
    email: str
    account: Account | None


class InstanceV2(msgspec.Struct, kw_only=True):
    domain: str
    title: str
    version: str
    source_url: str
    description: str
    usage: dict[str, dict[str, int]]
    thumbnail: dict[str, Any]
    icon: list[dict[str, str]]
    languages: list[str]
    configuration: dict[str, Any]
    registrations: dict[str, Any]
    api_versions: dict[str, int]
    contact: Contact
    rules: list[Rule]


class InstanceV1(msgspec.Struct, kw_only=True):
    uri: str
    title: str
    short_description: str
    description: str
    email: str
    version: str
    urls: dict[str, str]
    stats: dict[str, int]
    thumbnail: str | None
    languages: list[str]
    registrations: bool
    approval_required: bool
    invites_enabled: bool
    configuration: dict[str, Any]
    contact_account: Account | None
    rules: list[Rule]


class ExtendedDescription(msgspec.Struct):
    updated_at: str
    content: str


class PrivacyPolicy(msgspec.Struct):
    updated_at: str
    content: str


class TermsOfService(msgspec.Struct):
    effective_date: str
    effective: bool
    content: str
    succeeded_by: str | None
