"""Polls: voting, and what is seen of the votes."""

from collections.abc import Sequence

from teahouse.errors import InvalidParam, NotFound
from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact
from teahouse.microblog.core import Core
from teahouse.microblog.entities.statuses import Poll
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.posts import store_polls as store
from teahouse.microblog.posts.gather import visible_row
from teahouse.microblog.posts.records import PollRow
from teahouse.microblog.posts.show import ShowStatuses


class Polls:
    """Takes votes; a choice that somebody made stays made, and a poll with many takes more of them later."""

    def __init__(self, core: Core, show: ShowStatuses) -> None:
        self._core = core
        self._show = show

    async def one(self, viewer: Viewer, poll_id: int) -> Poll:
        """Give a poll whose post the viewer may see; raises NotFound."""

        async def job(tx: Tx) -> Poll:
            row = await self._seen(tx, viewer, poll_id)
            own = (await store.votes_of(tx, viewer.id, [poll_id])).get(poll_id, []) if viewer.is_known else []
            return self._show.poll(row, viewer, own, self._core.clock.now_ms())

        return await self._core.db.read(job)

    async def vote(self, viewer: Viewer, poll_id: int, choices: Sequence[str]) -> Poll:
        """Vote; raises NotFound, and InvalidParam in the words that clients know."""
        wanted = _numbers(choices)

        async def job(tx: Tx) -> None:
            row = await self._seen(tx, viewer, poll_id)
            if row.expires_ts is not None and row.expires_ts <= self._core.clock.now_ms():
                raise InvalidParam("The poll has already ended")
            if row.account_id == viewer.id:
                raise InvalidParam("You cannot vote in your own polls")
            own = (await store.votes_of(tx, viewer.id, [poll_id])).get(poll_id, [])
            # COMPAT(toot): two choices where one may be made are a second vote, in Mastodon's words.
            if set(own) & set(wanted) or (not row.multiple and (own or len(wanted) > 1)):
                raise InvalidParam("You have already voted on this poll")
            if not wanted:
                raise InvalidParam("Choose one option" if not row.multiple else "Choose at least one option")
            if any(choice >= len(row.options) for choice in wanted):
                raise InvalidParam("The chosen vote option does not exist")
            await store.vote(tx, row, viewer.id, wanted, is_first=not own)
            tx.announce(Fact(tx.next_position(), "status_counted", body=row.status_id))

        await self._core.db.write(job)
        return await self.one(viewer, poll_id)

    async def _seen(self, tx: Tx, viewer: Viewer, poll_id: int) -> PollRow:
        row = (await store.by_ids(tx, [poll_id])).get(poll_id)
        if row is None or await visible_row(tx, viewer, row.status_id, self._core.clock.now_ms()) is None:
            raise NotFound("Record not found")
        return row


def _numbers(choices: Sequence[str]) -> list[int]:
    if any(not (one.isascii() and one.isdigit() and len(one) < 4) for one in choices):
        raise InvalidParam("The chosen vote option does not exist")
    return list(dict.fromkeys(map(int, choices)))
