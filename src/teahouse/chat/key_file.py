"""Keeps the server's signing key in a file that only its owner may read."""

import base64
from pathlib import Path

from teahouse.kernel.durable import kept_secret
from teahouse.kernel.signing import SigningKey


def load_or_create_key(server_name: str, path: Path) -> SigningKey:
    """Load the key from `path`, or make one there; the file is on disk before this returns."""

    def make() -> str:
        key = SigningKey.generate(server_name)
        return f"{key.key_id} {base64.b64encode(key.seed).decode()}"

    def load(text: str) -> SigningKey:
        key_id, _, seed = text.partition(" ")
        return SigningKey(server_name, key_id, base64.b64decode(seed))

    return kept_secret(path, make, load)
