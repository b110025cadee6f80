"""Keeps the server's signing key in a file that only its owner may read."""

import base64
import os
from pathlib import Path

from teahouse.kernel.signing import SigningKey


def load_or_create_key(server_name: str, path: Path) -> SigningKey:
    """Load the key from `path`, or make one there; the file is on disk before this returns."""
    if path.exists():
        key_id, _, seed = path.read_text(encoding="ascii").strip().partition(" ")
        return SigningKey(server_name, key_id, base64.b64decode(seed))
    key = SigningKey.generate(server_name)
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(f"{key.key_id} {base64.b64encode(key.seed).decode()}\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
    return key
