"""Checkpoints: the log's size and root as a signed note, in the C2SP form that other tools read (pure).

A key is told as the usual line of a verifier: name, key id and public key, joined by +.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from teahouse.errors import InvalidParam
from teahouse.kernel.signing import SigningKey, decode_base64

ED25519 = b"\x01"
HASH_BYTES = 32
MOST_LINES = 64
_SIGNATURE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/=]+)")


class BadNote(InvalidParam):
    """A checkpoint, a key or a proof is not what it should be; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself at one moment."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The signed text."""
        return f"{self.origin}\n{self.size}\n{encoded(self.root)}\n"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A log's public key, under the log's name."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The first bytes of a signature, by which a key's own are found."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        """Give the line that names the key to people and programs."""
        return f"{self.name}+{self.key_id.hex()}+{encoded(ED25519 + self.public)}"

    @classmethod
    def parse(cls, line: str) -> "Verifier":
        """Read the line of a key; raises BadNote."""
        name, _, rest = line.strip().partition("+")
        key_id, _, key = rest.partition("+")
        public = _decoded(key, f"This is no key of a log: {line.strip()[:100]}")
        found = cls(name, public[1:])
        if public[:1] != ED25519 or len(public) != HASH_BYTES + 1 or found.key_id.hex() != key_id:
            raise BadNote(f"This is no key of a log: {line.strip()[:100]}")
        return found


def encoded(data: bytes) -> str:
    """Write bytes in standard Base64, as notes have them."""
    return base64.b64encode(data).decode("ascii")


def verifier_of(name: str, key: SigningKey) -> Verifier:
    """Give the public side of a log's key."""
    return Verifier(name, decode_base64(key.public_key))


def signed(checkpoint: Checkpoint, key: SigningKey) -> str:
    """Give the checkpoint as a note signed by the log; the same bytes each time."""
    verifier = verifier_of(checkpoint.origin, key)
    signature = verifier.key_id + decode_base64(key.sign(checkpoint.text.encode()))
    return f"{checkpoint.text}\n— {checkpoint.origin} {encoded(signature)}\n"


def parse(note: str) -> Checkpoint:
    """Read a checkpoint without looking at its signatures; raises BadNote."""
    lines = note.partition("\n\n")[0].split("\n")
    if not 3 <= len(lines) <= MOST_LINES or not re.fullmatch(r"0|[1-9]\d{0,17}", lines[1]) or not lines[0]:
        raise BadNote("This is no checkpoint of a log")
    root = _decoded(lines[2], "The checkpoint's root is no hash")
    if len(root) != HASH_BYTES:
        raise BadNote("The checkpoint's root is no hash")
    return Checkpoint(lines[0], int(lines[1]), root)


def opened(note: str, verifier: Verifier) -> Checkpoint:
    """Read a checkpoint that this key signed; raises BadNote for any other."""
    found = parse(note)
    text, _, signatures = note.partition("\n\n")
    for line in signatures.split("\n")[:MOST_LINES]:
        match = _SIGNATURE.fullmatch(line)
        if match is None or match[1] != verifier.name:
            continue
        signature = _decoded(match[2], "The checkpoint's signature can't be read")
        if signature[:4] == verifier.key_id:
            _check(verifier, signature[4:], f"{text}\n".encode())
            return found
    raise BadNote("The checkpoint is not signed by the log's key")


def _check(verifier: Verifier, signature: bytes, text: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(verifier.public).verify(signature, text)
    except (InvalidSignature, ValueError):
        raise BadNote("The checkpoint's signature is wrong") from None


def _decoded(text: str, complaint: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote(complaint) from None
