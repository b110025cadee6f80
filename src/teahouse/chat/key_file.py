"""Keeps the server's signing key in a file that only its owner may read."""

import base64
from pathlib import Path

from teahouse.kernel.durable import write_secret
from teahouse.kernel.signing import SigningKey


def load_or_create_key(server_name: str, path: Path) -> SigningKey:
    """Load the key from `path`, or make one there; the file is on disk before this returns."""
    if path.exists():
        key_id, _, seed = path.read_text(encoding="ascii").strip().partition(" ")
        return SigningKey(server_name, key_id, base64.b64decode(seed))
    key = SigningKey.generate(server_name)
    write_secret(path, f"{key.key_id} {base64.b64encode(key.seed).decode()}")
    return key
