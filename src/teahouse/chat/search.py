"""Message search: finds what was said in the rooms that the asker is or was in.

Owns the request's criteria, order, groups and paging (client-server API, "Server Side Search"). Rights are asked
when the search is made, for every hit by the state at its event; hits that may not be seen are not even counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from teahouse.accounts import erased_among
from teahouse.chat import store, store_history, store_search
from teahouse.chat.access import FOREVER, RoomView, view_rooms
from teahouse.chat.event_filter import RoomEventFilter
from teahouse.chat.history import Around, Surroundings, surroundings
from teahouse.chat.records import StoredEvent
from teahouse.chat.search_criteria import Criteria, PageToken
from teahouse.chat.search_words import highlights_of
from teahouse.chat.service import Chat
from teahouse.chat.show import show_events
from teahouse.chat.store_search import Hit, SearchQuery
from teahouse.chat.tokens import room_token
from teahouse.kernel.http import Scope
from teahouse.kernel.storage import Tx
from teahouse.kernel.words import phrases_of

JsonObject = dict[str, Any]

MOST_HITS = 2000
"""How many matches one search looks at."""


async def search(scope: Scope, chat: Chat, criteria: Criteria, token: PageToken) -> JsonObject:
    """Give a page of results as `POST /search` answers for room events."""
    chat.limiter.check("directory_search", scope.user_id)
    await chat.search_index.caught_up()
    ignored = await chat.accounts.ignored_users(scope.user_id)

    async def job(tx: Tx) -> JsonObject:
        search = _Search(tx, scope, chat.db.dialect, criteria, token, ignored)
        return await search.answer()

    return await chat.db.read(job)


@dataclass(slots=True)
class _Found:
    """The hits of a page that the asker may see, and how many there were to choose from."""

    page: list[Hit]
    count: int
    more: bool


class _Search:
    """One search inside one snapshot: matches and rights are of the same moment."""

    def __init__(
        self,
        tx: Tx,
        scope: Scope,
        dialect: str,
        criteria: Criteria,
        token: PageToken,
        ignored: frozenset[str],
    ) -> None:
        self.tx = tx
        self.scope = scope
        self.dialect = dialect
        self.criteria = criteria
        self.token = token
        self.ignored = ignored
        self.views: Mapping[str, RoomView] = {}
        self.phrases = phrases_of(criteria.term)

    async def answer(self) -> JsonObject:
        found = await self._find()
        ids = [hit.event_id for hit in found.page]
        events = await store.events_by_ids(self.tx, ids)
        around = await self._contexts([events[event_id] for event_id in ids])
        answer: JsonObject = {
            "count": found.count,
            "highlights": highlights_of(self.phrases),
            "results": await self._results(found.page, events, around),
        }
        if self.criteria.include_state:
            answer["state"] = await self._states(found.page)
        if self.criteria.group_by:
            answer["groups"] = {key: self._groups(key, found) for key in self.criteria.group_by}
        if found.more:
            answer["next_batch"] = self.token.after(found.page, by_rank=self.criteria.by_rank).write()
        return answer

    async def _find(self) -> _Found:
        wanted = self._narrowed()
        rooms = await store_search.rooms_to_search(self.tx, self.scope.user_id)
        rooms = [room_id for room_id in rooms if wanted.allows_room(room_id)]
        if not rooms or not self.phrases or wanted.allows_nothing:
            return _Found([], 0, more=False)
        query = SearchQuery(self.phrases, rooms, self.criteria.kinds)
        hits = await store_search.find_hits(
            self.tx, self.dialect, query, wanted,
            by_rank=self.criteria.by_rank, before=self.token.before or FOREVER, limit=MOST_HITS,
        )  # fmt: skip
        self.views = await view_rooms(self.tx, self.scope.user_id, sorted({hit.room_id for hit in hits}))
        unheard = self.ignored | await erased_among(self.tx, sorted({hit.sender for hit in hits}))
        seen = [
            hit for hit in hits if hit.sender not in unheard and self.views[hit.room_id].may_see(hit.position)
        ]
        rest = seen[self.token.offset :]
        limit = self.criteria.limit
        count = len(seen) + (0 if self.criteria.by_rank else self.token.passed)
        return _Found(rest[:limit], count, more=len(rest) > limit)

    def _narrowed(self) -> RoomEventFilter:
        """Narrow the filter to the group whose next page is asked for."""
        wanted = self.criteria.wanted
        if self.token.group_key == "room_id" and wanted.allows_room(self.token.group_value):
            return replace(wanted, rooms=frozenset({self.token.group_value}))
        if self.token.group_key == "sender" and wanted.allows_sender(self.token.group_value):
            return replace(wanted, senders=frozenset({self.token.group_value}))
        return wanted if not self.token.group_key else replace(wanted, senders=frozenset())

    async def _contexts(self, events: Sequence[StoredEvent]) -> list[Surroundings]:
        asked = self.criteria.context
        if asked is None:
            return []
        amount = Around(asked.before, asked.after, RoomEventFilter(), self.ignored)
        return [await surroundings(self.tx, self.views[event.room_id], event, amount) for event in events]

    async def _results(
        self, page: Sequence[Hit], events: Mapping[str, StoredEvent], around: Sequence[Surroundings]
    ) -> list[JsonObject]:
        needed = [events[hit.event_id] for hit in page]
        for near in around:
            needed += [*near.before, *near.after]
        listed = await show_events(self.tx, self.scope, needed, views=self.views, ignored=self.ignored)
        shown = {event.event_id: view for event, view in zip(needed, listed, strict=True)}
        results: list[JsonObject] = [{"rank": hit.rank, "result": shown[hit.event_id]} for hit in page]
        for result, hit, near in zip(results, page, around, strict=False):
            result["context"] = {
                "start": room_token(near.start),
                "end": room_token(near.end),
                "events_before": [shown[event.event_id] for event in near.before],
                "events_after": [shown[event.event_id] for event in near.after],
            }
            if self.criteria.context is not None and self.criteria.context.include_profile:
                result["context"]["profile_info"] = await self._profiles(hit, near)
        return results

    async def _profiles(self, hit: Hit, near: Surroundings) -> JsonObject:
        senders = sorted({hit.sender, *(event.sender for event in [*near.before, *near.after])})
        members = await store_history.members_at(self.tx, hit.room_id, hit.position, senders)
        return {
            member.state_key or "": {
                key: value
                for key in ("displayname", "avatar_url")
                if isinstance(value := member.content.get(key), str)
            }
            for member in members
        }

    async def _states(self, page: Sequence[Hit]) -> JsonObject:
        states: JsonObject = {}
        for room_id in dict.fromkeys(hit.room_id for hit in page):
            state = await store.state_at(self.tx, room_id, self.views[room_id].state_until or 0)
            states[room_id] = await show_events(self.tx, self.scope, state, views=self.views, bundled=False)
        return states

    def _groups(self, key: str, found: _Found) -> JsonObject:
        groups: JsonObject = {}
        members: dict[str, list[Hit]] = {}
        for hit in found.page:
            members.setdefault(hit.room_id if key == "room_id" else hit.sender, []).append(hit)
        for order, (value, hits) in enumerate(members.items(), 1):
            groups[value] = {"order": order, "results": [hit.event_id for hit in hits]}
            if found.more:
                start = PageToken(group_key=key, group_value=value)
                after = start.after(hits, by_rank=self.criteria.by_rank)
                groups[value]["next_batch"] = after.write()
        return groups
