"""Devices with keys of their own for the tests: they sign as real clients do, but encrypt nothing."""

from __future__ import annotations

import itertools
from typing import Any

from teahouse.kernel.signing import SigningKey
from tests.actors import Actor

Json = dict[str, Any]


class Signer:
    """An Ed25519 key that signs as a user, under the name of a device or of itself."""

    def __init__(self, user_id: str, name: str | None = None) -> None:
        seed = SigningKey.generate("x").seed
        self.user_id = user_id
        self.public_key = SigningKey(user_id, "ed25519:x", seed).public_key
        self.name = name or self.public_key
        self._key = SigningKey(user_id, "ed25519:x", seed)

    def sign(self, value: Json) -> Json:
        """Add the signature of this key to those that the object has."""
        bare = {name: part for name, part in value.items() if name != "signatures"}
        signature = self._key.sign_json(bare)["signatures"][self.user_id]["ed25519:x"]
        signatures = {user_id: dict(keys) for user_id, keys in value.get("signatures", {}).items()}
        signatures.setdefault(self.user_id, {})[f"ed25519:{self.name}"] = signature
        return {**value, "signatures": signatures}

    def cross_signing_key(self, usage: str) -> Json:
        """Give this key as one of a user's cross-signing keys, unsigned."""
        keys = {f"ed25519:{self.public_key}": self.public_key}
        return {"user_id": self.user_id, "usage": [usage], "keys": keys}


class Device:
    """An actor's device with its keys."""

    def __init__(self, actor: Actor, device_id: str = "") -> None:
        """Make keys for the device that the actor is signed in on, or for another one."""
        self.actor = actor
        self.device_id = device_id or actor.device_id
        self.signer = Signer(actor.user_id, self.device_id)
        self._numbers = itertools.count(1)

    @property
    def keys(self) -> Json:
        """The identity keys, signed."""
        device_id = self.device_id
        return self.signer.sign(
            {
                "user_id": self.actor.user_id,
                "device_id": device_id,
                "algorithms": ["m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"],
                "keys": {f"ed25519:{device_id}": self.signer.public_key, f"curve25519:{device_id}": "abc"},
            }
        )

    def one_time_keys(self, count: int) -> Json:
        """Make fresh one-time keys."""
        numbers = itertools.islice(self._numbers, count)
        return {f"signed_curve25519:K{n:05}": self.signer.sign({"key": f"key {n}"}) for n in numbers}

    async def publish(self, one_time_keys: int = 0) -> Json:
        """Upload the identity keys and some one-time keys."""
        body: Json = {"device_keys": self.keys}
        if one_time_keys:
            body["one_time_keys"] = self.one_time_keys(one_time_keys)
        return dict(await self.actor.post("/keys/upload", body))


class Identity:
    """A user's three cross-signing keys."""

    def __init__(self, user_id: str) -> None:
        self.master, self.self_signing, self.user_signing = (Signer(user_id) for _ in range(3))

    @property
    def body(self) -> Json:
        """The keys as they are uploaded."""
        return {
            "master_key": self.master.cross_signing_key("master"),
            "self_signing_key": self.signed("self_signing"),
            "user_signing_key": self.signed("user_signing"),
        }

    def signed(self, usage: str) -> Json:
        """Give a key signed by the master key."""
        key: Signer = getattr(self, usage)
        return self.master.sign(key.cross_signing_key(usage))


async def encrypted_room(owner: Actor, *members: Actor) -> str:
    """Make an encrypted room and have everybody join it."""
    state = [{"type": "m.room.encryption", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}]
    room_id = await owner.create_room(
        invite=[member.user_id for member in members], initial_state=state, preset="private_chat"
    )
    for member in members:
        await member.join(room_id)
    return room_id


def counts(answer: Json) -> tuple[int, list[str]]:
    """Give what a sync tells of the device's keys."""
    one_time = answer["device_one_time_keys_count"].get("signed_curve25519", 0)
    return one_time, answer["device_unused_fallback_key_types"]


def lists(answer: Json) -> tuple[list[str], list[str]]:
    """Give the users whose device lists changed or are of no more concern."""
    found = answer.get("device_lists", {})
    return sorted(found.get("changed", [])), sorted(found.get("left", []))


def messages(answer: Json) -> list[Any]:
    """Give the `n` of each message to the device in a sync answer."""
    return [event["content"]["n"] for event in answer.get("to_device", {}).get("events", [])]
