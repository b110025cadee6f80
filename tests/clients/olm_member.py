"""A member of an encrypted room as small as can be: real Olm and Megolm (vodozemac), and nothing of an app."""

from __future__ import annotations

import json
from typing import Any

import vodozemac

from teahouse.kernel.signing import canonical_json
from tests.actors import Actor

Json = dict[str, Any]
ONE_TIME_KEYS = 5


class OlmMember:
    """A device that publishes its keys, takes room keys in and reads messages."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.account = vodozemac.Account()
        self._rooms: dict[str, vodozemac.InboundGroupSession] = {}
        self._sessions: dict[str, vodozemac.Session] = {}
        self._since: str | None = None

    async def publish(self) -> None:
        """Upload the device's keys with some one-time keys."""
        name = self.actor.device_id
        self.account.generate_one_time_keys(ONE_TIME_KEYS)
        keys = {
            "user_id": self.actor.user_id,
            "device_id": name,
            "algorithms": ["m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"],
            "keys": {
                f"curve25519:{name}": self.account.curve25519_key.to_base64(),
                f"ed25519:{name}": self.account.ed25519_key.to_base64(),
            },
        }
        one_time = {
            f"signed_curve25519:{key_id}": self._signed({"key": key.to_base64()})
            for key_id, key in self.account.one_time_keys.items()
        }
        await self.actor.post("/keys/upload", {"device_keys": self._signed(keys), "one_time_keys": one_time})
        self.account.mark_keys_as_published()

    def _signed(self, value: Json) -> Json:
        signature = self.account.sign(canonical_json(value)).to_base64()
        return {**value, "signatures": {self.actor.user_id: {f"ed25519:{self.actor.device_id}": signature}}}

    async def take_keys(self) -> None:
        """Sync once and keep the room keys that came."""
        answer = await self.actor.sync(self._since)
        self._since = answer["next_batch"]
        for event in answer.get("to_device", {}).get("events", []):
            if event["type"] == "m.room.encrypted":
                self._take_key(event["content"])

    def _take_key(self, content: Json) -> None:
        sender_key = content["sender_key"]
        part = content["ciphertext"][self.account.curve25519_key.to_base64()]
        if part["type"] == 0:
            curve_key = vodozemac.Curve25519PublicKey.from_base64(sender_key)
            message = vodozemac.PreKeyMessage.from_base64(part["body"])
            self._sessions[sender_key], text = self.account.create_inbound_session(curve_key, message)
            told = json.loads(text)
            if told["type"] == "m.room_key":
                key = vodozemac.SessionKey(told["content"]["session_key"])
                self._rooms[told["content"]["session_id"]] = vodozemac.InboundGroupSession(key)

    async def read(self, room_id: str, event_id: str) -> str:
        """Give the text of an encrypted message."""
        content = (await self.actor.event(room_id, event_id))["content"]
        session = self._rooms[content["session_id"]]
        message = vodozemac.MegolmMessage.from_base64(content["ciphertext"])
        return str(json.loads(session.decrypt(message).plaintext)["content"]["body"])
