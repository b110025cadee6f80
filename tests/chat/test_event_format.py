"""Canonical JSON, redaction, hashes and signatures, against the specification's vectors and other code."""

import base64
import hashlib
import json
from typing import Any

import canonicaljson
import orjson
import pytest
import signedjson.key
import signedjson.sign
from hypothesis import given
from hypothesis import strategies as st

from teahouse.chat.event_format import (
    MAX_PDU_BYTES,
    EventDraft,
    SigningKey,
    build_pdu,
    canonical_json,
    check_canonical,
    content_hash,
    redact,
    reference_hash,
    room_id_of_create,
    signed_pdu,
)
from teahouse.chat.room_versions import ROOM_VERSIONS
from teahouse.errors import BadJson, InvalidParam, TooLarge
from teahouse.kernel.signing import decode_base64, is_signed_by, unpadded_base64

V10, V11, V12 = (ROOM_VERSIONS[name] for name in ("10", "11", "12"))
KEY = SigningKey("domain", "ed25519:1", decode_base64("YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1"))
LARGEST = 2**53 - 1

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=12,
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def message(**changes: Any) -> EventDraft:
    parts: dict[str, Any] = {
        "room_id": "!room:domain",
        "sender": "@alice:domain",
        "type": "m.room.message",
        "content": {"msgtype": "m.text", "body": "好茶"},
        "prev_events": ["$before"],
    }
    return EventDraft(**{**parts, **changes})


def build(draft: EventDraft, version: Any = V12) -> tuple[str, dict[str, Any], bytes]:
    return build_pdu(version, KEY, draft, origin_server_ts=1_000_000, depth=3, auth_events=["$a", "$b"])


def reference_key() -> Any:
    return signedjson.key.decode_signing_key_base64("ed25519", "1", unpadded_base64(KEY.seed))


# Canonical JSON


@pytest.mark.parametrize(
    ("read", "written"),
    [
        ("{}", "{}"),
        ('{"one": 1, "two": "Two"}', '{"one":1,"two":"Two"}'),
        ('{"b": "2", "a": "1"}', '{"a":"1","b":"2"}'),
        ('{"a": "日本語"}', '{"a":"日本語"}'),
        ('{"本": 2, "日": 1}', '{"日":1,"本":2}'),
        ('{"a": "\\u65E5"}', '{"a":"日"}'),
        ('{"a": null}', '{"a":null}'),
        ('{"a": -0}', '{"a":0}'),
        ('{"a": "\\u0000\\u001f\\u007f\\"\\\\\\/\\n"}', '{"a":"\\u0000\\u001f\x7f\\"\\\\/\\n"}'),
        ('{"\\ud83d\\udc08": 1, "\\uffee": 2}', '{"\uffee":2,"\U0001f408":1}'),
    ],
)
def test_the_specifications_examples_are_written_as_it_says(read: str, written: str) -> None:
    assert check_canonical(orjson.loads(read)) == written.encode()


@given(json_values)
def test_canonical_json_equals_the_reference_library(value: object) -> None:
    assert check_canonical(value) == canonicaljson.encode_canonical_json(value)


@pytest.mark.parametrize("number", [LARGEST, -LARGEST, 0])
def test_integers_up_to_53_bits_are_written(number: int) -> None:
    assert check_canonical({"n": number}) == b'{"n":%d}' % number


@pytest.mark.parametrize(
    "value",
    [
        LARGEST + 1,
        -LARGEST - 1,
        2**63,
        2**64,
        10**100,
        1.0,
        -0.0,
        1e300,
        float("nan"),
        float("inf"),
        "\ud800",
        b"bytes",
        {1, 2},
        (1, 2),
        object(),
        {1: "x"},
        {None: "x"},
        {"\udfff": 1},
    ],
)
def test_what_canonical_json_forbids_is_refused_at_any_depth(value: object) -> None:
    for nested in (value, [value], {"a": [{"b": value}]}):
        with pytest.raises(BadJson):
            check_canonical(nested)


def test_endless_nesting_is_refused_and_not_a_crash() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    circle: dict[str, Any] = {}
    circle["self"] = circle
    for value in (deep, circle):
        with pytest.raises(BadJson):
            check_canonical(value)
    while deep:  # Taken apart by hand: freeing 100,000 levels at once is the interpreter's weak spot.
        deep = deep.pop()


@given(anything)
def test_any_value_is_written_or_refused_as_bad_json(value: object) -> None:
    try:
        written = check_canonical(value)
    except BadJson:
        return
    assert orjson.loads(written) == value


# Signing


def test_the_specifications_signatures_are_reproduced() -> None:
    empty = KEY.sign_json({})
    assert empty["signatures"]["domain"]["ed25519:1"] == (
        "K8280/U9SSy9IVtjBuVeLr+HpOB4BQFWbg+UZaADMtTdGYI7Geitb76LTrr5QV/7Xg4ahLwYGYZzuHGZKM5ZAQ"
    )
    full = KEY.sign_json({"one": 1, "two": "Two", "unsigned": {"age": 3}})
    assert full["signatures"]["domain"]["ed25519:1"] == (
        "KqmLSbO39/Bzb0QIYE82zqLwsA+PDzYIpIRA2sRQ4sL53+sN6/fpNSoqE7BP7vBZhG6kYdD13EIMJpvhJI+6Bw"
    )
    assert full["unsigned"] == {"age": 3}


def test_the_specifications_events_are_hashed_and_signed_as_it_says() -> None:
    bare = {
        "room_id": "!x:domain",
        "sender": "@a:domain",
        "origin": "domain",
        "origin_server_ts": 1000000,
        "signatures": {},
        "hashes": {},
        "type": "X",
        "content": {},
        "prev_events": [],
        "auth_events": [],
        "depth": 3,
        "unsigned": {"age_ts": 1000000},
    }
    assert content_hash(bare) == "5jM4wQpv6lnBo7CLIghJuHdW+s2CMBJPUOGOC89ncos"
    signed = KEY.sign_json(redact(V10, {**bare, "hashes": {"sha256": content_hash(bare)}}))
    assert signed["signatures"]["domain"]["ed25519:1"] == (
        "KxwGjPSDEtvnFgU00fwFz+l6d2pJM6XBIaMEn81SXPTRl16AqLAYqfIReFGZlHi5KLjAWbOoMszkwsQma+lYAg"
    )


def test_the_specifications_message_is_signed_without_its_content() -> None:
    event = {
        "content": {"body": "Here is the message content"},
        "event_id": "$0:domain",
        "origin": "domain",
        "origin_server_ts": 1000000,
        "type": "m.room.message",
        "room_id": "!r:domain",
        "sender": "@u:domain",
        "signatures": {},
        "unsigned": {"age_ts": 1000000},
    }
    assert content_hash(event) == "onLKD1bGljeBWQhWZ1kaP9SorVmRQNdN5aM2JYU2n/g"
    signed = KEY.sign_json(redact(V10, {**event, "hashes": {"sha256": content_hash(event)}}))
    assert signed["signatures"]["domain"]["ed25519:1"] == (
        "Wm+VzmOUOz08Ds+0NTWb1d4CZrVsJSikkeRxh6aCcUwu6pNC78FunoD7KNWzqFn241eYHYMGCA5McEiVPdhzBA"
    )


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), json_values, max_size=4))
def test_the_reference_library_accepts_our_signatures_and_we_accept_its(value: dict[str, Any]) -> None:
    value.pop("signatures", None)
    theirs = reference_key()
    ours = KEY.sign_json(value)
    signedjson.sign.verify_signed_json(ours, "domain", signedjson.key.get_verify_key(theirs))
    assert is_signed_by(signedjson.sign.sign_json(dict(value), "domain", theirs), KEY.public_key)


def test_a_signature_holds_only_for_its_key_and_its_content() -> None:
    signed = KEY.sign_json({"body": "tea"})
    assert is_signed_by(signed, KEY.public_key)
    assert is_signed_by({**signed, "unsigned": {"age": 1}}, KEY.public_key)
    assert not is_signed_by({**signed, "body": "coffee"}, KEY.public_key)
    assert not is_signed_by(signed, SigningKey.generate("domain").public_key)


@given(anything, anything)
def test_forged_signatures_are_refused_without_an_exception(signatures: object, key: object) -> None:
    value = {"a": 1, "signatures": signatures}
    assert not is_signed_by(value, key)
    assert not is_signed_by(value, KEY.public_key)
    assert not is_signed_by({"signatures": {"domain": {"ed25519:1": signatures}}}, KEY.public_key)


def test_a_new_key_can_be_loaded_again_from_its_seed() -> None:
    key = SigningKey.generate("tea.example")
    again = SigningKey("tea.example", key.key_id, key.seed)
    assert again.public_key == key.public_key
    assert again.sign(b"x") == key.sign(b"x")
    assert key.key_id.startswith("ed25519:")
    assert SigningKey.generate("tea.example").seed != key.seed


@pytest.mark.parametrize("key_id", ["", "ed25519:", "rsa:1", "ed25519:a-b", "ed25519:a\n"])
def test_a_malformed_key_id_is_refused(key_id: str) -> None:
    with pytest.raises(ValueError, match="key id"):
        SigningKey("domain", key_id, bytes(32))


def test_a_seed_has_32_bytes() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        SigningKey("domain", "ed25519:1", b"short")


def test_base64_is_read_with_and_without_padding() -> None:
    for length, text in enumerate(["", "Zg", "Zm8", "Zm9v", "Zm9vYg", "Zm9vYmE", "Zm9vYmFy"]):
        data = b"foobar"[:length]
        assert unpadded_base64(data) == text
        assert decode_base64(text) == decode_base64(text + "=" * (-len(text) % 4)) == data


# Redaction


def test_redaction_strips_a_message_but_keeps_where_it_stands() -> None:
    _, pdu, _ = build(message(state_key="x"))
    stripped = redact(V12, {**pdu, "unsigned": {}, "origin": "domain", "extra": 1, "redacts": "$x"})
    assert stripped == {**pdu, "content": {}}
    assert redact(V10, {**pdu, "origin": "domain", "membership": "join", "prev_state": []}).keys() == {
        *pdu,
        "origin",
        "membership",
        "prev_state",
    }


CONTENTS: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("m.room.create", {"creator": "@a:d", "x": 1}, {"creator": "@a:d"}, {"creator": "@a:d", "x": 1}),
    ("m.room.join_rules", {"join_rule": "knock", "allow": [], "x": 1}, {}, {}),
    ("m.room.history_visibility", {"history_visibility": "joined", "x": 1}, {}, {}),
    ("m.room.redaction", {"redacts": "$a", "reason": "spam"}, {}, {"redacts": "$a"}),
    ("m.room.aliases", {"aliases": ["#a:d"]}, {}, {}),
    ("m.room.name", {"name": "Tea"}, {}, {}),
]


@pytest.mark.parametrize(("kind", "content", "in_v10", "in_v11"), CONTENTS)
def test_redaction_keeps_the_content_that_each_version_names(
    kind: str, content: dict[str, Any], in_v10: dict[str, Any], in_v11: dict[str, Any]
) -> None:
    if kind in ("m.room.join_rules", "m.room.history_visibility"):
        in_v10 = in_v11 = {key: value for key, value in content.items() if key != "x"}
    assert redact(V10, {"type": kind, "content": content})["content"] == in_v10
    assert redact(V11, {"type": kind, "content": content})["content"] == in_v11
    assert redact(V12, {"type": kind, "content": content})["content"] == in_v11


def test_redaction_keeps_invite_level_and_third_party_signature_since_version_11() -> None:
    levels = {"ban": 1, "invite": 2, "users": {"@a:d": 3}, "notifications": {"room": 4}}
    assert redact(V10, {"type": "m.room.power_levels", "content": levels})["content"] == {
        "ban": 1,
        "users": {"@a:d": 3},
    }
    assert redact(V11, {"type": "m.room.power_levels", "content": levels})["content"] == {
        "ban": 1,
        "invite": 2,
        "users": {"@a:d": 3},
    }
    member = {
        "membership": "invite",
        "displayname": "B",
        "join_authorised_via_users_server": "@a:d",
        "third_party_invite": {"display_name": "b", "signed": {"token": "t"}},
    }
    kept = {"membership": "invite", "join_authorised_via_users_server": "@a:d"}
    assert redact(V10, {"type": "m.room.member", "content": member})["content"] == kept
    kept_v11 = {**kept, "third_party_invite": {"signed": {"token": "t"}}}
    assert redact(V11, {"type": "m.room.member", "content": member})["content"] == kept_v11


def test_redaction_leaves_the_original_as_it_was() -> None:
    _, pdu, canonical = build(message())
    redact(V12, pdu)
    assert canonical_json(pdu) == canonical


@given(st.dictionaries(st.sampled_from(["type", "content", "room_id", "x"]), anything))
def test_redaction_never_fails_on_garbage_and_changes_nothing_the_second_time(pdu: dict[str, Any]) -> None:
    for version in ROOM_VERSIONS.values():
        once = redact(version, pdu)
        assert repr(redact(version, once)) == repr(once)


# Building


def independent_event_id(pdu: dict[str, Any]) -> str:
    covered = {**pdu, "content": {}}
    text = json.dumps(covered, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return "$" + base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def test_a_built_message_is_whole_hashed_and_canonical() -> None:
    event_id, pdu, canonical = build(message())
    assert set(pdu) == {
        *("auth_events", "content", "depth", "hashes", "origin_server_ts", "prev_events"),
        *("room_id", "sender", "type"),
    }
    assert canonical == check_canonical(pdu) == canonicaljson.encode_canonical_json(pdu)
    assert event_id == reference_hash(V12, pdu) == independent_event_id(pdu)
    assert len(event_id) == 44
    assert pdu["hashes"] == {"sha256": content_hash(pdu)}


def test_a_signature_made_later_covers_what_redaction_keeps() -> None:
    event_id, pdu, _ = build(message())
    signed = signed_pdu(V12, KEY, pdu)
    signedjson.sign.verify_signed_json(
        redact(V12, signed), "domain", signedjson.key.get_verify_key(reference_key())
    )
    assert reference_hash(V12, signed) == event_id
    assert signed_pdu(V12, KEY, redact(V12, pdu))["signatures"] == signed["signatures"]
    assert not is_signed_by({**redact(V12, signed), "depth": 4}, KEY.public_key)


def test_an_event_that_is_signed_already_keeps_its_signature() -> None:
    signed = signed_pdu(V12, SigningKey.generate("domain"), build(message())[1])
    assert signed_pdu(V12, KEY, signed) == signed


def test_the_event_id_survives_redaction_and_ignores_unsigned() -> None:
    event_id, pdu, _ = build(message())
    assert reference_hash(V12, redact(V12, pdu)) == event_id
    assert reference_hash(V12, {**pdu, "unsigned": {"age": 5}, "signatures": {}}) == event_id
    assert reference_hash(V12, {**pdu, "depth": 4}) != event_id


def test_the_same_draft_gives_the_same_event_for_ever() -> None:
    assert build(message())[0] == "$b82sksN-fPcR1jzl-xj00IKwpPoP6xIeteF3pcMZFrQ"
    create = message(
        room_id=None, type="m.room.create", state_key="", content={"room_version": "12"}, prev_events=()
    )
    assert build(create)[0] == "$4XqmDbIHrrS8TVN7SDgRld-vx7TbG1Nky22DGGnUGTE"


def test_a_real_create_event_of_the_network_has_its_known_id() -> None:
    pdu = {
        "auth_events": [],
        "prev_events": [],
        "type": "m.room.create",
        "room_id": "!uXDCzlYgCTHtiWCkEx:jki.re",
        "sender": "@erikj:jki.re",
        "content": {
            "room_version": "5",
            "predecessor": {
                "room_id": "!gdRMqOrTFdOCYHNwOo:half-shot.uk",
                "event_id": "$LP7ROBc4b+cMc1UE9haIz8q5AK2AIW4eJ90FfKLvyZI",
            },
            "creator": "@erikj:jki.re",
        },
        "depth": 1,
        "prev_state": [],
        "state_key": "",
        "origin": "jki.re",
        "origin_server_ts": 1560284621137,
        "hashes": {"sha256": "IX6zuNiJpJPNf70BLleL3HSCpjKeq9Uhu7uUpyDjBmc"},
        "unsigned": {"age": 1321650},
    }
    # Version 10 still redacts create and top-level keys as version 5 did.
    assert reference_hash(V10, pdu) == "$RrGxF28UrHLmoASHndYb9Jb_1SFww2ptmtur9INS438"
    assert content_hash(pdu) == pdu["hashes"]["sha256"]  # type: ignore[index]


def test_a_version_12_create_event_names_its_room_by_its_own_hash() -> None:
    draft = message(room_id=None, type="m.room.create", state_key="", content={"room_version": "12"})
    event_id, pdu, _ = build(draft)
    assert "room_id" not in pdu
    room_id = room_id_of_create(event_id)  # type: ignore[arg-type]
    assert room_id == "!" + event_id[1:]
    assert reference_hash(V12, {**pdu, "room_id": room_id}) == event_id


@pytest.mark.parametrize(
    ("version", "kind"), [(V10, "m.room.create"), (V11, "m.room.create"), (V12, "m.room.name")]
)
def test_every_other_event_needs_a_room_id(version: Any, kind: str) -> None:
    with pytest.raises(InvalidParam):
        build(message(room_id=None, type=kind), version)


def test_a_redaction_names_its_target_where_its_version_looks_for_it() -> None:
    draft = message(type="m.room.redaction", content={"reason": "spam"}, redacts="$target")
    _, old, _ = build(draft, V10)
    assert (old["redacts"], old["content"]) == ("$target", {"reason": "spam"})
    _, new, _ = build(draft, V11)
    assert new["content"] == {"reason": "spam", "redacts": "$target"}
    assert "redacts" not in new
    assert draft.content == {"reason": "spam"}


@pytest.mark.parametrize(
    "content", [{"n": 1.5}, {"n": LARGEST + 1}, {"n": [{"x": float("nan")}]}, {"s": "\ud800"}]
)
def test_content_without_a_canonical_form_is_never_built(content: dict[str, Any]) -> None:
    with pytest.raises(BadJson):
        build(message(content=content))


def test_an_event_may_have_65536_bytes_and_not_one_more() -> None:
    room_for_body = MAX_PDU_BYTES - len(
        canonical_json(signed_pdu(V12, KEY, build(message(content={"body": ""}))[1]))
    )
    largest = signed_pdu(V12, KEY, build(message(content={"body": "x" * room_for_body}))[1])
    assert len(canonical_json(largest)) == MAX_PDU_BYTES, "with the signature that is still to come"
    with pytest.raises(TooLarge):
        build(message(content={"body": "x" * (room_for_body + 1)}))
    with pytest.raises(TooLarge):
        build(message(content={"body": "茶" * 30_000}))


@pytest.mark.parametrize("key", ["type", "state_key", "sender", "room_id"])
def test_each_key_may_have_255_bytes_and_not_one_more(key: str) -> None:
    assert build(message(**{key: "k" * 255}))[1][key] == "k" * 255
    assert build(message(**{key: "茶" * 85}))[1][key] == "茶" * 85
    for long in ("k" * 256, "茶" * 86):
        with pytest.raises(TooLarge):
            build(message(**{key: long}))
    with pytest.raises(InvalidParam):
        build(message(**{key: "a\x00b"}))
    with pytest.raises(BadJson):
        build(message(**{key: "\ud800"}))


@given(st.dictionaries(st.text(), anything, max_size=4))
def test_any_content_becomes_an_event_or_is_refused_in_our_own_words(content: dict[str, Any]) -> None:
    for version in ROOM_VERSIONS.values():
        try:
            event_id, pdu, canonical = build(message(content=content), version)
        except (BadJson, TooLarge):
            continue
        assert reference_hash(version, orjson.loads(canonical)) == event_id
        assert pdu["hashes"]["sha256"] == content_hash(orjson.loads(canonical))
