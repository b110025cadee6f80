"""The part of a home that is remembered answers as the whole home would, or not at all."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from teahouse.microblog.entities.forms import LARGEST_ID
from teahouse.microblog.paging import Span
from teahouse.microblog.timelines.store_timelines import Entry
from teahouse.microblog.timelines.windows import WINDOW, Window
from tests.microblog.bloggers import Blogger, bloggers
from tests.running_server import RunningServer

IDS = st.sets(st.integers(1, 2000), min_size=1, max_size=600)
BOUNDS = st.one_of(st.integers(0, 2001), st.just(0), st.just(LARGEST_ID))


def entries(numbers: set[int]) -> list[Entry]:
    """Give entries of these ids, newest first."""
    return [Entry(number, number % 7, None, None) for number in sorted(numbers, reverse=True)]


@given(IDS, st.integers(0, 600), BOUNDS, BOUNDS, st.booleans(), st.integers(1, 200))
def test_a_remembered_home_gives_what_the_whole_gives(
    numbers: set[int], unknown: int, below: int, above: int, upwards: bool, most: int
) -> None:
    every = entries(numbers)
    before, news = every[unknown:], every[:unknown]
    kept = before[:WINDOW]
    window = Window(kept, kept[-1].id if len(kept) == WINDOW else 0).with_news(news)
    assert len(window.entries) <= max(WINDOW, len(kept))
    inside = [entry for entry in every if above < entry.id < below]
    whole = (inside[::-1] if upwards else inside)[:most]
    assert window.part(Span(below, above, upwards, 20), most) in (whole, None)


@given(IDS)
def test_the_newest_page_of_a_remembered_home_is_always_known(numbers: set[int]) -> None:
    every = entries(numbers)
    window = Window([], 0).with_news(every)
    assert window.part(Span(LARGEST_ID, 0, False, 20), 120) == every[:120]


async def test_a_home_that_was_read_follows_what_changes(ann: Blogger, ben: Blogger, cleo: Blogger) -> None:
    first, second = await ben.post("first"), await cleo.post("second")
    assert await ann.home() == []
    await ann.do(f"/v1/accounts/{ben.id}/follow")
    assert await ann.home() == [first["id"]]
    await ann.do(f"/v1/accounts/{cleo.id}/follow")
    assert await ann.home() == [second["id"], first["id"]]
    third, own = await ben.post("third"), await ann.post("own")
    assert await ann.home() == [own["id"], third["id"], second["id"], first["id"]]
    await ben.call("DELETE", f"/v1/statuses/{third['id']}")
    assert await ann.home() == [own["id"], second["id"], first["id"]]
    await ann.do(f"/v1/accounts/{ben.id}/unfollow")
    assert await ann.home() == [own["id"], second["id"]]
    shelf = await ann.do("/v1/lists", title="apart", exclusive=True)
    await ann.do(f"/v1/lists/{shelf['id']}/accounts", account_ids=[cleo.id])
    assert await ann.home() == [own["id"]]


async def test_a_repost_comes_back_when_the_older_one_of_the_same_post_is_taken_back(
    server: RunningServer, ann: Blogger, ben: Blogger, cleo: Blogger
) -> None:
    (dora,) = await bloggers(server, "dora")
    said = await dora.post("said")
    for follower in (ben, cleo):
        await ann.do(f"/v1/accounts/{follower.id}/follow")
    older, newer = await ben.act(said, "reblog"), await cleo.act(said, "reblog")
    assert await ann.home() == [older["id"]]
    await ben.act(said, "unreblog")
    assert await ann.home() == [newer["id"]]
    await dora.actor.close()
