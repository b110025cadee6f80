"""Secrets that must be given out again, sealed at rest: a copy of the database alone opens none of them.

The key lies in a file of the data folder that only the server's user may read. Several servers on one database need
the same file.
"""

from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from teahouse.errors import TeahouseError
from teahouse.kernel.durable import kept_secret


class Sealer:
    """Seals and opens texts with one key."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(key)

    def seal(self, text: str) -> str:
        """Give what may be stored."""
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """Give the text back; raises TeahouseError for what another key sealed."""
        try:
            return self._fernet.decrypt(sealed.encode("ascii")).decode()
        except InvalidToken as error:
            raise TeahouseError("A stored secret was sealed with another key") from error


def load_or_create_sealer(path: Path) -> Sealer:
    """Read the key from `path`, or make one there; the file is on disk before this returns."""
    return kept_secret(
        path, lambda: Fernet.generate_key().decode("ascii"), lambda text: Sealer(text.encode())
    )
