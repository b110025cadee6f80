"""Presence when it is switched on: shown, announced once, faded with time."""

from teahouse.accounts.presence import Presence
from teahouse.kernel.storage import Database
from teahouse.kernel.stream import Fact
from tests.accounts.conftest import SetClock

ALICE = "@alice:example.org"


async def test_a_state_is_announced_when_it_changes_only(db: Database, clock: SetClock) -> None:
    heard: list[Fact] = []
    db.doorbell.listen(heard.extend)
    presence = Presence(db, clock, enabled=True)
    await presence.set(ALICE, "online", "tea")
    clock.forward(30)
    await presence.seen(ALICE, "online")
    told = [fact for fact in heard if fact.kind == "presence"]
    assert [(fact.user_id, fact.body["presence"], fact.body["status_msg"]) for fact in told] == [
        (ALICE, "online", "tea")
    ]
    assert presence.get(ALICE)["last_active_ago"] == 0
    assert set(presence.since(told[0].position - 1)) == {ALICE}
    assert presence.since(told[0].position) == {}


async def test_a_state_that_is_not_renewed_fades(db: Database, clock: SetClock) -> None:
    presence = Presence(db, clock, enabled=True)
    await presence.set(ALICE, "online")
    assert presence.get(ALICE) == {"presence": "online", "last_active_ago": 0, "currently_active": True}
    clock.forward(6 * 60)
    assert presence.get(ALICE)["presence"] == "unavailable"
    clock.forward(30 * 60)
    assert presence.get(ALICE)["presence"] == "offline"


async def test_switched_off_everybody_is_offline(db: Database, clock: SetClock) -> None:
    presence = Presence(db, clock, enabled=False)
    await presence.set(ALICE, "online", "tea")
    assert presence.get(ALICE) == {"presence": "offline"}
