"""What happens by the clock, with a clock that the tests move: posts go out, polls, mutes and filters end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from teahouse.accounts import store_users
from teahouse.app import Services, open_services
from teahouse.config import load
from teahouse.errors import Forbidden
from teahouse.kernel.http import Page, Scope
from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact
from teahouse.microblog import Microblog
from teahouse.microblog.moderation import Order
from teahouse.microblog.notifications.store_notifications import Wanted
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.posts import leftovers, store_attachments
from teahouse.microblog.posts.filters import FilterWish, KeywordWish
from teahouse.microblog.posts.records import Draft, PollWish
from teahouse.microblog.posts.store_attachments import AttachmentRow, Info
from tests.accounts.conftest import SetClock, clock
from tests.server_process import CLUSTER, _make_database

HOUR_S = 3600
PATIENCE_S = 20
__all__ = ["clock"]


@pytest_asyncio.fixture(loop_scope="session")
async def services(tmp_path: Path, clock: SetClock) -> AsyncIterator[Services]:
    """A server's insides, without the server, at a time that stands still."""
    chosen = {"data": tmp_path} | ({"database": await _make_database(CLUSTER)} if CLUSTER else {})
    async with open_services(load(None, {}, chosen), clock) as opened:
        yield opened


async def person(services: Services, name: str) -> Viewer:
    """Make a user, and give who looks."""
    user_id = f"@{name}:localhost"
    await services.accounts.register.register(user_id, None, None, None)
    return await services.microblog.book.viewer(Scope(user_id, "", 0))


async def home(microblog: Microblog, reader: Viewer) -> list[str]:
    """Give the texts of somebody's home timeline."""
    return [one.content for one in (await microblog.timelines.home(reader, Page())).items]


async def test_a_scheduled_post_goes_out_at_its_time_and_once(services: Services, clock: SetClock) -> None:
    microblog = services.microblog
    ann, ben = await person(services, "ann"), await person(services, "ben")
    await microblog.follows.follow(ben, ann.id)
    parent = await microblog.publish.post(ben, Draft("ask me"))
    due = clock.now_ms() + HOUR_S * 1000
    await microblog.schedule.add(ann, Draft("later"), due)
    await microblog.schedule.add(ann, Draft("an answer", in_reply_to=parent), due)
    await microblog.schedule.run_due()
    assert await home(microblog, ann) == []
    await microblog.remove.delete(ben, parent)
    clock.forward(HOUR_S)
    for _ in range(2):
        await microblog.schedule.run_due()
    assert await home(microblog, ben) == ["<p>later</p>"], "what answers nothing any more is not said"
    assert (await microblog.schedule.page(ann, Page())).items == []


@pytest.mark.parametrize("action", ["suspend", "disable"])
async def test_nothing_that_was_scheduled_goes_out_for_who_may_not_post(
    services: Services, clock: SetClock, action: str
) -> None:
    microblog = services.microblog
    ann = await person(services, "ann")
    await microblog.schedule.add(ann, Draft("later"), clock.now_ms() + HOUR_S * 1000)
    await microblog.moderation.restrain("ann", action, "Rule 1")
    clock.forward(HOUR_S)
    await microblog.schedule.run_due()
    await microblog.moderation.lift("ann", "Enough.")
    await microblog.schedule.run_due()
    assert await home(microblog, ann) == []


async def test_a_suspended_account_may_be_erased_once_the_time_to_appeal_is_over(
    services: Services, clock: SetClock
) -> None:
    orders, root, ann = (
        services.microblog.moderators.orders,
        await person(services, "root"),
        await person(services, "ann"),
    )
    await services.accounts.set_admin(root.user_id, True)
    await orders.act(root, ann.id, Order("suspend", "Rule 1"))
    clock.forward(183 * 24 * HOUR_S)
    with pytest.raises(Forbidden):
        await orders.erase(root, ann.id)
    clock.forward(1)
    await orders.erase(root, ann.id)
    user = await services.accounts.find_user(ann.user_id)
    assert user is not None
    assert (user.is_active, user.erased) == (False, True)


async def test_an_erasure_that_is_interrupted_goes_on_with_the_next_start(services: Services) -> None:
    ann = await person(services, "ann")
    for _ in range(3):
        await services.microblog.publish.post(ann, Draft("a word"))
    ends = asyncio.create_task(services.accounts.deactivate_user(ann.user_id, True))

    def interrupt(facts: Sequence[Fact]) -> None:
        if any(fact.kind == "user_deactivated" for fact in facts):
            ends.cancel()

    services.db.doorbell.listen(interrupt)
    with pytest.raises(asyncio.CancelledError):
        await ends

    async def left(tx: Tx) -> tuple[int, int]:
        posts = await tx.fetch_value("SELECT COUNT(*) FROM statuses")
        return int(posts), len(await store_users.unfinished_erasures(tx))

    assert await services.db.read(left) == (3, 1)
    erasures = services.accounts.lifecycle.erasures
    erasures.start()
    async with asyncio.timeout(PATIENCE_S):
        while await services.db.read(left) != (0, 0):
            await asyncio.sleep(0.01)
    await erasures.stop()


async def test_a_poll_ends_at_its_time_and_tells_who_voted(services: Services, clock: SetClock) -> None:
    microblog = services.microblog
    ann, ben, cleo = [await person(services, name) for name in ("ann", "ben", "cleo")]
    asked = await microblog.publish.post(ann, Draft("tea?", poll=PollWish(["yes", "no"], HOUR_S)))
    poll = (await microblog.show.one(ben, asked)).poll
    assert poll is not None
    await microblog.polls.vote(ben, int(poll.id), ["0"])
    clock.forward(HOUR_S + 1)
    for _ in range(2):
        await microblog.schedule.run_due()
    for who, times in ((ann, 1), (ben, 1), (cleo, 0)):
        told = await microblog.notices.page(who, Wanted(["poll"]), Page())
        assert [one.type for one in told.items] == ["poll"] * times
    over = (await microblog.show.one(cleo, asked)).poll
    assert over is not None
    assert (over.expired, [option.votes_count for option in over.options]) == (True, [1, 0])


async def test_mutes_and_filters_end_at_their_time(services: Services, clock: SetClock) -> None:
    microblog = services.microblog
    ann, ben = await person(services, "ann"), await person(services, "ben")
    await microblog.follows.follow(ben, ann.id)
    said = await microblog.publish.post(ann, Draft("a loud word"))
    wish = FilterWish("loud", ["home"], expires_in_s=HOUR_S, keywords=[KeywordWish(None, "loud", None)])
    await microblog.filters.create(ben, wish)
    assert (await microblog.show.one(ben, said)).filtered
    await microblog.follows.follow(ben, ann.id, notify=True)
    await microblog.blocks.mute(ben, ann.id, notifications=True, duration_s=HOUR_S)
    assert await home(microblog, ben) == []
    clock.forward(HOUR_S + 1)
    assert await home(microblog, ben) == ["<p>a loud word</p>"]
    assert (await microblog.relationships.one(ben, ann.id)).muting is False
    assert (await microblog.show.one(ben, said)).filtered == []
    await microblog.publish.post(ann, Draft("the bell rings"))
    told = await microblog.notices.page(ben, Wanted(["status"]), Page())
    assert len(told.items) == 1


async def test_uploads_for_no_post_are_forgotten_after_a_day(services: Services, clock: SetClock) -> None:
    microblog = services.microblog
    ann = await person(services, "ann")
    now = clock.now_ms()
    rows = [
        AttachmentRow(
            number, ann.id, f"m{number}", None, "image", "tea.jpg", Info(), None, None, "ready", now
        )
        for number in (1, 2, 3)
    ]

    async def upload(tx: Tx) -> None:
        for row in rows:
            await store_attachments.put(tx, row)

    await services.db.write(upload)
    await microblog.publish.post(ann, Draft("now", media_ids=["1"]))
    await microblog.schedule.add(ann, Draft("later", media_ids=["2"]), clock.now_ms() + 48 * HOUR_S * 1000)
    clock.forward(25 * HOUR_S)
    await microblog.leftovers.sweep()
    left = await services.db.read(lambda tx: store_attachments.by_ids(tx, ann.id, [1, 2, 3]))
    assert set(left) == {1, 2}


async def test_files_that_scheduled_posts_want_never_hide_those_that_nobody_wants(
    services: Services, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftovers, "AT_ONCE", 2)
    microblog = services.microblog
    ann = await person(services, "ann")
    rows = [
        AttachmentRow(
            number,
            ann.id,
            f"m{number}",
            None,
            "image",
            "tea.jpg",
            Info(),
            None,
            None,
            "ready",
            clock.now_ms(),
        )
        for number in range(1, 8)
    ]

    async def upload(tx: Tx) -> None:
        for row in rows:
            await store_attachments.put(tx, row)

    await services.db.write(upload)
    wanted = [str(number) for number in range(1, 6)]
    await microblog.schedule.add(ann, Draft("later", media_ids=wanted), clock.now_ms() + 48 * HOUR_S * 1000)
    clock.forward(25 * HOUR_S)
    await microblog.leftovers.sweep()
    left = await services.db.read(lambda tx: store_attachments.by_ids(tx, ann.id, range(1, 8)))
    assert set(left) == {1, 2, 3, 4, 5}
