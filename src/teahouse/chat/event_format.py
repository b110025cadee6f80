"""Room events as the protocol has them: redaction, hashes, event ids, signatures, size limits.

Owns the form of a PDU for room versions 10 to 12 (specification, server-server API, "PDUs" and "Signing
Events"). Whether an event is allowed is `auth_rules`' question; where it is stored is not known here.
"""

import base64
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple

import msgspec

from teahouse.chat.room_versions import RoomVersion
from teahouse.errors import InvalidParam, TooLarge
from teahouse.ids import EventId, RoomId
from teahouse.kernel.signing import (
    SigningKey,
    canonical_json,
    check_canonical,
    refuse_floats,
    unpadded_base64,
)

__all__ = [
    "MAX_PDU_BYTES",
    "BuiltPdu",
    "EventDraft",
    "SigningKey",
    "build_pdu",
    "canonical_json",
    "check_canonical",
    "content_hash",
    "redact",
    "reference_hash",
    "room_id_of_create",
    "signed_pdu",
]

MAX_PDU_BYTES: Final = 65_536
MAX_KEY_BYTES: Final = 255
_NOT_HASHED: Final = ("hashes", "signatures", "unsigned")


class EventDraft(msgspec.Struct, frozen=True, kw_only=True):
    """An event somebody wishes to send: what the auth rules judge and `build_pdu` makes into an event.

    `room_id` is None only for the create event of a version 12 room; `state_key` is None for messages;
    `redacts` is set only for redactions, and goes where the room version wants it.
    """

    room_id: str | None
    sender: str
    type: str
    content: dict[str, Any]
    state_key: str | None = None
    prev_events: Sequence[str] = ()
    redacts: str | None = None


class BuiltPdu(NamedTuple):
    """A finished event: its id, the PDU as a value, and the same PDU as canonical bytes."""

    event_id: EventId
    pdu: dict[str, Any]
    canonical: bytes


def redact(version: RoomVersion, pdu: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event without what a redaction takes away; shares what it keeps with the original.

    Takes any mapping, well formed or not; never raises (specification, "Redactions" of each room version).
    """
    kind = pdu.get("type")
    kept = {key: value for key, value in pdu.items() if key in version.redaction_keeps}
    if kind == "m.room.create" and version.room_id_is_create_hash:
        # The id is derived from this event, so the event as hashed never has it.
        kept.pop("room_id", None)
    kept["content"] = _redacted_content(version, kind, pdu.get("content"))
    return kept


def _redacted_content(version: RoomVersion, kind: object, content: object) -> dict[str, Any]:
    if not isinstance(kind, str) or not isinstance(content, Mapping):
        return {}
    if kind == "m.room.create" and version.redaction_keeps_create:
        return dict(content)
    allowed = version.redaction_keeps_content.get(kind)
    if allowed is None:
        return {}
    kept = {key: value for key, value in content.items() if key in allowed}
    if kind == "m.room.member" and version.redaction_keeps_third_party_signed:
        invite = content.get("third_party_invite")
        if isinstance(invite, Mapping) and "signed" in invite:
            kept["third_party_invite"] = {"signed": invite["signed"]}
    return kept


def content_hash(pdu: Mapping[str, Any]) -> str:
    """Return the hash that goes into `hashes.sha256`: over all but hashes, signatures and `unsigned`.

    Raises BadJson when the event has no canonical form.
    """
    covered = {key: value for key, value in pdu.items() if key not in _NOT_HASHED}
    return unpadded_base64(sha256(check_canonical(covered)).digest())


def reference_hash(version: RoomVersion, pdu: Mapping[str, Any]) -> EventId:
    """Return the event id: `$` and the url-safe hash of the redacted event without its signatures.

    Raises BadJson when what redaction keeps has no canonical form.
    """
    covered = redact(version, pdu)
    covered.pop("signatures", None)
    return _event_id(check_canonical(covered))


def room_id_of_create(create_event_id: EventId) -> RoomId:
    """Return the id of the version 12 room that this create event begins."""
    return RoomId("!" + create_event_id[1:])


def build_pdu(
    version: RoomVersion,
    signing_key: SigningKey,
    draft: EventDraft,
    *,
    origin_server_ts: int,
    depth: int,
    auth_events: Sequence[str],
) -> BuiltPdu:
    """Make the draft into a hashed event, and say its id; `signed_pdu` signs it when it leaves (decision 37).

    The PDU shares the draft's content: treat both as frozen. Raises BadJson when the content has no canonical
    form, TooLarge over 65,536 bytes with its signature or 255 bytes of one key, InvalidParam for NUL in type or
    state key.
    """
    pdu = _unhashed_pdu(version, draft)
    pdu["origin_server_ts"] = origin_server_ts
    pdu["depth"] = depth
    pdu["auth_events"] = list(auth_events)
    hashed = canonical_json(pdu)
    _check_size(hashed)
    refuse_floats(draft.content)
    pdu["hashes"] = {"sha256": unpadded_base64(sha256(hashed).digest())}
    canonical = canonical_json(pdu)
    _check_size(canonical, signing_key.signatures_bytes)
    return BuiltPdu(_event_id(canonical_json(redact(version, pdu))), pdu, canonical)


def signed_pdu(version: RoomVersion, signing_key: SigningKey, pdu: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event with our signature over what redaction keeps of it, unless it has one already."""
    if "signatures" in pdu:
        return dict(pdu)
    # The same bytes as those of which the event id is the hash.
    signature = signing_key.sign(canonical_json(redact(version, pdu)))
    return {**pdu, "signatures": {signing_key.server_name: {signing_key.key_id: signature}}}


def _unhashed_pdu(version: RoomVersion, draft: EventDraft) -> dict[str, Any]:
    pdu: dict[str, Any] = {
        "type": draft.type,
        "sender": draft.sender,
        "content": draft.content,
        "prev_events": list(draft.prev_events),
    }
    _check_key("type", draft.type)
    _check_key("sender", draft.sender)
    if draft.room_id is not None:
        _check_key("room_id", draft.room_id)
        pdu["room_id"] = draft.room_id
    elif draft.type != "m.room.create" or not version.room_id_is_create_hash:
        raise InvalidParam("Only the create event of a version 12 room has no room id")
    if draft.state_key is not None:
        _check_key("state_key", draft.state_key)
        pdu["state_key"] = draft.state_key
    if draft.redacts is not None:
        if version.redacts_in_content:
            pdu["content"] = {**draft.content, "redacts": draft.redacts}
        else:
            pdu["redacts"] = draft.redacts
    return pdu


def _check_key(name: str, text: str) -> None:
    if "\x00" in text:
        raise InvalidParam(f"{name} must not contain NUL")
    # Only long text that is not plain ASCII needs to be written out to learn its length.
    if len(text) > MAX_KEY_BYTES or (
        not text.isascii() and len(text.encode(errors="surrogatepass")) > MAX_KEY_BYTES
    ):
        raise TooLarge(f"{name} must have at most {MAX_KEY_BYTES} bytes")


def _check_size(pdu: bytes, to_come: int = 0) -> None:
    if len(pdu) + to_come > MAX_PDU_BYTES:
        raise TooLarge(f"The event is too large: over {MAX_PDU_BYTES} bytes")


def _event_id(covered: bytes) -> EventId:
    digest = sha256(covered).digest()
    return EventId("$" + base64.urlsafe_b64encode(digest)[:43].decode())
