"""The payload of one push, encrypted for its subscription, and the signature that says whose it is. Pure.

Both forms that apps still ask for: the standard one (RFC 8291, RFC 8292) and the draft before it.
"""

import base64
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid01, Vapid02

from teahouse.errors import InvalidParam
from teahouse.kernel.durable import kept_secret

SIGNED_FOR_S = 12 * 3600


def decode64(text: str) -> bytes:
    """Decode URL-safe base64 with or without its padding; raises InvalidParam."""
    try:
        return base64.urlsafe_b64decode(
            text.rstrip("=").encode("ascii") + b"=" * (-len(text.rstrip("=")) % 4)
        )
    except (ValueError, UnicodeEncodeError) as error:
        raise InvalidParam("Subscription keys must be URL-safe base64") from error


def encode64(raw: bytes) -> str:
    """Encode URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def check_keys(p256dh: str, auth: str) -> None:
    """Raise InvalidParam unless the keys are a point of the curve and a secret of 16 bytes."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode64(p256dh))
    except ValueError as error:
        raise InvalidParam("The key p256dh (of pushers: the pushkey) is no point of P-256") from error
    if len(decode64(auth)) != 16:
        raise InvalidParam("The key auth must have 16 bytes")


class ServerKey:
    """The server's own key pair, by which push services know it."""

    def __init__(self, pem: str) -> None:
        key = serialization.load_pem_private_key(pem.encode("ascii"), password=None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101
        self._key = key
        point = key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        self.public = encode64(point)

    @staticmethod
    def generate() -> str:
        """Give a fresh key as PEM."""
        made = ec.generate_private_key(ec.SECP256R1())
        form = serialization.PrivateFormat.PKCS8
        pem = made.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        return pem.decode("ascii")

    def signature(self, endpoint: str, contact: str, *, standard: bool) -> dict[str, str]:
        """Give the headers that sign a request to the endpoint's origin."""
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int(time.time()) + SIGNED_FOR_S,
            "sub": contact,
        }
        kind = Vapid02 if standard else Vapid01
        headers: dict[str, str] = kind(self._key, conf={"no-strict": True}).sign(claims)
        return headers


def load_or_create_server_key(path: Path) -> ServerKey:
    """Read the server's key from `path`, or make one there."""
    return kept_secret(path, ServerKey.generate, ServerKey)


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted payload with the headers that say how."""

    body: bytes
    headers: dict[str, str]


def encrypt(payload: bytes, p256dh: str, auth: str, *, standard: bool) -> Sealed:
    """Encrypt for a subscription."""
    own = ec.generate_private_key(ec.SECP256R1())
    receiver, secret = decode64(p256dh), decode64(auth)
    if standard:
        body = http_ece.encrypt(
            payload, private_key=own, dh=receiver, auth_secret=secret, version="aes128gcm"
        )
        return Sealed(body, {"Content-Encoding": "aes128gcm"})
    salt = secrets.token_bytes(16)
    body = http_ece.encrypt(
        payload, salt=salt, private_key=own, dh=receiver, auth_secret=secret, version="aesgcm"
    )
    point = own.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    headers = {
        "Content-Encoding": "aesgcm",
        "Encryption": f"salt={encode64(salt)}",
        "Crypto-Key": f"dh={encode64(point)}",
    }
    return Sealed(body, headers)
