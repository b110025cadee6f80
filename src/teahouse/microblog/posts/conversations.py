"""Conversations: what direct posts make, for their author and those they mention."""

from teahouse.errors import NotFound
from teahouse.kernel.http import Page
from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact
from teahouse.microblog.core import Core
from teahouse.microblog.entities.statuses import Conversation
from teahouse.microblog.paging import Found, found, span_of
from teahouse.microblog.people.accounts import AccountBook
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.people.show import ShowAccounts
from teahouse.microblog.posts import store_conversations as store
from teahouse.microblog.posts.records import StatusRow
from teahouse.microblog.posts.show import ShowStatuses
from teahouse.microblog.posts.store_conversations import ConversationRow


class Conversations:
    """Lists of direct threads; the rows are written with the posts."""

    def __init__(self, core: Core, book: AccountBook, people: ShowAccounts, show: ShowStatuses) -> None:
        self._core = core
        self._book = book
        self._people = people
        self._show = show

    async def note(self, tx: Tx, row: StatusRow) -> None:
        """Keep a new direct post as the newest of its conversation, unread for all but its author."""
        everybody = {row.account_id, *row.mentioned}
        for account_id in everybody:
            known = await store.of_thread(tx, row.root_id, account_id)
            conversation = ConversationRow(
                account_id, row.root_id, known.id if known else self._core.snowflakes.next(), row.id,
                int(account_id != row.account_id), sorted(everybody - {account_id}),
            )  # fmt: skip
            await store.put(tx, conversation)
            body = (account_id, conversation.id)
            tx.announce(Fact(tx.next_position(), "conversation_changed", body=body))

    async def forget(self, tx: Tx, row: StatusRow) -> None:
        """Let a deleted post be no conversation's newest any more; call it before the post is deleted."""
        for conversation in await store.with_last(tx, row.id):
            await store.delete(tx, conversation.account_id, conversation.id)

    async def settle(self, tx: Tx, row: StatusRow, people: set[int]) -> None:
        """Bring the conversations of these people back to the newest post that is left; call it after the deletion."""
        for account_id in people:
            newest = await store.newest_direct(tx, row.root_id, account_id)
            if newest is not None and await store.of_thread(tx, row.root_id, account_id) is None:
                others = sorted(people - {account_id})
                kept = ConversationRow(
                    account_id, row.root_id, self._core.snowflakes.next(), newest, 0, others
                )
                await store.put(tx, kept)

    async def page(self, viewer: Viewer, page: Page) -> Found[Conversation]:
        """Give a page of the viewer's conversations, the newest first."""
        span = span_of(page, 20, 40)
        rows, more = span.cut(await self._core.db.read(lambda tx: store.page(tx, viewer.id, span)))
        items = await self._entities(viewer, rows)
        return found(span, items, [row.last_status_id for row in rows], more=more)

    async def one(self, viewer: Viewer, conversation_id: int) -> Conversation:
        """Give one conversation of the viewer's; raises NotFound."""
        row = await self._core.db.read(lambda tx: store.find(tx, viewer.id, conversation_id))
        if row is None:
            raise NotFound("Record not found")
        return (await self._entities(viewer, [row]))[0]

    async def read(self, viewer: Viewer, conversation_id: int, *, unread: bool) -> Conversation:
        """Mark a conversation read or unread; raises NotFound."""
        await self._core.db.write(lambda tx: store.set_unread(tx, viewer.id, conversation_id, int(unread)))
        return await self.one(viewer, conversation_id)

    async def remove(self, viewer: Viewer, conversation_id: int) -> None:
        """Put a conversation away; raises NotFound."""
        await self.one(viewer, conversation_id)
        await self._core.db.write(lambda tx: store.delete(tx, viewer.id, conversation_id))

    async def _entities(self, viewer: Viewer, rows: list[ConversationRow]) -> list[Conversation]:
        statuses = {
            one.id: one for one in await self._show.many(viewer, [row.last_status_id for row in rows])
        }
        others = {number for row in rows for number in row.others}
        people = await self._core.db.read(lambda tx: self._book.rows_in(tx, others))
        return [
            Conversation(
                str(row.id),
                bool(row.unread),
                [self._people.account(people[number]) for number in row.others if number in people],
                statuses.get(str(row.last_status_id)),
            )
            for row in rows
        ]
