"""Device keys, one-time keys and fallback keys: published, read, and handed out once each."""

from __future__ import annotations

import asyncio

from tests.actors import Actor, Json
from tests.e2ee.devices import Device, Identity, counts


async def claim(asker: Actor, owner: Actor) -> str | None:
    """Claim one key of the owner's device and give its id."""
    wanted = {owner.user_id: {owner.device_id: "signed_curve25519"}}
    got = await asker.post("/keys/claim", {"one_time_keys": wanted})
    found = got["one_time_keys"].get(owner.user_id, {}).get(owner.device_id, {})
    return next(iter(found), None)


async def test_published_keys_are_shown_with_the_devices_name(alice: Actor, bob: Actor) -> None:
    device = Device(alice)
    await device.publish()
    await alice.put(f"/devices/{alice.device_id}", {"display_name": "Kettle"})
    got = await bob.post("/keys/query", {"device_keys": {alice.user_id: [], bob.user_id: []}})
    shown = got["device_keys"][alice.user_id][alice.device_id]
    assert shown.pop("unsigned") == {"device_display_name": "Kettle"}
    assert shown == device.keys
    assert got["device_keys"][bob.user_id] == {}


async def test_keys_of_another_device_or_with_a_wrong_signature_are_refused(alice: Actor, bob: Actor) -> None:
    theirs, mine = Device(bob).keys, Device(alice).keys
    await alice.refused("POST", "/keys/upload", 400, "M_INVALID_PARAM", {"device_keys": theirs})
    bare = {"user_id": alice.user_id, "device_id": alice.device_id}
    await alice.refused("POST", "/keys/upload", 400, "M_BAD_JSON", {"device_keys": bare})
    forged = {**mine, "algorithms": ["m.other"]}
    await alice.refused("POST", "/keys/upload", 400, "M_INVALID_SIGNATURE", {"device_keys": forged})


async def test_one_time_keys_are_given_in_the_order_they_came(alice: Actor, bob: Actor) -> None:
    device = Device(alice)
    assert (await device.publish(5))["one_time_key_counts"] == {"signed_curve25519": 5}
    assert [await claim(bob, alice) for _ in range(6)] == [
        *(f"signed_curve25519:K{n:05}" for n in range(1, 6)),
        None,
    ]
    assert counts(await alice.sync()) == (0, [])


async def test_no_one_time_key_is_given_twice_however_many_ask_at_once(alice: Actor, bob: Actor) -> None:
    await Device(alice).publish(40)
    given = await asyncio.gather(*(claim(bob, alice) for _ in range(60)))
    taken = [key for key in given if key is not None]
    assert len(taken) == len(set(taken)) == 40


async def test_an_upload_repeated_late_revives_no_key_that_was_taken(alice: Actor, bob: Actor) -> None:
    device = Device(alice)
    body = {"device_keys": device.keys, "one_time_keys": device.one_time_keys(2)}
    await alice.post("/keys/upload", body)
    assert await claim(bob, alice) == "signed_curve25519:K00001"
    again = await alice.post("/keys/upload", body)
    assert again["one_time_key_counts"] == {"signed_curve25519": 1}
    assert [await claim(bob, alice) for _ in range(2)] == ["signed_curve25519:K00002", None]
    other = {"one_time_keys": {"signed_curve25519:K00002": {"key": "another"}}}
    await alice.refused("POST", "/keys/upload", 400, "M_UNKNOWN", other)


async def test_a_fallback_key_is_given_again_and_again_and_its_use_is_told(alice: Actor, bob: Actor) -> None:
    device = Device(alice)
    await device.publish()
    fallback = device.signer.sign({"key": "spare", "fallback": True})
    await alice.post("/keys/upload", {"fallback_keys": {"signed_curve25519:F1": fallback}})
    start = await alice.sync()
    assert counts(start) == (0, ["signed_curve25519"])
    waiting = asyncio.create_task(alice.sync(start["next_batch"], timeout_ms=10_000))
    assert [await claim(bob, alice) for _ in range(2)] == ["signed_curve25519:F1"] * 2
    assert counts(await waiting) == (0, [])
    await alice.post("/keys/upload", {"fallback_keys": {"signed_curve25519:F1": fallback}})
    assert counts(await alice.sync()) == (0, [])
    await alice.post("/keys/upload", {"fallback_keys": {"signed_curve25519:F2": fallback}})
    assert counts(await alice.sync()) == (0, ["signed_curve25519"])


async def test_a_deleted_devices_keys_are_gone(alice: Actor, bob: Actor) -> None:
    async with await alice.log_in_again() as other:
        await Device(other).publish(3)
        await other.log_out()
        assert await claim(bob, other) is None
    got = await bob.post("/keys/query", {"device_keys": {alice.user_id: []}})
    assert got["device_keys"] == {alice.user_id: {}}


async def test_a_device_that_begins_anew_hands_out_none_of_its_former_keys(alice: Actor, bob: Actor) -> None:
    mine = Identity(alice.user_id)
    await alice.post("/keys/device_signing/upload", mine.body)
    device = Device(alice)
    await device.publish(3)
    signed = mine.self_signing.sign(device.keys)
    await alice.post("/keys/signatures/upload", {alice.user_id: {alice.device_id: signed}})
    again = Device(alice)
    assert (await again.publish(0))["one_time_key_counts"] == {"signed_curve25519": 0}
    assert await claim(bob, alice) is None
    shown = (await bob.post("/keys/query", {"device_keys": {alice.user_id: []}}))["device_keys"]
    assert shown[alice.user_id][alice.device_id]["signatures"] == again.keys["signatures"]


async def test_everybody_here_has_an_entry_and_other_servers_fail(alice: Actor) -> None:
    nobody, far = f"@nobody-{alice.device_id.lower()}:localhost", "@far:elsewhere.example"
    got = await alice.post("/keys/query", {"device_keys": {nobody: [], far: []}, "timeout": 10_000})
    assert got["device_keys"] == {nobody: {}}
    assert set(got["failures"]) == {"elsewhere.example"}
    wanted = {far: {"DEVICE": "signed_curve25519"}, nobody: {"DEVICE": "signed_curve25519"}}
    claimed = await alice.post("/keys/claim", {"one_time_keys": wanted})
    assert claimed["one_time_keys"] == {}
    assert set(claimed["failures"]) == {"elsewhere.example"}
    await alice.refused("POST", "/keys/query", 400, "M_INVALID_PARAM", {"device_keys": {"nonsense": []}})
    await alice.refused("POST", "/keys/query", 400, "M_BAD_JSON", {"device_keys": {nobody: {"DEVICE": []}}})


async def test_first_cross_signing_keys_need_no_password_but_others_do(alice: Actor, bob: Actor) -> None:
    first, second = Identity(alice.user_id), Identity(alice.user_id)
    upload = "/keys/device_signing/upload"
    await alice.post(upload, first.body)
    await alice.post(upload, first.body)
    asked = await alice.request("POST", upload, second.body, expect=401)
    assert asked["flows"] == [{"stages": ["m.login.password"]}]
    auth = {
        "type": "m.login.password",
        "session": asked["session"],
        "identifier": {"type": "m.id.user", "user": alice.user_id},
        "password": alice.password,
    }
    await alice.post(upload, {**second.body, "auth": auth})
    got = await bob.post("/keys/query", {"device_keys": {alice.user_id: []}})
    assert got["master_keys"] == {alice.user_id: second.body["master_key"]}
    assert got["self_signing_keys"] == {alice.user_id: second.body["self_signing_key"]}
    assert got["user_signing_keys"] == {}
    own = await alice.post("/keys/query", {"device_keys": {alice.user_id: []}})
    assert own["user_signing_keys"] == {alice.user_id: second.body["user_signing_key"]}


async def test_cross_signing_keys_that_the_master_did_not_sign_are_refused(alice: Actor) -> None:
    mine, other = Identity(alice.user_id), Identity(alice.user_id)
    upload = "/keys/device_signing/upload"
    await alice.refused(
        "POST", upload, 400, "M_MISSING_PARAM", {"self_signing_key": mine.signed("self_signing")}
    )
    body = {**mine.body, "user_signing_key": other.signed("user_signing")}
    await alice.refused("POST", upload, 400, "M_INVALID_SIGNATURE", body)
    got = await alice.post("/keys/query", {"device_keys": {alice.user_id: []}})
    assert got["master_keys"] == {}


async def test_signatures_are_kept_when_they_verify_and_told_when_not(alice: Actor, bob: Actor) -> None:
    mine, theirs, device = Identity(alice.user_id), Identity(bob.user_id), Device(alice)
    await device.publish()
    await alice.post("/keys/device_signing/upload", mine.body)
    await bob.post("/keys/device_signing/upload", theirs.body)
    master = theirs.body["master_key"]
    good = {
        alice.user_id: {
            alice.device_id: mine.self_signing.sign(device.keys),
            mine.master.public_key: device.signer.sign(mine.body["master_key"]),
        },
        bob.user_id: {theirs.master.public_key: mine.user_signing.sign(master)},
    }
    assert await alice.post("/keys/signatures/upload", good) == {"failures": {}}
    bad = {
        alice.user_id: {alice.device_id: mine.user_signing.sign(device.keys)},
        bob.user_id: {theirs.master.public_key: mine.user_signing.sign({**master, "usage": ["other"]})},
    }
    failures = (await alice.post("/keys/signatures/upload", bad))["failures"]
    assert failures[alice.user_id][alice.device_id]["errcode"] == "M_INVALID_SIGNATURE"
    assert failures[bob.user_id][theirs.master.public_key]["errcode"] == "M_INVALID_SIGNATURE"

    wanted: Json = {"device_keys": {alice.user_id: [], bob.user_id: []}}
    seen = await alice.post("/keys/query", wanted)
    shown = seen["device_keys"][alice.user_id][alice.device_id]
    del shown["unsigned"]
    assert shown == good[alice.user_id][alice.device_id]
    assert seen["master_keys"][alice.user_id] == good[alice.user_id][mine.master.public_key]
    assert seen["master_keys"][bob.user_id] == good[bob.user_id][theirs.master.public_key]
    # Whom alice verified is nobody's business but hers.
    assert (await bob.post("/keys/query", wanted))["master_keys"][bob.user_id] == master


async def test_a_key_named_like_a_device_is_refused(alice: Actor) -> None:
    mine = Identity(alice.user_id)
    async with await alice.log_in_again(mine.master.public_key):
        await alice.refused("POST", "/keys/device_signing/upload", 403, "M_FORBIDDEN", mine.body)


async def test_a_signature_of_a_device_goes_with_it_and_spoils_no_later_one(alice: Actor) -> None:
    mine, first = Identity(alice.user_id), Device(alice)
    await first.publish()
    await alice.post("/keys/device_signing/upload", mine.body)
    by_first = first.signer.sign(mine.body["master_key"])
    await alice.post("/keys/signatures/upload", {alice.user_id: {mine.master.public_key: by_first}})
    async with await alice.log_in_again() as other:
        second = Device(other)
        await second.publish()
        by_both = second.signer.sign(by_first)
        upload = {alice.user_id: {mine.master.public_key: by_both}}
        assert await other.post("/keys/signatures/upload", upload) == {"failures": {}}
        await alice.log_out()
        again = second.signer.sign(mine.body["master_key"])
        upload = {alice.user_id: {mine.master.public_key: again}}
        assert await other.post("/keys/signatures/upload", upload) == {"failures": {}}
        seen = await other.post("/keys/query", {"device_keys": {alice.user_id: []}})
        assert seen["master_keys"][alice.user_id] == again


async def test_a_deactivated_account_leaves_no_keys(alice: Actor, bob: Actor) -> None:
    await Device(alice).publish(2)
    await alice.post("/keys/device_signing/upload", Identity(alice.user_id).body)
    body: Json = {"erase": False}
    asked = await alice.request("POST", "/account/deactivate", body, expect=401)
    identifier = {"type": "m.id.user", "user": alice.user_id}
    auth = {"type": "m.login.password", "session": asked["session"], "identifier": identifier}
    await alice.post("/account/deactivate", {**body, "auth": {**auth, "password": alice.password}})
    got = await bob.post("/keys/query", {"device_keys": {alice.user_id: []}})
    assert got["device_keys"] == {alice.user_id: {}}
    assert got["master_keys"] == got["self_signing_keys"] == {}
    assert await claim(bob, alice) is None
