"""Makes entities of posts for somebody who looks; what that person may not see is left out."""

from collections.abc import Sequence
from functools import lru_cache

from cachetools import LRUCache
from msgspec import UNSET, UnsetType

from teahouse.errors import NotFound
from teahouse.kernel.storage import Tx
from teahouse.microblog.core import Core
from teahouse.microblog.emojis.book import EmojiBook
from teahouse.microblog.entities.forms import maybe_timestamp, timestamp, wire_id
from teahouse.microblog.entities.people import Account, Emoji
from teahouse.microblog.entities.statuses import (
    Extras,
    FilterResult,
    MediaAttachment,
    Mention,
    Poll,
    PollOption,
    PreviewCard,
    Quote,
    QuoteApproval,
    Status,
    StatusTag,
)
from teahouse.microblog.people.records import AccountRow, Viewer
from teahouse.microblog.people.show import ShowAccounts
from teahouse.microblog.posts import applications, store_filters
from teahouse.microblog.posts.card_entities import card_entity
from teahouse.microblog.posts.filter_rules import ANY_CONTEXT, results
from teahouse.microblog.posts.gather import Gathered, gather
from teahouse.microblog.posts.media_entities import media_entity
from teahouse.microblog.posts.records import (
    QUOTE_POLICIES,
    REPLY_POLICIES,
    VISIBILITIES,
    PollRow,
    StatusRow,
)
from teahouse.microblog.posts.store_filters import FilterRow
from teahouse.microblog.posts.visibility import may_quote
from teahouse.microblog.text.html import tag_address

MOST_FILTER_OWNERS = 10_000
APPROVAL = {"public": ["public"], "followers": ["followers"], "nobody": []}


class ShowStatuses:
    """Turns ids of posts into entities; every route that answers with posts comes through here."""

    def __init__(self, core: Core, people: ShowAccounts) -> None:
        self._core = core
        self._people = people
        self._filters: LRUCache[int, list[FilterRow]] = LRUCache(MOST_FILTER_OWNERS)
        self._filters_epoch = 0
        core.db.on_reset(self.forget_filters)

    def forget_filters(self, account_id: int | None = None) -> None:
        """Forget what somebody does not want to see, or what anybody does not."""
        self._filters_epoch += 1
        if account_id is None:
            self._filters.clear()
        else:
            self._filters.pop(account_id, None)

    async def filters_of(self, viewer: Viewer) -> list[FilterRow]:
        """Give what the viewer does not want to see; from memory nearly always."""
        if not viewer.is_known:
            return []
        known = self._filters.get(viewer.id)
        if known is None:
            epoch = self._filters_epoch
            known = await self._core.db.read(lambda tx: store_filters.filters_of(tx, viewer.id))
            if epoch == self._filters_epoch:
                self._filters[viewer.id] = known
        return known

    async def one(self, viewer: Viewer, status_id: int) -> Status:
        """Give one post; raises NotFound for what the viewer may not see."""
        found = await self.many(viewer, [status_id], ANY_CONTEXT)
        if not found:
            raise NotFound("Record not found")
        return found[0]

    async def many(self, viewer: Viewer, status_ids: Sequence[int], context: str = "") -> list[Status]:
        """Give those of the posts that the viewer may see, in their order; `context` chooses the filters."""
        if not status_ids:
            return []
        filters = await self.filters_of(viewer)
        now = self._core.clock.now_ms()
        found = await self._core.db.read(lambda tx: gather(tx, viewer, status_ids, now))
        return self.entities(found, status_ids, filters, context)

    async def many_in(self, tx: Tx, viewer: Viewer, status_ids: Sequence[int]) -> list[Status]:
        """Give posts inside a job, without filters."""
        found = await gather(tx, viewer, status_ids, self._core.clock.now_ms())
        return self.entities(found, status_ids, [], "")

    async def evidence_in(self, tx: Tx, viewer: Viewer, status_ids: Sequence[int]) -> dict[int, Status]:
        """Give by id the posts that a report names, whoever may see them: for those alone who judge it."""
        found = await gather(tx, viewer, status_ids, self._core.clock.now_ms())
        found.evidence = frozenset(status_ids)
        return {int(one.id): one for one in self.entities(found, status_ids, [], "")}

    def entities(
        self, found: Gathered, status_ids: Sequence[int], filters: list[FilterRow], context: str
    ) -> list[Status]:
        """Make the entities of what was gathered."""
        making = _Making(self._core, self._people, found, filters, context)
        rows = [found.visible(number) for number in status_ids]
        return [making.status(row) for row in rows if row is not None]

    def poll(self, row: PollRow, viewer: Viewer, own: list[int], now_ms: int) -> Poll:
        """Make the entity of a poll."""
        return _poll(row, viewer, own, now_ms, self._core.emojis)


class _Making:
    """The making of one answer: accounts are made once, however often they appear."""

    def __init__(
        self, core: Core, people: ShowAccounts, found: Gathered, filters: list[FilterRow], context: str
    ) -> None:
        self._core = core
        self._people = people
        self._found = found
        self._filters = filters
        self._context = context
        self._accounts: dict[int, Account] = {}

    def status(self, row: StatusRow, *, nested: bool = False) -> Status:
        """Make a post, a repost with the post in it, or a quote with what it quotes; `nested` is a quoted one."""
        found = self._found
        author = found.authors[row.account_id]
        root = found.visible(row.reblog_of)
        seen = root or row
        url = self._core.status_url(author.username, row.id)
        status = Status(
            id=str(row.id),
            created_at=timestamp(row.created_ts),
            in_reply_to_id=wire_id(row.in_reply_to),
            in_reply_to_account_id=wire_id(row.in_reply_to_account),
            sensitive=bool(seen.sensitive) or self._is_marked(seen),
            spoiler_text=seen.spoiler,
            visibility=VISIBILITIES[row.visibility],
            language=seen.language,
            uri=url,
            url=url,
            replies_count=seen.replies,
            reblogs_count=seen.reblogs,
            favourites_count=seen.favourites,
            quotes_count=seen.quotes,
            edited_at=maybe_timestamp(seen.edited_ts),
            content=seen.html,
            reblog=None if root is None else self.status(root),
            application=applications.shown(row.application),
            account=self._account(author),
            media_attachments=self.media(seen),
            mentions=[self._mention(number, name) for number, name in seen.parts.mentions],
            tags=[StatusTag(name, tag_address(self._core.public_url, name)) for name in seen.parts.tags],
            emojis=self._emojis_of(seen),
            card=self._card(seen),
            poll=self._poll_of(seen),
            quote=self._quote(seen, nested=nested),
            quote_approval=self._approval(seen),
            teahouse=Extras(
                REPLY_POLICIES[seen.reply_policy], wire_id(row.reblog_via), wire_id(seen.quote_root)
            ),
        )
        if found.viewer.is_known:
            self._add_acts(status, row, seen)
        return status

    def _is_marked(self, seen: StatusRow) -> bool:
        """Tell whether moderators marked whatever this author shows."""
        return bool(seen.parts.media) and self._found.authors[seen.account_id].sensitized_ts is not None

    def _emojis_of(self, seen: StatusRow) -> list[Emoji]:
        poll = self._found.polls.get(seen.poll_id or 0)
        return self._core.emojis.used_in(seen.spoiler, seen.text, *(poll.options if poll else ()))

    def _add_acts(self, status: Status, row: StatusRow, seen: StatusRow) -> None:
        found = self._found
        status.favourited = found.did("favourite", seen.id)
        status.reblogged = found.did("reblog", seen.id)
        status.bookmarked = found.did("bookmark", seen.id)
        status.muted = found.did("mute", seen.root_id)
        if row.account_id == found.viewer.id and row.reblog_of is None:
            status.pinned = found.did("pin", row.id)
        status.filtered = self._filtered(seen)

    def _filtered(self, seen: StatusRow) -> list[FilterResult]:
        if not self._filters or seen.account_id == self._found.viewer.id:
            return []
        poll = self._found.polls.get(seen.poll_id or 0)
        words = [seen.spoiler, seen.text, *(poll.options if poll else ())]
        words += [str(one.get("description") or "") for one in seen.parts.media]
        return results(self._filters, self._context, self._found.now_ms, seen.id, "\n".join(words))

    def _account(self, row: AccountRow) -> Account:
        made = self._accounts.get(row.id)
        if made is None:
            made = self._accounts[row.id] = self._people.account(row)
        return made

    def _mention(self, number: int, name: str) -> Mention:
        return Mention(str(number), name, self._core.profile_url(name), name)

    def media(self, row: StatusRow) -> list[MediaAttachment]:
        """Make the entities of a post's media."""
        return [media_entity(self._core.public_url, kept) for kept in row.parts.media]

    def _card(self, row: StatusRow) -> PreviewCard | None:
        link = row.parts.link
        card = self._found.cards.get(link) if link is not None else None
        return None if link is None or card is None else card_entity(self._core.public_url, link, card)

    def _poll_of(self, row: StatusRow) -> Poll | None:
        poll = self._found.polls.get(row.poll_id or 0)
        if poll is None:
            return None
        found = self._found
        return _poll(poll, found.viewer, found.votes.get(poll.id, []), found.now_ms, self._core.emojis)

    def _quote(self, row: StatusRow, *, nested: bool) -> Quote | None:
        if row.quote_of is None:
            return None
        state, quoted = self._quoted(row)
        if nested:
            return Quote(state=state, quoted_status_id=None if quoted is None else str(quoted.id))
        if quoted is None:
            return Quote(state=state, quoted_status=None)
        return Quote(state=state, quoted_status=self.status(quoted, nested=True))

    def _quoted(self, row: StatusRow) -> tuple[str, StatusRow | None]:
        """Give the state of a quote as the viewer sees it, and the quoted post if it may be shown."""
        if row.quote_state != "accepted":
            return row.quote_state or "pending", None
        stored = self._found.rows.get(row.quote_of or 0)
        if stored is None:
            return "deleted", None
        if stored.account_id in self._found.ties.blocks:
            return "blocked_account", None
        if stored.account_id in self._found.ties.mutes:
            return "muted_account", stored
        quoted = self._found.visible(row.quote_of)
        return ("accepted", quoted) if quoted is not None else ("unauthorized", None)

    def _approval(self, row: StatusRow) -> QuoteApproval:
        ties = self._found.ties
        allowed = may_quote(self._found.viewer, row, follows_author=row.account_id in ties.follows)
        current = "automatic" if allowed else "denied" if self._found.viewer.is_known else "unknown"
        policy = "nobody" if row.visibility > 1 else QUOTE_POLICIES[row.quote_policy]
        return _approval(policy, current)


@lru_cache
def _approval(policy: str, current: str) -> QuoteApproval:
    """Give what nobody changes: the same for every post of a kind."""
    return QuoteApproval(APPROVAL[policy], [], current)


def _poll(row: PollRow, viewer: Viewer, own: list[int], now_ms: int, emojis: EmojiBook) -> Poll:
    expired = row.expires_ts is not None and row.expires_ts <= now_ms
    shows = expired or not row.hide_totals
    voted: bool | UnsetType = bool(own) or row.account_id == viewer.id if viewer.is_known else UNSET
    return Poll(
        id=str(row.id),
        expires_at=maybe_timestamp(row.expires_ts),
        expired=expired,
        multiple=row.multiple,
        votes_count=sum(row.tallies),
        voters_count=row.voters,
        options=[
            PollOption(title, tally if shows else None)
            for title, tally in zip(row.options, row.tallies, strict=True)
        ],
        emojis=emojis.used_in(*row.options),
        voted=voted,
        own_votes=own if viewer.is_known else UNSET,
    )
