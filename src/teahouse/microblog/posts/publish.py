"""Posting: the story of a new post, in one write. It costs the same rows whatever the audience."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from teahouse.errors import Forbidden, InvalidParam, NotFound
from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact
from teahouse.microblog import store_usage
from teahouse.microblog.activity import Activity, StatusFact
from teahouse.microblog.core import Core
from teahouse.microblog.people import store_accounts, store_ties
from teahouse.microblog.people.records import AccountRow, Viewer
from teahouse.microblog.posts import compose, store_passed, store_polls
from teahouse.microblog.posts import store_statuses as store
from teahouse.microblog.posts.attachments import Attachments
from teahouse.microblog.posts.conversations import Conversations
from teahouse.microblog.posts.gather import Gathered, look_at
from teahouse.microblog.posts.links import keep_link
from teahouse.microblog.posts.records import (
    DIRECT,
    PRIVATE,
    PUBLIC,
    UNLISTED,
    Draft,
    Parts,
    PollRow,
    PollWish,
    StatusRow,
)
from teahouse.microblog.posts.store_words import put_words
from teahouse.microblog.posts.visibility import may_quote, may_reply

KEY_LIFETIME_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a post hangs: what it answers and what it quotes, and what was read to see the former."""

    parent: StatusRow | None
    quoted: StatusRow | None
    known: Gathered | None


class UnexpectedMentions(InvalidParam):
    """A text mentions people whom the app did not name beforehand."""

    def __init__(self, account_ids: list[int]) -> None:
        super().__init__("Post would be sent to unexpected accounts")
        self.account_ids = account_ids


class Publish:
    """Makes posts."""

    def __init__(self, core: Core, conversations: Conversations, attachments: Attachments) -> None:
        self._core = core
        self._conversations = conversations
        self._attachments = attachments

    async def post(self, viewer: Viewer, draft: Draft) -> int:
        """Post, and give the post's id; the same `posting_key` gives the same post.

        Raises InvalidParam, Forbidden, NotFound for what it answers or quotes, and LimitExceeded.
        """
        compose.check(draft, has_media=bool(draft.media_ids))
        self._core.limiter.check("status", viewer.user_id)
        return await self._core.db.write(lambda tx: self.post_in(tx, viewer, draft))

    async def post_in(self, tx: Tx, viewer: Viewer, draft: Draft) -> int:
        """Post inside a write."""
        known = await self._made_before(tx, viewer, draft.posting_key)
        if known is not None:
            return known
        place = await self._place(tx, viewer, draft)
        reading = compose.read(draft.text)
        mentioned = await self.mentioned(tx, viewer, reading.names, place.known)
        _check_quote_is_told(viewer, draft, place, mentioned)
        _check_allowed(draft, mentioned)
        status_id = self._core.snowflakes.next()
        media = (
            await self._attachments.attach(tx, viewer.id, draft.media_ids, status_id)
            if draft.media_ids
            else []
        )
        parts = Parts([(one.id, one.username) for one in mentioned], list(reading.tags), media, reading.link)
        row = self._row(viewer, draft, place, parts, status_id)
        if draft.poll is not None:
            row = msgspec.structs.replace(
                row, poll_id=(await self.add_poll(tx, status_id, viewer.id, draft.poll)).id
            )
        await self.keep(tx, row, reading.tags, is_new=True)
        await self._tell(tx, viewer, row, place)
        if draft.posting_key:
            await self.keep_key(tx, viewer, draft.posting_key, ("status", status_id))
        return status_id

    async def _made_before(self, tx: Tx, viewer: Viewer, key: str) -> int | None:
        made = await store.made_with_key(tx, viewer.id, key) if key else None
        if made is not None and made[0] == "status" and await store.by_id(tx, made[1]) is not None:
            return made[1]
        return None

    async def keep_key(self, tx: Tx, viewer: Viewer, key: str, made: tuple[str, int]) -> None:
        """Remember what a posting key made."""
        now = self._core.clock.now_ms()
        await store.keep_key(tx, viewer.id, key, made, now_ms=now, until_ms=now - KEY_LIFETIME_MS)

    async def mentioned(
        self, tx: Tx, viewer: Viewer, names: Sequence[tuple[str, str]], known: Gathered | None = None
    ) -> list[AccountRow]:
        """Give the accounts behind names in a text, but none that a block keeps apart from the author.

        Nothing is asked where all of them are among the authors of what is answered, as they mostly are.
        """
        wanted = [name for name, host in names if self._core.is_here(host)]
        if not wanted:
            return []
        found = {row.username: row for row in known.authors.values() if not row.is_away} if known else {}
        if known is not None and found.keys() >= set(wanted):
            ties = known.ties
        else:
            found = {row.username: row for row in await store_accounts.by_names(tx, wanted)}
            ties = await store_ties.ties_of(
                tx, viewer, [row.id for row in found.values()], self._core.clock.now_ms()
            )
        rows = [found[name] for name in wanted if name in found]
        return list({row.id: row for row in rows if not ties.apart(row.id)}.values())

    async def check_place(self, tx: Tx, viewer: Viewer, draft: Draft) -> None:
        """Check that a draft may answer and quote what it does; raises NotFound, Forbidden and InvalidParam."""
        await self._place(tx, viewer, draft)

    async def _place(self, tx: Tx, viewer: Viewer, draft: Draft) -> _Place:
        parent, known = await self._seen(tx, viewer, draft.in_reply_to)
        if parent is not None and known is not None:
            follows = parent.account_id in known.ties.follows
            if not may_reply(viewer, parent, follows_author=follows):
                raise Forbidden("The author does not take comments from you on this post")
        quoted, around = await self._seen(tx, viewer, draft.quote_of)
        if quoted is not None and around is not None:
            if not may_quote(viewer, quoted, follows_author=quoted.account_id in around.ties.follows):
                raise InvalidParam("You are not allowed to quote this post")
            if quoted.visibility == PRIVATE:
                # What was said to followers is shown to no more people by a quote.
                draft.visibility = max(draft.visibility, PRIVATE)
        return _Place(parent, quoted, known)

    async def _seen(
        self, tx: Tx, viewer: Viewer, status_id: int | None
    ) -> tuple[StatusRow | None, Gathered | None]:
        """Give the post behind an id, the root for a repost, and what was read to see it.

        Raises NotFound for what the viewer may not see.
        """
        if status_id is None:
            return None, None
        found = await look_at(tx, viewer, [status_id], self._core.clock.now_ms())
        row = found.visible(status_id)
        if row is not None and row.reblog_of is not None:
            row = found.rows.get(row.reblog_of)
        if row is None:
            raise NotFound("Record not found")
        return row, found

    def _row(self, viewer: Viewer, draft: Draft, place: _Place, parts: Parts, status_id: int) -> StatusRow:
        parent, quoted = place.parent, place.quoted
        answers_other = parent is not None and parent.account_id != viewer.id
        return StatusRow(
            id=status_id, account_id=viewer.id, visibility=draft.visibility,
            listed=int(draft.visibility == PUBLIC and not answers_other), reblog_of=None, reblog_via=None,
            in_reply_to=parent.id if parent else None,
            in_reply_to_account=parent.account_id if parent else None,
            root_id=parent.root_id if parent else status_id,
            quote_of=quoted.id if quoted else None,
            quote_root=(quoted.quote_root or quoted.id) if quoted else None,
            quote_state="accepted" if quoted else None,
            quote_policy=draft.quote_policy, reply_policy=draft.reply_policy, text=draft.text,
            html=self.rendered(draft.text, parts), spoiler=draft.spoiler,
            sensitive=int(draft.sensitive or bool(draft.spoiler)), language=draft.language, parts=parts,
            poll_id=None, application=draft.application, created_ts=status_id >> 16, edited_ts=None,
        )  # fmt: skip

    def rendered(self, text: str, parts: Parts) -> str:
        """Give the HTML of a post's text."""
        addresses = {name: self._core.profile_url(name) for _, name in parts.mentions}
        return compose.rendered(text, parts, addresses, self._core.public_url)

    async def add_poll(self, tx: Tx, status_id: int, account_id: int, wish: PollWish) -> PollRow:
        """Begin a poll."""
        options = [option.strip() for option in wish.options]
        poll = PollRow(
            self._core.snowflakes.next(), status_id, account_id, options, [0] * len(options), 0, wish.multiple,
            wish.hide_totals, self._core.clock.now_ms() + wish.expires_in_s * 1000,
        )  # fmt: skip
        await store_polls.insert(tx, poll)
        return poll

    async def keep(self, tx: Tx, row: StatusRow, tags: dict[str, str], *, is_new: bool = False) -> None:
        """Keep a post with all that hangs on it, inside a write; `tags` holds how each was written.

        Of one that `is_new` nothing can be there from before.
        """
        await store.insert(tx, row)
        await put_words(tx, self._core.db.dialect, row, is_new=is_new)
        await keep_link(self._core, tx, row)
        if row.parts.mentions:
            await store.put_mentions(tx, row.id, row.mentioned, is_new=is_new)
        if tags:
            await store.put_tags(tx, row, tags, is_new=is_new)
            if row.visibility in (PUBLIC, UNLISTED):
                await store.count_featured(tx, row.account_id, tags, 1, row.id)
        if row.visibility != DIRECT:
            await store_usage.count(tx, row.created_ts, "posts")
        await store_accounts.count_post(tx, row.account_id, row.id, counts=row.visibility != DIRECT)
        if row.in_reply_to is not None and row.visibility in (PUBLIC, UNLISTED):
            await store.count(tx, row.in_reply_to, replies=1)
        if row.quote_of is not None:
            await store.count(tx, row.quote_of, quotes=1)

    async def _tell(self, tx: Tx, viewer: Viewer, row: StatusRow, place: _Place) -> None:
        happened = self._core.activities.happened
        for account_id, _ in row.parts.mentions:
            await happened(tx, Activity("mention", viewer.id, account_id, row.id, row))
        if place.quoted is not None:
            await happened(tx, Activity("quote", viewer.id, place.quoted.account_id, row.id, row))
        if row.visibility != DIRECT:
            await happened(tx, Activity("status", viewer.id, 0, row.id, row))
        else:
            await self._conversations.note(tx, row)
        announce_status(tx, "status_posted", row, viewer.user_id)


def _check_quote_is_told(
    viewer: Viewer, draft: Draft, place: _Place, mentioned: Sequence[AccountRow]
) -> None:
    """Refuse to quote somebody among a few without their hearing of it."""
    if draft.visibility != DIRECT or place.quoted is None or place.quoted.account_id == viewer.id:
        return
    if place.quoted.account_id not in {one.id for one in mentioned}:
        raise InvalidParam("Quoted account must be mentioned in a private mention")


def _check_allowed(draft: Draft, mentioned: Sequence[AccountRow]) -> None:
    """Refuse to tell people whom the app did not name, if it named any: a slip of the pen tells nobody."""
    if draft.allowed_mentions is not None:
        unexpected = [one.id for one in mentioned if one.id not in draft.allowed_mentions]
        if unexpected:
            raise UnexpectedMentions(unexpected)


async def pass_on(core: Core, tx: Tx, kind: str, row: StatusRow, user_id: str) -> None:
    """Ring the doorbell about a post that a command may have changed: then the running server hears of it too."""
    fact = announce_status(tx, kind, row, user_id)
    if not core.serves:
        await store_passed.keep(tx, fact)


def announce_status(tx: Tx, kind: str, row: StatusRow, user_id: str) -> Fact:
    """Ring the doorbell about a post once it is committed."""
    body = StatusFact(
        row.id, row.account_id, row.visibility, bool(row.listed), row.reblog_of, row.in_reply_to_account,
        tuple(number for number, _ in row.parts.mentions), tuple(row.parts.tags), bool(row.parts.media),
    )  # fmt: skip
    fact = Fact(tx.next_position(), kind, user_id=user_id, body=body)
    tx.announce(fact)
    return fact
