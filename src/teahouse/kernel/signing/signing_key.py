"""The server's Ed25519 key, and checking of other people's signatures over JSON.

Owns how bytes are signed and how signatures are written (unpadded Base64). What is signed is decided by the
callers. Never writes keys anywhere: whoever makes one stores its seed.
"""

import base64
import binascii
import re
import secrets
import string
from collections.abc import Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from teahouse.errors import BadJson
from teahouse.kernel.signing.canonical_json import canonical_json

SEED_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64

_KEY_ID: Final = re.compile(r"ed25519:[A-Za-z0-9_]{1,64}")
_KEY_ID_ALPHABET: Final = string.ascii_letters + string.digits


def unpadded_base64(data: bytes) -> str:
    """Write bytes as standard Base64 without padding."""
    return binascii.b2a_base64(data, newline=False).decode().rstrip("=")


def unpadded_length(count: int) -> int:
    """Say how long so many bytes are as Base64 without padding."""
    return (count * 4 + 2) // 3


def decode_base64(text: str) -> bytes:
    """Read Base64 with or without padding, of either alphabet; raise ValueError when it is neither."""
    padded = text.translate({ord("-"): "+", ord("_"): "/"}).rstrip("=")
    return base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)


class SigningKey:
    """A server's private key with its name: signs as `server_name`, under `key_id`."""

    __slots__ = ("_pair", "_public", "_seed", "key_id", "server_name", "signatures_bytes")

    def __init__(self, server_name: str, key_id: str, seed: bytes) -> None:
        """Load the key from its 32-byte seed; raise ValueError for another length or a malformed key id."""
        if _KEY_ID.fullmatch(key_id) is None:
            raise ValueError("A key id looks like ed25519:abcd, with letters, digits and _ after the colon")
        self.server_name = server_name
        self.key_id = key_id
        if len(seed) != SEED_BYTES:
            raise ValueError(f"A seed has {SEED_BYTES} bytes")
        self._seed = seed
        self._public, self._pair = crypto_sign_seed_keypair(seed)
        empty = canonical_json({"signatures": {server_name: {key_id: ""}}})
        self.signatures_bytes = len(empty) - 1 + unpadded_length(SIGNATURE_BYTES)
        """How much our signature adds to an object that has other members."""

    @classmethod
    def generate(cls, server_name: str) -> "SigningKey":
        """Make a new key with a random id, so that a key lost and made anew is not taken for the old one."""
        name = "".join(secrets.choice(_KEY_ID_ALPHABET) for _ in range(6))
        return cls(server_name, f"ed25519:{name}", secrets.token_bytes(32))

    @property
    def seed(self) -> bytes:
        """The secret from which the key can be loaded again."""
        return self._seed

    @property
    def public_key(self) -> str:
        """The public half in unpadded Base64, as other servers read it."""
        return unpadded_base64(self._public)

    def sign(self, message: bytes) -> str:
        """Return the signature over the bytes, in unpadded Base64."""
        return unpadded_base64(crypto_sign(message, self._pair)[:SIGNATURE_BYTES])

    def sign_json(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Return the object with our signature added; `unsigned` and `signatures` are not covered by it.

        Raises BadJson when the object has no canonical form (specification appendices, "Signing JSON").
        """
        signatures = {name: dict(keys) for name, keys in value.get("signatures", {}).items()}
        signatures.setdefault(self.server_name, {})[self.key_id] = self.sign(_signed_bytes(value))
        return {**value, "signatures": signatures}


def is_signed_by(value: Mapping[str, Any], public_key: object) -> bool:
    """Say whether any Ed25519 signature in `value["signatures"]` was made with this public key.

    Never raises: keys, signatures and objects of any wrong form are simply not a signature.
    """
    try:
        key = Ed25519PublicKey.from_public_bytes(decode_base64(public_key))  # type: ignore[arg-type]
        message = _signed_bytes(value)
    except (AttributeError, ValueError, TypeError, BadJson):
        return False
    return any(_verifies(key, signature, message) for signature in _ed25519_signatures(value))


def _signed_bytes(value: Mapping[str, Any]) -> bytes:
    return canonical_json({key: part for key, part in value.items() if key not in ("signatures", "unsigned")})


def _ed25519_signatures(value: Mapping[str, Any]) -> list[str]:
    signatures = value.get("signatures")
    by_server = signatures.values() if isinstance(signatures, Mapping) else ()
    return [
        signature
        for keys in by_server
        if isinstance(keys, Mapping)
        for key_id, signature in keys.items()
        if isinstance(key_id, str) and key_id.startswith("ed25519:") and isinstance(signature, str)
    ]


def _verifies(key: Ed25519PublicKey, signature: str, message: bytes) -> bool:
    try:
        key.verify(decode_base64(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True
