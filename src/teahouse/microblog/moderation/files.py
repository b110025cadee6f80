"""Decisions about files, which operators make by command: whoever uploaded one is told, and may appeal.

An account that is closed can't read anything any more; of a file of such a one only the log has an entry.
"""

from collections.abc import Awaitable, Callable, Mapping

from teahouse.errors import InvalidParam
from teahouse.kernel.storage import Tx
from teahouse.media import Concerned, Media
from teahouse.microblog.core import Core
from teahouse.microblog.moderation.decisions import (
    GIVE_FILE,
    HIDE_FILE,
    LOGGED,
    REMOVE_FILE,
    Decided,
    Decisions,
)
from teahouse.microblog.people.accounts import AccountBook
from teahouse.trust import Trust

Within = Callable[[Tx, Concerned], Awaitable[None]]
MOST_REASON_CHARS = 1500
GIVEN_AGAIN = "We looked at it again, and take it back."
_TOLD: Mapping[str, str] = {
    REMOVE_FILE: "Your file {} was removed.",
    HIDE_FILE: "Your file {} is blocked: nobody gets it any more, and it can't be uploaded again.",
    GIVE_FILE: "Your file {} can be had again.",
}


class FileDecisions:
    """Makes what `Removal` awaits inside its writes, for each who uploaded the file."""

    def __init__(self, core: Core, media: Media, trust: Trust, book: AccountBook, door: Decisions) -> None:
        self._core = core
        self._media = media
        self._log = trust.log
        self._book = book
        self._door = door

    def removed(self, reason: str) -> Within:
        """Give what tells that a file was removed; raises InvalidParam where there is no reason."""
        return self._decided(REMOVE_FILE, reason)

    def blocked(self, reason: str) -> Within:
        """Give what tells that a file's content is blocked; raises InvalidParam where there is no reason."""
        return self._decided(HIDE_FILE, reason)

    def released(self, reason: str) -> Within:
        """Give what tells that a file's content is no longer blocked; a reason is not needed."""
        return self._decided(GIVE_FILE, reason or GIVEN_AGAIN)

    def _decided(self, action: str, reason: str) -> Within:
        if not reason.strip() or len(reason) > MOST_REASON_CHARS:
            raise InvalidParam(
                f"A reason has 1 to {MOST_REASON_CHARS} characters: whoever it concerns is told it"
            )
        word, scope, _ = LOGGED[action]

        async def within(tx: Tx, file: Concerned) -> None:
            if await self._core.accounts.is_deactivated_in(tx, file.owner):
                record = {"media": file.media_id, "reason": reason}
                await self._log.commanded(word, scope, record)(tx, file.owner)
                return
            account = await self._book.row_in(tx, await self._book.account_in(tx, file.owner))
            told = f"{_TOLD[action].format(file.file_name or file.media_id)} {reason.strip()}"
            await self._door.decide(tx, Decided(account, action, told, media_id=file.media_id))

        return within

    async def give_back(self, tx: Tx, media_id: str) -> None:
        """Allow a file again whose appeal was right, if it is still there."""
        await self._media.removal.release_in(tx, media_id)
