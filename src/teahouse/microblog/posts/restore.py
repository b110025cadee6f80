"""Putting a post back under its own id, when it was taken down wrongly: its words, not its files, votes or likes."""

from msgspec.structs import replace

from teahouse.errors import Conflict
from teahouse.kernel.storage import Tx
from teahouse.microblog.core import Core
from teahouse.microblog.people import store_accounts
from teahouse.microblog.posts import store_erase
from teahouse.microblog.posts import store_statuses as store
from teahouse.microblog.posts.conversations import Conversations
from teahouse.microblog.posts.publish import Publish, pass_on
from teahouse.microblog.posts.records import DIRECT, Parts, StatusRow


def without_words(row: StatusRow) -> StatusRow:
    """Give what of a post is kept beside its words; the HTML too, since a command need not know the public address."""
    parts = Parts(row.parts.mentions, row.parts.tags, [], row.parts.link)
    return replace(row, text="", spoiler="", parts=parts, poll_id=None)


class Restore:
    """Puts posts back."""

    def __init__(self, core: Core, publish: Publish, conversations: Conversations) -> None:
        self._core = core
        self._publish = publish
        self._conversations = conversations

    async def restore_in(self, tx: Tx, user_id: str, rest: StatusRow, words: tuple[str, str]) -> None:
        """Put a post back inside a write; a repost, and what is there already, is left alone.

        Comments on it stay what they became. Raises Conflict while what the deleted post left is still swept up.
        """
        if rest.reblog_of is not None or await store.by_id(tx, rest.id) is not None:
            return
        if await store_erase.is_swept(tx, rest.id):
            raise Conflict("What the post left behind is still being removed; try again in a minute")
        text, spoiler = words
        parent = None if rest.in_reply_to is None else await store.by_id(tx, rest.in_reply_to)
        row = replace(
            rest, text=text, spoiler=spoiler,
            in_reply_to=None if parent is None else parent.id,
        )  # fmt: skip
        await self._publish.keep(tx, row, {tag: tag for tag in row.parts.tags})
        await store_accounts.note_newest(tx, row.account_id, await store.newest_of(tx, row.account_id))
        if row.visibility == DIRECT:
            await self._conversations.settle(tx, row, {row.account_id, *row.mentioned})
        await pass_on(self._core, tx, "status_posted", row, user_id)
