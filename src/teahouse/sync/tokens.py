"""The opaque `since` / `next_batch` token: a stream position, a typing serial, and a mark of this server.

The mark tells tokens of another server from ours: those are refused, never answered as if nothing happened.
The leading version lets a vector of positions replace the single one later.
"""

import hashlib
import hmac
import re
from typing import NamedTuple

from teahouse.errors import InvalidParam

MOST_KNOWN = 4096
_FORM = re.compile(r"s1_(\d{1,18})_(\d{1,18})_([0-9a-f]{8})")


class SyncToken(NamedTuple):
    """Everything up to stream `position` was delivered, and typing up to the serial `typing`."""

    position: int
    typing: int


class Tokens:
    """Writes and reads tokens with a secret of this server's database."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._newest: tuple[SyncToken | None, str] = (None, "")
        # Every poll asks here, so a plain dict, emptied when full, beats an orderly one.
        self._given: dict[str, SyncToken] = {}

    def write(self, token: SyncToken) -> str:
        """Give the text of a token."""
        if token == self._newest[0]:
            # Everybody who is told of one message gets the same token.
            return self._newest[1]
        body = f"s1_{token.position}_{token.typing}"
        text = f"{body}_{self._mark(body)}"
        self._newest = (token, text)
        if len(self._given) >= MOST_KNOWN:
            self._given.clear()
        self._given[text] = token
        return text

    def read(self, text: str, newest: int) -> SyncToken:
        """Read a token; raises InvalidParam for one that this server did not give, or not on this database."""
        given = self._given.get(text)
        if given is not None:
            return given
        form = _FORM.fullmatch(text)
        if form is None or not hmac.compare_digest(self._mark(text[: form.start(3) - 1]), form[3]):
            raise InvalidParam("This since token was not given by this server: sync from the start")
        token = SyncToken(int(form[1]), int(form[2]))
        if token.position > newest:
            raise InvalidParam("This since token is newer than this server's data: sync from the start")
        return token

    def _mark(self, body: str) -> str:
        return hashlib.blake2s(body.encode(), key=self._secret, digest_size=4).hexdigest()
