"""What is told of a room that the user is in: the newest events, the wanted state as it is after them, the rest."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from teahouse.chat import Chat, Room, StateEvent, StoredEvent, compile_filter, room_token, state_json
from teahouse.kernel.http import Scope
from teahouse.sync.joined import SUMMARY_TYPES, heroes_of
from teahouse.sync.room_state import changes_between, full_state, member_events
from teahouse.sync.sessions import Membership
from teahouse.sync.sliding.connection import Told, kept_members
from teahouse.sync.sliding.room_result import RoomResult
from teahouse.sync.sliding.wishes import MEMBER, Key, RoomWish
from teahouse.sync.timeline import RoomTimeline, room_timeline, timeline_json
from teahouse.sync.view import View

NAME, AVATAR = ("m.room.name", ""), ("m.room.avatar", "")
State = dict[Key, StateEvent]


@dataclass(slots=True)
class JoinedRoom:
    """What a request knows of one joined room before it is built.

    `after` is None for a room that is told whole; `live_after` is the position after which events just happened,
    None where nothing did.
    """

    room: Room
    member: Membership
    wish: RoomWish
    told: Told | None
    after: int | None
    live_after: int | None
    is_dm: bool
    unread: tuple[int, int]

    @property
    def expands(self) -> bool:
        """Say whether more of the newest events are wanted than the app has without a gap."""
        return self.after is not None and self.told is not None and self.wish.limit > self.told.depth


@lru_cache(256)
def _filter_of(limit: int) -> Any:
    return compile_filter({"room": {"timeline": {"limit": limit}}})


def view_of(scope: Scope, ignored: frozenset[str], limit: int) -> View:
    """Give the reader's view with a limit of events."""
    return View(scope, _filter_of(limit), ignored, full_state=False, state_name="required_state")


async def joined_result(
    chat: Chat, scope: Scope, ignored: frozenset[str], ask: JoinedRoom, upto: int
) -> tuple[RoomResult | None, Told]:
    """Give what to tell of the room up to a position, None when nothing; and what has been told then."""
    view = view_of(scope, ignored, ask.wish.limit)
    room, joined = ask.room, ask.member.joined_position or 0
    start = 0 if ask.after is None or ask.expands else ask.after
    line = RoomTimeline([], False, upto)
    if ask.wish.limit and room.last_position > start:
        line = await room_timeline(chat, view, room, start, upto, joined_position=joined)
    changed: State = {}
    if ask.after is not None and room.last_position > ask.after:
        changed = await changes_between(chat.db, room, ask.after, upto)
    state, members = await _state(chat, ask, line, changed, upto)
    told = Told(
        ask.wish, _depth(ask, line), "join", members=members, bump=room.bump_position, unread=ask.unread,
        is_dm=ask.is_dm,
    )  # fmt: skip
    if ask.after is not None and ask.told is not None:
        told = told._replace(receipts=ask.told.receipts, account_data=ask.told.account_data)
    if ask.after is not None and _is_silent(ask, line, changed, state):
        return None, told
    result = RoomResult("join", initial=ask.after is None, expanded=ask.expands, is_dm=ask.is_dm)
    result.state = [state_json(event) for event in state.values()]
    result.unread = ask.unread
    if ask.wish.limit:
        result.timeline = await timeline_json(chat, view, room, line.events, joined)
        result.limited, result.prev_batch = line.limited, room_token(line.start)
        result.num_live = _count_live(line.events, ask.live_after)
    if ask.told is None or ask.after is None or ask.told.bump != room.bump_position:
        result.bump_stamp = room.bump_position
    _summarise(result, room, scope.user_id, None if ask.after is None else changed)
    return result, told


def _depth(ask: JoinedRoom, line: RoomTimeline) -> int:
    if ask.told is None or ask.after is None or ask.expands or line.limited:
        return ask.wish.limit
    return ask.told.depth


def _count_live(events: list[StoredEvent], after: int | None) -> int:
    return 0 if after is None else sum(event.position > after for event in events)


def _is_silent(ask: JoinedRoom, line: RoomTimeline, changed: State, state: State) -> bool:
    told = ask.told
    if line.events or line.limited or state or ask.expands or told is None:
        return False
    if any(key[0] in SUMMARY_TYPES or key == AVATAR for key in changed):
        return False
    same_counts = told.unread == ask.unread and told.bump == ask.room.bump_position
    return same_counts and told.is_dm is ask.is_dm


async def _state(
    chat: Chat, ask: JoinedRoom, line: RoomTimeline, changed: State, upto: int
) -> tuple[State, frozenset[str]]:
    """Give the state to tell, and whose member events the app has then."""
    wish, room, told = ask.wish, ask.room, ask.told
    lazy = wish.lazy
    people = _people_of(line.events) if lazy else set()
    known = told.members if told is not None and ask.after is not None else frozenset[str]()
    if ask.after is None or told is None:
        named = wish.named_members()
        whole = await full_state(chat.db, room, upto, None if named is None else named | people)
        state = wish.pick(whole)
        if lazy:
            state.update(
                {key: event for key, event in whole.items() if key[1] in people and key[0] == MEMBER}
            )
    else:
        # After a gap an app has to ask for the members anew, so it is not told of all who moved in it.
        takes_members = lazy and not line.limited and not ask.expands
        state = {
            key: event
            for key, event in changed.items()
            if wish.wants(*key) or (key[0] == MEMBER and (takes_members or key[1] in people))
        }
        if not wish.rules <= told.wish.rules:
            named = wish.named_members()
            for key, event in wish.pick(await full_state(chat.db, room, upto, named)).items():
                if not told.wish.wants(*key):
                    state.setdefault(key, event)
    shown = {key[1] for key in state if key[0] == MEMBER}
    moved = {key[1] for key in changed if key[0] == MEMBER}
    missing = people - shown - (known - moved)
    if missing:
        state.update(await member_events(chat.db, room, upto, missing))
    return state, kept_members(known, moved, shown | missing) if lazy else frozenset()


def _people_of(events: list[StoredEvent]) -> set[str]:
    """Give those without whom the events can't be shown: who sent them, and whom they invite or remove."""
    targets = {event.state_key for event in events if event.type == MEMBER and event.state_key is not None}
    return targets | {event.sender for event in events}


def _summarise(result: RoomResult, room: Room, user_id: str, changed: State | None) -> None:
    """Put name, avatar, heroes and counts into the result, as far as they changed (None: all of them)."""
    of_members = changed is None or any(key[0] == MEMBER for key in changed)
    named_anew = changed is None or NAME in changed or ("m.room.canonical_alias", "") in changed
    if changed is None or NAME in changed:
        result.name = text_of(room.content(*NAME).get("name"))
    if changed is None or AVATAR in changed:
        result.avatar = text_of(room.content(*AVATAR).get("url"))
    if of_members or named_anew:
        heroes = heroes_of(room, user_id)
        result.heroes = [_hero(room, hero) for hero in heroes] if heroes or changed is not None else None
    if of_members:
        result.joined_count, result.invited_count = len(room.joined), room.invited_count


def _hero(room: Room, user_id: str) -> dict[str, str]:
    content = room.content(MEMBER, user_id)
    shown = {"user_id": user_id}
    for key in ("displayname", "avatar_url"):
        value = text_of(content.get(key))
        if value is not None:
            shown[key] = value
    return shown


def text_of(value: object) -> str | None:
    """Give a text that is one, else None: room state may hold anything."""
    return value if isinstance(value, str) and value else None
