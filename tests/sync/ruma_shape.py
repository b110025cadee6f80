"""The answer of sliding sync as ruma reads it, the decoder inside Element X: names, types, what may be absent.

ruma passes over names that it doesn't know and fails on a value of another type, and the whole answer with it.
Here an unknown name fails too, so that no field can hide behind a wrong name.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

UInt = Annotated[int, Meta(ge=0, le=2**53 - 1)]
UserId = Annotated[str, Meta(pattern="^@.+:.+$")]
RoomId = Annotated[str, Meta(pattern="^!.+$")]
EventId = Annotated[str, Meta(pattern=r"^\$.+$")]
Mxc = Annotated[str, Meta(pattern="^mxc://")]
Json = dict[str, Any]


class Strict(Struct, forbid_unknown_fields=True):
    """An object whose names are all known."""


class Unsigned(Struct):
    """What the server adds to an event."""

    transaction_id: str | UnsetType = UNSET
    membership: str | UnsetType = UNSET


class SyncEvent(Strict):
    """An event of a timeline, without the room's id."""

    type: str
    sender: UserId
    content: Json
    event_id: EventId
    origin_server_ts: UInt
    state_key: str | UnsetType = UNSET
    redacts: EventId | UnsetType = UNSET
    unsigned: Unsigned | UnsetType = UNSET


class StateEvent(Strict):
    """A state event."""

    type: str
    sender: UserId
    content: Json
    event_id: EventId
    origin_server_ts: UInt
    state_key: str
    unsigned: Unsigned | UnsetType = UNSET


class StrippedEvent(Strict):
    """A state event as invited people see it."""

    type: str
    sender: UserId
    content: Json
    state_key: str


class Hero(Strict):
    """Somebody by whom a room is called."""

    user_id: UserId
    displayname: str | UnsetType = UNSET
    avatar_url: Mxc | UnsetType = UNSET


class Room(Strict):
    """One room."""

    name: str | UnsetType | None = UNSET
    avatar: Mxc | UnsetType | None = UNSET
    initial: bool | UnsetType = UNSET
    is_dm: bool | UnsetType = UNSET
    invite_state: list[StrippedEvent] | UnsetType = UNSET
    notification_count: UInt | UnsetType = UNSET
    highlight_count: UInt | UnsetType = UNSET
    timeline: list[SyncEvent] | UnsetType = UNSET
    required_state: list[StateEvent] | UnsetType = UNSET
    prev_batch: str | UnsetType = UNSET
    limited: bool | UnsetType = UNSET
    joined_count: UInt | UnsetType = UNSET
    invited_count: UInt | UnsetType = UNSET
    num_live: UInt | UnsetType = UNSET
    bump_stamp: UInt | UnsetType = UNSET
    heroes: list[Hero] | UnsetType = UNSET
    unstable_expanded_timeline: bool | UnsetType = UNSET


class List(Strict):
    """One list."""

    count: UInt


class ToDeviceEvent(Strict):
    """A message to a device."""

    type: str
    sender: UserId
    content: Json


class ToDevice(Strict):
    """Messages to the device, with their token."""

    next_batch: str
    events: list[ToDeviceEvent] | UnsetType = UNSET


class DeviceLists(Strict):
    """Whose devices changed."""

    changed: list[UserId] | UnsetType = UNSET
    left: list[UserId] | UnsetType = UNSET


class E2ee(Strict):
    """Keys."""

    device_lists: DeviceLists | UnsetType = UNSET
    device_one_time_keys_count: dict[str, UInt] | UnsetType = UNSET
    device_unused_fallback_key_types: list[str] | UnsetType = UNSET


class Data(Strict):
    """A piece of account data, or an ephemeral event."""

    type: str
    content: Json


class AccountData(Strict, rename={"everywhere": "global"}):
    """Account data of all rooms and of single ones."""

    everywhere: list[Data] | UnsetType = UNSET
    rooms: dict[RoomId, list[Data]] | UnsetType = UNSET


class Ephemeral(Strict):
    """Receipts or typing."""

    rooms: dict[RoomId, Data] | UnsetType = UNSET


class Extensions(Strict):
    """All extensions."""

    to_device: ToDevice | UnsetType = UNSET
    e2ee: E2ee | UnsetType = UNSET
    account_data: AccountData | UnsetType = UNSET
    receipts: Ephemeral | UnsetType = UNSET
    typing: Ephemeral | UnsetType = UNSET


class Answer(Strict):
    """The whole answer."""

    pos: str
    txn_id: str | UnsetType = UNSET
    lists: dict[str, List] | UnsetType = UNSET
    rooms: dict[RoomId, Room] | UnsetType = UNSET
    extensions: Extensions | UnsetType = UNSET


def read_as_ruma_does(answer: dict[str, Any]) -> Answer:
    """Decode an answer; raises msgspec.ValidationError for what ruma could not read."""
    return msgspec.convert(answer, Answer)
