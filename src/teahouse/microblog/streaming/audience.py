"""Who among those connected a post concerns, on which stream, and who of them sees it in a way of their own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from teahouse.kernel.storage import Tx
from teahouse.microblog.activity import StatusFact
from teahouse.microblog.posts import store_statuses
from teahouse.microblog.posts.records import DIRECT, PUBLIC, StatusRow
from teahouse.microblog.streaming import store_audience as store
from teahouse.microblog.streaming.listeners import Listener, Listeners
from teahouse.microblog.streaming.wishes import Wish, listed_streams

HOME = Wish("user")


@dataclass(slots=True)
class Audience:
    """Who is told: connections by stream. `own_way` are the accounts for which the post is made one by one."""

    heard: list[tuple[Listener, Wish]] = field(default_factory=list)
    own_way: set[int] = field(default_factory=set)
    followers: set[int] = field(default_factory=set)

    def add(self, listeners: Iterable[Listener], wish: Wish) -> None:
        """Add connections that hear a stream."""
        self.heard += [(listener, wish) for listener in listeners]

    @property
    def accounts(self) -> set[int]:
        """The accounts that are told."""
        return {listener.viewer.id for listener, _ in self.heard if listener.viewer.is_known}


async def audience_of(
    tx: Tx, listeners: Listeners, fact: StatusFact, now_ms: int, *, is_new: bool, is_limited: bool
) -> Audience:
    """Find the audience of a post that was made, edited or deleted; no block or mute stands between it and them.

    Of one that is not new those hear too who were told of it: whom it mentions. Posts of an account that operators
    limit come on no stream that is everybody's; that they are deleted does.
    """
    found = Audience()
    rows = await _rows(tx, fact)
    if not is_new:
        for account_id in {*fact.mentions, fact.account_id}:
            found.add(listeners.of_account(account_id, HOME), HOME)
    if fact.visibility == DIRECT:
        await _leave_out(tx, fact, rows, found, now_ms)
        return found
    await _add_homes(tx, listeners, fact, rows, found)
    await _add_lists(tx, listeners, fact, found)
    if is_limited:
        await _leave_out(tx, fact, rows, found, now_ms)
        return found
    if fact.listed:
        for wish in listed_streams(has_media=fact.has_media):
            found.add(listeners.hearing(wish), wish)
    if fact.visibility == PUBLIC and fact.reblog_of is None:
        for name in ("hashtag", "hashtag:local"):
            for tag in fact.tags:
                found.add(listeners.hearing(Wish(name, tag)), Wish(name, tag))
    await _leave_out(tx, fact, rows, found, now_ms)
    return found


async def _rows(tx: Tx, fact: StatusFact) -> Mapping[int, StatusRow]:
    rows = await store_statuses.by_ids(tx, [fact.id, *([fact.reblog_of] if fact.reblog_of else [])])
    quoted = {row.quote_of for row in rows.values() if row.quote_of} - rows.keys()
    return {**rows, **(await store_statuses.by_ids(tx, quoted) if quoted else {})}


async def _add_homes(
    tx: Tx, listeners: Listeners, fact: StatusFact, rows: Mapping[int, StatusRow], found: Audience
) -> None:
    """Everybody who would find the post in the home timeline, by the same rules."""
    connected = listeners.accounts_hearing(HOME) - {0}
    if not connected:
        return
    followers = await store.followers_among(tx, fact.account_id, connected)
    found.followers = {one.account_id for one in followers}
    answered = fact.in_reply_to_account
    known = None
    if answered is not None and answered != fact.account_id:
        known = await store.following_among(tx, answered, found.followers) | {answered}
    shown = rows.get(fact.reblog_of or fact.id)
    language = shown.language if shown else None
    accounts = {
        one.account_id
        for one in followers
        if (fact.reblog_of is None or one.reblogs)
        and (known is None or one.account_id in known)
        and (one.languages is None or language is None or language in one.languages)
    }
    if fact.tags and fact.visibility == PUBLIC and fact.reblog_of is None:
        accounts |= await store.followers_of_tags(tx, fact.tags, connected)
    accounts |= {fact.account_id} & connected
    for account_id in accounts - found.accounts:
        found.add(listeners.of_account(account_id, HOME), HOME)


async def _add_lists(tx: Tx, listeners: Listeners, fact: StatusFact, found: Audience) -> None:
    heard = [int(number) for number in listeners.parameters("list")]
    if not heard:
        return
    answered = fact.in_reply_to_account
    for one in await store.lists_with(tx, fact.account_id, heard):
        if answered not in (None, fact.account_id, one.owner_id):
            if one.replies_policy == "none":
                continue
            if one.replies_policy == "list" and not await store.lists_with(tx, answered or 0, [one.list_id]):
                continue
            if one.replies_policy == "followed" and not await store.following_among(
                tx, answered or 0, [one.owner_id]
            ):
                continue
        wish = Wish("list", str(one.list_id))
        found.add(listeners.of_account(one.owner_id, wish), wish)


async def _leave_out(
    tx: Tx, fact: StatusFact, rows: Mapping[int, StatusRow], found: Audience, now_ms: int
) -> None:
    accounts = found.accounts
    shown = rows.get(fact.reblog_of or fact.id)
    if not accounts:
        return
    authors = {fact.account_id} | ({shown.account_id} if shown else set())
    quoted = rows.get(shown.quote_of or 0) if shown else None
    others = {quoted.account_id} if quoted else set()
    kept_apart = await store.apart(tx, accounts, authors | others, now_ms)
    away = {account for account, target in kept_apart if target in authors} - {fact.account_id}
    found.heard = [(one, wish) for one, wish in found.heard if one.viewer.id not in away]
    if shown is None:
        return
    found.own_way = await store.seeing_otherwise(tx, accounts, {shown.id, shown.root_id}, shown.poll_id or 0)
    found.own_way |= {account for account, _ in kept_apart} | {fact.account_id, shown.account_id}
    if shown.quote_policy == 1 and shown.account_id != fact.account_id:
        # Whether one may quote depends on following the post's author, which the repost says nothing about.
        found.own_way |= accounts
