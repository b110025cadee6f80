"""Entities of what the operators tell everybody, and of what they are told."""

import msgspec
from msgspec import UNSET, UnsetType

from teahouse.microblog.entities.people import Account, Emoji
from teahouse.microblog.entities.statuses import Mention, StatusTag


class Reaction(msgspec.Struct, kw_only=True):
    """How many reacted in one way; in a stream with the announcement's id, and without whether the reader did."""

    name: str
    count: int
    me: bool | UnsetType = UNSET
    url: str | UnsetType = UNSET
    static_url: str | UnsetType = UNSET
    announcement_id: str | UnsetType = UNSET


class Announcement(msgspec.Struct, kw_only=True):
    id: str
    content: str
    starts_at: str | None
    ends_at: str | None
    all_day: bool
    published_at: str
    updated_at: str
    read: bool | UnsetType
    mentions: list[Mention]
    statuses: list[dict[str, str]]
    tags: list[StatusTag]
    emojis: list[Emoji]
    reactions: list[Reaction]


class Report(msgspec.Struct, kw_only=True):
    id: str
    action_taken: bool
    action_taken_at: str | None
    category: str
    comment: str
    forwarded: bool
    created_at: str
    status_ids: list[str]
    rule_ids: list[str] | None
    target_account: Account


class WarningAppeal(msgspec.Struct):
    """What somebody said against a decision; `answer` is an addition of ours."""

    text: str
    state: str
    answer: str | None


class WarningLogged(msgspec.Struct):
    """The entries of the public log that a decision and the answer to its appeal made: numbers, and proofs."""

    id: str
    answer_id: str | None
    proof: str | None
    answer_proof: str | None


class AccountWarning(msgspec.Struct, kw_only=True):
    """What operators decided about an account.

    Additions of ours: `taken_down` are the words that are gone, `lifts` says that earlier restraints are taken back,
    `log` is where it stands in the public log (None of a decision that is older), with proofs where one is asked for.
    """

    id: str
    action: str
    text: str
    status_ids: list[str] | None
    target_account: Account
    appeal: WarningAppeal | None
    created_at: str
    taken_down: list[dict[str, str]]
    lifts: bool
    log: WarningLogged | None
