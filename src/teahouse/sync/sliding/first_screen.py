"""The first answer of a connection whose user is not connected yet: his newest rooms, without all the others.

Somebody in thousands of rooms sees twenty of them, and pays for twenty. From the second request on his session
and the order of his rooms are kept.
"""

from teahouse.chat import Chat
from teahouse.kernel.storage import Tx
from teahouse.sync.changes import Changes
from teahouse.sync.sessions import Membership
from teahouse.sync.sliding import store_sliding as store
from teahouse.sync.sliding.answer import Scene
from teahouse.sync.sliding.asking import NO_FILTER, SlidingAsk
from teahouse.sync.sliding.lists import FirstList

MOST_ROOMS = 200
ATTEMPTS = 5


def is_first_screen(ask: SlidingAsk) -> bool:
    """Say whether a request for a new connection asks for nothing but few newest rooms."""
    places = [one.last_place for one in ask.lists.values()]
    is_small = all(place is not None and place < MOST_ROOMS for place in places)
    return is_small and not ask.ignored and all(one.filter == NO_FILTER for one in ask.lists.values())


async def first_scene(chat: Chat, ask: SlidingAsk, dms: frozenset[str]) -> Scene | None:
    """Give the scene of a first screen; None if the user comes and goes too fast to see him at one moment."""
    most = max((one.last_place or 0 for one in ask.lists.values()), default=-1) + 1

    async def job(tx: Tx) -> tuple[store.Newest, dict[str, Membership]]:
        newest = await store.newest_rooms(tx, ask.scope.user_id, most) if most else store.Newest({}, 0)
        return newest, await store.memberships_in(tx, ask.scope.user_id, list(ask.subscriptions))

    for _ in range(ATTEMPTS):
        upto = chat.db.doorbell.position
        newest, subscribed = await chat.db.read(job)
        members = newest.members | subscribed
        if all(member.position <= upto for member in members.values()):
            room_ids = list(newest.members)
            lists = [FirstList(name, one, room_ids, newest.size) for name, one in ask.lists.items()]
            return Scene([*lists], members, Changes(account_data=True), upto, dms)
    return None
