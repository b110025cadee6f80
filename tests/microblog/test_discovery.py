"""Finding things: search in any script, only what the searcher may see; trends that a few can't make; suggestions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from teahouse.microblog.discovery.query import post_query
from teahouse.microblog.discovery.trends import freshness, surprise
from tests.actors import fresh_localpart
from tests.microblog.bloggers import Blogger, blogger, bloggers
from tests.microblog.moderators import moderator
from tests.microblog.test_links import until
from tests.running_server import RunningServer
from tests.server_process import SECRET, ServerProcess

SEARCH = "/v2/search"


async def posts(reader: Blogger, words: str, **params: object) -> list[str]:
    """Give the ids of posts that somebody finds."""
    return [one["id"] for one in (await reader.get(SEARCH, q=words, type="statuses", **params))["statuses"]]


async def test_posts_are_found_by_words_of_any_script_at_once(ann: Blogger, ben: Blogger) -> None:
    word = fresh_localpart("oolong").replace("-", "")
    first = await ann.post(f"Steeping {word} slowly, with café au lait")
    second = await ann.post(f"{word} 泡一壶好茶", spoiler_text="喝茶去")
    assert await posts(ben, f"{word} STEEPING cafe") == [first["id"]]
    assert await posts(ben, f"好茶 {word}") == [second["id"]]
    assert await posts(ben, f"喝茶 {word}") == [second["id"]]
    assert await posts(ben, f"茶好 {word}") == []
    assert await posts(ben, word) == [second["id"], first["id"]]
    assert await posts(ben, word, limit=1, offset=1) == [first["id"]]
    await ann.call("PUT", f"/v1/statuses/{first['id']}", json={"status": "changed"})
    assert await posts(ben, f"{word} steeping") == []
    await ann.call("DELETE", f"/v1/statuses/{second['id']}")
    assert await posts(ben, word) == []


async def test_nobody_finds_what_they_may_not_see(
    ann: Blogger, ben: Blogger, cleo: Blogger, visitor: Blogger
) -> None:
    word = fresh_localpart("secret").replace("-", "")
    await ben.follow(ann)
    said = {
        visibility: (await ann.post(f"{word} @{ben.name}", visibility=visibility))["id"]
        for visibility in ("public", "unlisted", "private", "direct")
    }
    assert await posts(cleo, word) == [said["public"]]
    assert set(await posts(ben, word)) == set(said.values())
    assert set(await posts(ann, word)) == set(said.values())
    assert await posts(visitor, word) == []
    for number in (said["private"], said["direct"]):
        url = f"{ann.actor.url}/@{ann.name}/{number}"
        assert (await cleo.get(SEARCH, q=url, resolve="true"))["statuses"] == []
    await ann.call("PATCH", "/v1/accounts/update_credentials", json={"indexable": False})
    assert await posts(cleo, word) == []
    await ann.do(f"/v1/accounts/{cleo.id}/block")
    assert (await cleo.get(SEARCH, q=ann.name))["accounts"] == []


async def test_conditions_narrow_a_search(ann: Blogger, ben: Blogger) -> None:
    word = fresh_localpart("pot").replace("-", "")
    plain = await ann.post(f"{word} plain", language="en")
    poll = await ann.post(f"{word} which?", poll={"options": ["a", "b"], "expires_in": 600}, language="zh")
    answer = await ben.post(f"{word} me", in_reply_to_id=plain["id"])
    found = {
        f"from:{ann.name}": {plain["id"], poll["id"]},
        "from:me": {answer["id"]},
        "has:poll": {poll["id"]},
        "is:reply": {answer["id"]},
        "language:zh": {poll["id"]},
        "after:2001-02-03": {plain["id"], poll["id"], answer["id"]},
        "before:2001-02-03": set(),
        "during:nonsense": set(),
        "has:nonsense": set(),
        "in:library": {answer["id"]},
    }
    for condition, ids in found.items():
        assert set(await posts(ben, f"{word} {condition}")) == ids, condition


@pytest.mark.parametrize("text", ['"', "NEAR(a b)", "a AND", "(", "*", "'; DROP", "a:b", "-", "' & |", "!!"])
async def test_what_is_typed_is_words_and_never_a_language(ann: Blogger, text: str) -> None:
    results = await ann.get(SEARCH, q=text)
    assert set(results) == {"accounts", "statuses", "hashtags"}


async def test_accounts_tags_and_addresses_are_found(ann: Blogger, ben: Blogger) -> None:
    tag = fresh_localpart("gongfu").replace("-", "")
    said = await ann.post(f"#{tag}")
    for text in (ann.name, f"@{ann.name}", f"@{ann.name}@{ann.actor.url.rpartition('/')[2]}"):
        assert (await ben.get(SEARCH, q=text))["accounts"][0]["id"] == ann.id
    for text in (f"#{tag}", tag[:10]):
        assert tag in [one["name"] for one in (await ben.get(SEARCH, q=text, type="hashtags"))["hashtags"]]
    by_address = await ben.get(SEARCH, q=said["url"], resolve="true")
    assert [one["id"] for one in by_address["statuses"]] == [said["id"]]
    assert [one["id"] for one in (await ben.get(SEARCH, q=ann.account["url"]))["accounts"]] == [ann.id]
    for nobodys in ("https://elsewhere.example/@ann/1", f"{ann.actor.url}/@a%00b", f"{ann.actor.url}/@%FF/1"):
        found = await ben.get(SEARCH, q=nobodys, resolve="true")
        assert found == {"accounts": [], "statuses": [], "hashtags": []}, nobodys


async def test_people_are_found_by_the_beginnings_of_their_names(
    ann: Blogger, ben: Blogger, cleo: Blogger
) -> None:
    word = fresh_localpart("zhu").replace("-", "")
    await ann.call(
        "PATCH", "/v1/accounts/update_credentials", json={"display_name": f"Élan {word} 山中茶馆主人"}
    )
    await ben.call(
        "PATCH", "/v1/accounts/update_credentials", json={"display_name": f"{word} of the tea house"}
    )

    async def found(text: str) -> list[str]:
        return [one["id"] for one in (await cleo.get(SEARCH, q=text, type="accounts"))["accounts"]]

    for text in (
        f"{word} elan",
        f"{word[:-1].upper()} 茶馆",
        f"{word} 主",
        f"山中茶馆 {word}",
        ann.name[:-1],
    ):
        assert await found(text) == [ann.id], text
    assert set(await found(word)) == {ann.id, ben.id}
    for text in (f"{word} 馆茶", f"{word} lan", f"{word}x", f"{word} %", f"{word} _"):
        assert await found(text) == [], text
    await cleo.follow(ben)
    assert await found(word) == [ben.id, ann.id], "who is followed comes first"
    followed = await cleo.get("/v1/accounts/search", q=word, following="true")
    assert [one["id"] for one in followed] == [ben.id]
    await ann.call("PATCH", "/v1/accounts/update_credentials", json={"display_name": "somebody else"})
    assert await found(word) == [ben.id]


async def test_a_search_without_words_finds_nothing(ann: Blogger, visitor: Blogger) -> None:
    assert await posts(ann, '""') == []
    await visitor.refused("GET", SEARCH, 401, params={"q": "x", "offset": 1})


def test_a_query_is_read_into_words_and_conditions() -> None:
    query = post_query("hello FROM:@Ann has:media during:2026-01-02 世界")
    assert (query.phrases, query.author, query.has) == ([["hello"], ["世", "界"]], "ann", {"media"})
    assert query.before_ms is not None
    assert query.from_ms is not None
    assert query.before_ms - query.from_ms == 86_400_000
    assert post_query("   ").asks_nothing


def test_trends_measure_surprise_and_freshness() -> None:
    assert surprise(5, 5) == surprise(3, 9) == 0
    assert surprise(10, 1) > surprise(10, 5) > surprise(6, 5) > 0
    assert freshness(8, 0) == 8
    assert freshness(8, 2 * 3600 * 1000) == 4


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def trending(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningServer]:
    """A server where three people make a trend, however young, and which looks anew each time."""
    process = trending_server(tmp_path_factory.mktemp("trends"))
    await process.start()
    yield RunningServer(process.url, process.server_name, SECRET)
    await process.remove()


def trending_server(data: Path, refresh_s: float = 0) -> ServerProcess:
    """Make the server's settings."""
    config = data / "teahouse.toml"
    config.write_text(f"[trends]\naccounts = 3\naccount_age_days = 0\nrefresh_s = {refresh_s}\n")
    return ServerProcess(data, "--config", str(config))


async def test_people_make_trends_and_not_their_number_of_posts(trending: RunningServer) -> None:
    people = await bloggers(trending, "a", "b", "c", "d")
    loud, *many = people
    for _ in range(4):
        await loud.post("#loud")
    said = await loud.post("like this")
    hidden = await loud.post("like this too", sensitive=True)
    for one in many:
        await one.post("#tea time")
        await one.act(said, "favourite")
        await one.act(hidden, "favourite")
    assert [tag["name"] for tag in await loud.get("/v1/trends/tags")] == ["tea"]
    assert (await loud.get("/v1/trends"))[0]["history"][0]["accounts"] == "3"
    assert [one["id"] for one in await loud.get("/v1/trends/statuses")] == [said["id"]]
    mod = await moderator(trending, "read admin:read")
    (tag,) = await mod.get("/v1/admin/trends/tags")
    assert (tag["name"], tag["trendable"], tag["usable"], tag["requires_review"]) == (
        "tea",
        True,
        True,
        False,
    )
    assert [one["id"] for one in await mod.get("/v1/admin/trends/statuses")] == [said["id"]]
    assert await mod.get("/v1/admin/trends/links") == []
    assert (
        await loud.refused("GET", "/v1/admin/trends/tags", 403)
        == "This action is outside the authorized scopes"
    )
    await mod.actor.close()
    await many[0].act(said, "unfavourite")
    assert await loud.get("/v1/trends/statuses") == []
    assert await loud.get("/v1/trends/links") == []
    for one in people:
        await one.actor.close()


async def test_what_was_found_is_shown_while_it_is_looked_for_anew_also_after_a_start(
    tmp_path: Path,
) -> None:
    process = trending_server(tmp_path, refresh_s=0.001)
    await process.start()
    people = await bloggers(RunningServer(process.url, process.server_name, SECRET), "a", "b", "c")
    reader = people[0]

    async def tags() -> set[str]:
        return {tag["name"] for tag in await reader.get("/v1/trends/tags")}

    assert await tags() == set()
    for one in people:
        await one.post("#tea")
    assert await tags() == set()
    await until(tags)
    for one in people:
        await one.post("#coffee")
    await process.stop()
    await process.start()
    assert await tags() == {"tea"}

    async def has_coffee() -> bool:
        return await tags() == {"coffee", "tea"}

    await until(has_coffee)
    for one in people:
        await one.actor.close()
    await process.remove()


async def test_young_accounts_make_no_trend(server: RunningServer) -> None:
    people = await bloggers(server, *"abcdef")
    tag = fresh_localpart("pushed").replace("-", "")
    for one in people:
        await one.post(f"#{tag}")
    assert tag not in [one["name"] for one in await people[0].get("/v1/trends/tags", limit=20)]
    for one in people:
        await one.actor.close()


async def test_friends_of_friends_are_suggested_until_known_or_dismissed(
    server: RunningServer, ann: Blogger, ben: Blogger, cleo: Blogger
) -> None:
    dora = await blogger(server, "dora")
    await ann.follow(ben)
    for one in (cleo, dora):
        await ben.follow(one)

    async def suggested() -> list[str]:
        found = await ann.get("/v2/suggestions", limit=80)
        near = [one["account"]["id"] for one in found if one["sources"] == ["friends_of_friends"]]
        assert ann.id not in [one["account"]["id"] for one in found]
        return near

    assert set(await suggested()) == {cleo.id, dora.id}
    await ann.call("DELETE", f"/v1/suggestions/{cleo.id}")
    assert await suggested() == [dora.id]
    await ann.follow(dora)
    assert await suggested() == []
    assert dora.id not in [one["id"] for one in await ann.get("/v1/suggestions")]
    await dora.actor.close()


async def test_the_directory_lists_who_wants_to_be_found(ann: Blogger, ben: Blogger) -> None:
    await ann.post("here")
    await ben.post("here too")
    assert (await ann.ids("/v1/directory", limit=2)) == [ben.id, ann.id]
    await ben.call("PATCH", "/v1/accounts/update_credentials", json={"discoverable": False})
    assert ben.id not in await ann.ids("/v1/directory", limit=2)
    assert (await ann.ids("/v1/directory", order="new", limit=5)).count(ann.id) == 1
    await ann.refused("GET", "/v1/directory", 422, params={"order": "nonsense"})
