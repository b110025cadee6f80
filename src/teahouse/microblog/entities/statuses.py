"""Entities about posts: statuses with all that hangs on them, polls, media, filters, conversations."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from teahouse.microblog.entities.people import Account, Emoji, TagHistory


class MediaAttachment(msgspec.Struct, kw_only=True):
    id: str
    type: str
    url: str | None
    preview_url: str | None
    remote_url: str | None = None
    preview_remote_url: str | None = None
    text_url: str | None = None
    meta: dict[str, Any]
    description: str | None
    blurhash: str | None


class Mention(msgspec.Struct):
    id: str
    username: str
    url: str
    acct: str


class StatusTag(msgspec.Struct):
    name: str
    url: str


class Application(msgspec.Struct):
    name: str
    website: str | None = None


class PollOption(msgspec.Struct):
    title: str
    votes_count: int | None


class Poll(msgspec.Struct, kw_only=True):
    id: str
    expires_at: str | None
    expired: bool
    multiple: bool
    votes_count: int
    voters_count: int | None
    options: list[PollOption]
    emojis: list[Emoji]
    voted: bool | UnsetType = UNSET
    own_votes: list[int] | UnsetType = UNSET


class FilterKeyword(msgspec.Struct):
    id: str
    keyword: str
    whole_word: bool


class FilterStatus(msgspec.Struct):
    id: str
    status_id: str


class Filter(msgspec.Struct, kw_only=True):
    id: str
    title: str
    context: list[str]
    expires_at: str | None
    filter_action: str
    keywords: list[FilterKeyword]
    statuses: list[FilterStatus]


class FilterResult(msgspec.Struct):
    filter: Filter
    keyword_matches: list[str] | None
    status_matches: list[str]


class FilterV1(msgspec.Struct, kw_only=True):
    id: str
    phrase: str
    context: list[str]
    whole_word: bool
    expires_at: str | None
    irreversible: bool


class CardAuthor(msgspec.Struct):
    name: str
    url: str
    account: Account | None = None


class PreviewCard(msgspec.Struct, kw_only=True):
    url: str
    title: str
    description: str
    type: str
    language: str | None = None
    author_name: str = ""
    author_url: str = ""
    provider_name: str = ""
    provider_url: str = ""
    html: str = ""
    width: int = 0
    height: int = 0
    image: str | None = None
    image_description: str = ""
    embed_url: str = ""
    blurhash: str | None = None
    published_at: str | None = None
    authors: list[CardAuthor]


class TrendingLink(PreviewCard, kw_only=True):
    """A card of a link that many people post, with how many."""

    history: list[TagHistory]


class QuoteApproval(msgspec.Struct):
    automatic: list[str]
    manual: list[str]
    current_user: str


class Quote(msgspec.Struct, kw_only=True):
    """A quote with the quoted post, or (the reference's ShallowQuote, inside a quoted post) with its id alone."""

    state: str
    quoted_status: "Status | UnsetType | None" = UNSET
    quoted_status_id: str | UnsetType | None = UNSET


class Extras(msgspec.Struct, gc=False):
    """What the Mastodon API has no word for: who may comment, and where a chain of reposts or quotes began."""

    reply_policy: str
    reblog_via_id: str | None
    quote_root_id: str | None


class Status(msgspec.Struct, kw_only=True, gc=False):
    """A post; made by the dozen for each page, and part of no cycle, so the garbage collector need not look at it."""

    id: str
    created_at: str
    in_reply_to_id: str | None
    in_reply_to_account_id: str | None
    sensitive: bool
    spoiler_text: str
    visibility: str
    language: str | None
    uri: str
    url: str
    replies_count: int
    reblogs_count: int
    favourites_count: int
    quotes_count: int
    edited_at: str | None
    content: str
    text: str | UnsetType = UNSET
    reblog: "Status | None"
    application: Application | None
    account: Account
    media_attachments: list[MediaAttachment]
    mentions: list[Mention]
    tags: list[StatusTag]
    emojis: list[Emoji]
    card: PreviewCard | None
    poll: Poll | None
    quote: Quote | None
    quote_approval: QuoteApproval
    teahouse: Extras
    favourited: bool | UnsetType = UNSET
    reblogged: bool | UnsetType = UNSET
    muted: bool | UnsetType = UNSET
    bookmarked: bool | UnsetType = UNSET
    pinned: bool | UnsetType = UNSET
    filtered: list[FilterResult] | UnsetType = UNSET


class StatusEdit(msgspec.Struct, kw_only=True):
    content: str
    spoiler_text: str
    sensitive: bool
    created_at: str
    account: Account
    poll: dict[str, Any] | UnsetType = UNSET
    media_attachments: list[MediaAttachment]
    emojis: list[Emoji]


class StatusSource(msgspec.Struct):
    id: str
    text: str
    spoiler_text: str


class Context(msgspec.Struct):
    ancestors: list[Status]
    descendants: list[Status]


class ScheduledStatus(msgspec.Struct, kw_only=True):
    id: str
    scheduled_at: str
    params: dict[str, Any]
    media_attachments: list[MediaAttachment]


class Conversation(msgspec.Struct):
    id: str
    unread: bool
    accounts: list[Account]
    last_status: Status | None
