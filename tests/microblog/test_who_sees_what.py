"""Who sees which post by which path (G40): every path asks the one door."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
import pytest_asyncio

from tests.microblog.bloggers import Blogger, Json, bloggers, visitor
from tests.microblog.test_media import picture
from tests.microblog.test_streaming import event, hearing
from tests.running_server import RunningServer

ROLES = ("nobody", "stranger", "follower", "mentioned", "blocked", "author")
SEES = {
    "public": {"nobody", "stranger", "follower", "mentioned", "author"},
    "unlisted": {"nobody", "stranger", "follower", "mentioned", "author"},
    "private": {"follower", "mentioned", "author"},
    "direct": {"mentioned", "author"},
}


@dataclass
class Cast:
    """One person for each role, and one post of the author's for each audience, with a comment by a friend."""

    people: dict[str, Blogger]
    posts: dict[str, Json]
    tag: str


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def cast(server: RunningServer) -> Cast:
    """Set the scene once."""
    names = [role for role in ROLES if role != "nobody"]
    people = dict(zip(names, await bloggers(server, *names), strict=True))
    people["nobody"] = visitor(server)
    author = people["author"]
    tag = "t" + author.id
    posts = {}
    for role in ("follower", "mentioned", "blocked"):
        await people[role].follow(author)
        mine = await people[role].do("/v1/lists", title="the author")
        await people[role].do(f"/v1/lists/{mine['id']}/accounts", account_ids=[author.id])
        people[role].account["list"] = mine["id"]
    await people["mentioned"].do(f"/v1/accounts/{author.id}/unfollow")
    for audience in SEES:
        said = await author.post(
            f"secret{audience} #{tag} @{people['mentioned'].name}", visibility=audience, spoiler_text="s",
            poll={"options": ["a", "b"], "expires_in": 600},
        )  # fmt: skip
        posts[audience] = said
        await author.act(said, "favourite")
        await author.act(said, "pin") if audience != "direct" else None
    await author.do(f"/v1/accounts/{people['blocked'].id}/block")
    return Cast(people, posts, tag)


@pytest.mark.parametrize("audience", SEES)
@pytest.mark.parametrize("role", ROLES)
async def test_each_path_to_a_post_asks_the_same_door(cast: Cast, role: str, audience: str) -> None:
    who, said = cast.people[role], cast.posts[audience]
    number, sees = said["id"], role in SEES[audience]
    by_id = f"/v1/statuses/{number}"
    paths = [by_id, f"{by_id}/context", f"{by_id}/favourited_by", f"{by_id}/reblogged_by", f"{by_id}/history",
             f"{by_id}/card", f"{by_id}/comments", f"/v1/polls/{said['poll']['id']}"]  # fmt: skip
    if role != "nobody":
        paths += [f"{by_id}/quotes", f"{by_id}/source"]
    for path in paths:
        answer = await who.answer("GET", path)
        assert answer.status_code == (200 if sees else 404), (path, answer.text[:200])
        assert sees or "secret" not in answer.text
    many = await who.get("/v1/statuses", id__=[number])
    assert [one["id"] for one in many] == ([number] if sees else [])
    profile = await who.ids(f"/v1/accounts/{cast.people['author'].id}/statuses")
    assert (number in profile) == sees
    pinned = await who.ids(f"/v1/accounts/{cast.people['author'].id}/statuses", pinned=True)
    assert (number in pinned) == (sees and audience != "direct")
    tagged = await who.ids(f"/v1/timelines/tag/{cast.tag}")
    assert (number in tagged) == (sees and audience == "public")


@pytest.mark.parametrize("role", [role for role in ROLES if role != "nobody"])
async def test_no_search_list_or_notice_holds_what_its_reader_may_not_see(cast: Cast, role: str) -> None:
    who, author = cast.people[role], cast.people["author"]
    found = {}
    for audience, said in cast.posts.items():
        for q, key in ((f"secret{audience} from:{author.name}", "words"), (said["url"], "address")):
            results = await who.get("/v2/search", q=q, type="statuses", resolve="true")
            found[audience, key] = said["id"] in [one["id"] for one in results["statuses"]]
    sees = {audience: role in SEES[audience] for audience in SEES}
    assert {audience: found[audience, "address"] for audience in SEES} == sees
    assert all(sees[audience] for audience in SEES if found[audience, "words"])
    assert found["public", "words"] == sees["public"]
    if "list" in who.account:
        listed = await who.ids(f"/v1/timelines/list/{who.account['list']}")
        assert (set(listed) & {one["id"] for one in cast.posts.values()}) == (
            {cast.posts[one]["id"] for one in ("public", "unlisted", "private")}
            if role == "follower"
            else set()
        )
    for path in ("/v1/notifications", "/v2/notifications", "/v1/bookmarks", "/v1/favourites"):
        text = (await who.answer("GET", path, {"include_filtered": "true"})).text
        for audience in SEES:
            assert sees[audience] or f"secret{audience}" not in text, (path, audience)


async def test_pages_and_feeds_tell_strangers_what_is_public(cast: Cast) -> None:
    author = cast.people["author"]
    get = cast.people["nobody"].actor.http.get
    for audience, said in cast.posts.items():
        assert (await get(f"/@{author.name}/{said['id']}")).status_code == (
            200 if "nobody" in SEES[audience] else 404
        )
    for path, held in ((f"/@{author.name}", {"public", "unlisted"}), (f"/@{author.name}.rss", {"public"}),
                       (f"/tags/{cast.tag}", {"public"}), (f"/tags/{cast.tag}.rss", {"public"})):  # fmt: skip
        text = (await get(path)).text
        assert {audience for audience in SEES if f"secret{audience}" in text} == held, path
    shown = await cast.people["nobody"].get(f"/v1/accounts/{author.id}")
    assert shown["statuses_count"] == 3, "a word to one person is counted nowhere"


async def test_a_report_or_a_filter_opens_no_post(cast: Cast) -> None:
    stranger, author = cast.people["stranger"], cast.people["author"]
    secret = cast.posts["private"]["id"]
    told = await stranger.do("/v1/reports", account_id=author.id, status_ids=[secret])
    assert told["status_ids"] == []
    mine = await stranger.do("/v2/filters", title="f", context=["home"])
    await stranger.refused("POST", f"/v2/filters/{mine['id']}/statuses", 404, json={"status_id": secret})


async def test_what_is_deleted_is_gone_by_every_path(cast: Cast) -> None:
    author, friend, tag = cast.people["author"], cast.people["follower"], cast.tag
    upload = {"file": ("tea.jpg", picture(64, 32), "image/jpeg")}
    media = (await author.call("POST", "/v2/media", files=upload))["id"]
    said = await author.post(f"passing #{tag} @{cast.people['mentioned'].name}", media_ids=[media])
    number, by_id = said["id"], f"/v1/statuses/{said['id']}"
    for verb in ("favourite", "bookmark", "reblog"):
        await friend.act(said, verb)
    await author.act(said, "pin")
    await author.call("PUT", by_id, json={"status": f"passing by #{tag} @{cast.people['mentioned'].name}"})
    quote = await friend.post("look", quoted_status_id=number)
    async with hearing(friend, "user") as socket:
        await author.call("DELETE", by_id, params={"delete_media": "true"})
        heard = [await event(socket)]
        while heard[-1][1:] != ("delete", number):
            heard.append(await event(socket))
    for who in cast.people.values():
        for path in (
            by_id,
            f"{by_id}/context",
            f"{by_id}/history",
            f"{by_id}/favourited_by",
            f"{by_id}/card",
        ):
            assert (await who.answer("GET", path)).status_code == 404, path
    for path in (f"/v1/accounts/{author.id}/statuses", f"/v1/accounts/{author.id}/statuses?pinned=true",
                 f"/v1/accounts/{author.id}/statuses?only_media=true", f"/v1/timelines/tag/{tag}",
                 f"/v1/accounts/{friend.id}/statuses", "/v1/timelines/home", "/v1/bookmarks", "/v1/favourites",
                 f"/v1/timelines/list/{friend.account['list']}", f"/v2/search?q=passing+from:{author.name}",
                 "/v1/notifications", f"/v2/search?q={said['url']}&resolve=true"):  # fmt: skip
        assert "passing" not in (await friend.answer("GET", path)).text, path
    left = (await cast.people["mentioned"].answer("GET", "/v1/notifications")).text
    assert "passing" not in left
    assert (await friend.get(f"/v1/statuses/{quote['id']}"))["quote"] == {
        "state": "deleted",
        "quoted_status": None,
    }
    assert (await author.actor.http.get(f"/@{author.name}/{number}")).status_code == 404
    file = said["media_attachments"][0]["url"]
    async with asyncio.timeout(20):
        while (await author.actor.http.get(file)).status_code != 404:
            await asyncio.sleep(0.02)
    for path in (f"/@{author.name}.rss", f"/tags/{tag}"):
        assert "passing" not in (await author.actor.http.get(path)).text


@pytest.mark.parametrize("audience", SEES)
@pytest.mark.parametrize("role", ["stranger", "blocked"])
async def test_what_may_not_be_seen_may_not_be_touched(cast: Cast, role: str, audience: str) -> None:
    if role in SEES[audience]:
        return
    who, number = cast.people[role], cast.posts[audience]["id"]
    for verb in ("favourite", "bookmark", "reblog", "mute", "pin", "translate"):
        assert await who.refused("POST", f"/v1/statuses/{number}/{verb}", 404) == "Record not found"
    poll = cast.posts[audience]["poll"]["id"]
    await who.refused("POST", f"/v1/polls/{poll}/votes", 404, json={"choices": [0]})
    for field in ("in_reply_to_id", "quoted_status_id"):
        await who.refused("POST", "/v1/statuses", 404, json={"status": "hm", field: number})
    await who.refused("DELETE", f"/v1/statuses/{number}", 404)
    await who.refused("PUT", f"/v1/statuses/{number}", 404, json={"status": "hm"})


async def test_posts_for_few_are_neither_reposted_nor_quoted_by_others(cast: Cast) -> None:
    mentioned, author = cast.people["mentioned"], cast.people["author"]
    for audience in ("private", "direct"):
        number = cast.posts[audience]["id"]
        await mentioned.refused("POST", f"/v1/statuses/{number}/reblog", 404)
        await mentioned.refused("POST", "/v1/statuses", 422, json={"status": "x", "quoted_status_id": number})
    again = await author.act(cast.posts["private"], "reblog", visibility="public")
    assert again["visibility"] == "private"
    assert again["id"] not in await cast.people["stranger"].ids(f"/v1/accounts/{author.id}/statuses")


async def test_homes_hold_what_their_owner_may_see(cast: Cast) -> None:
    wanted = {role: set(await cast.people[role].home(limit=40)) for role in ROLES if role != "nobody"}
    posts = {audience: said["id"] for audience, said in cast.posts.items()}
    assert {posts["public"], posts["unlisted"], posts["private"]} <= wanted["follower"]
    assert posts["direct"] not in wanted["follower"]
    assert not wanted["blocked"] & set(posts.values())
    assert not wanted["stranger"] & set(posts.values())


async def test_direct_posts_are_conversations_of_their_people_alone(cast: Cast) -> None:
    number = cast.posts["direct"]["id"]
    for role in ROLES:
        if role == "nobody":
            continue
        found = [one["last_status"]["id"] for one in await cast.people[role].get("/v1/conversations")]
        assert (number in found) == (role in SEES["direct"]), role


async def test_unfollowing_takes_the_right_away_at_once(server: RunningServer) -> None:
    author, reader = await bloggers(server, "author", "reader")
    await reader.follow(author)
    said = await author.post("for followers", visibility="private")
    assert (await reader.get(f"/v1/statuses/{said['id']}"))["id"] == said["id"]
    await reader.act(said, "bookmark")
    await asyncio.gather(author.do(f"/v1/accounts/{reader.id}/remove_from_followers"))
    await reader.refused("GET", f"/v1/statuses/{said['id']}", 404)
    assert await reader.ids("/v1/bookmarks") == []


async def test_a_locked_account_is_followed_when_it_says_so(server: RunningServer) -> None:
    author, reader = await bloggers(server, "author", "reader")
    await author.call("PATCH", "/v1/accounts/update_credentials", json={"locked": True})
    asked = await reader.follow(author)
    assert (asked["following"], asked["requested"]) == (False, True)
    said = await author.post("for followers", visibility="private")
    await reader.refused("GET", f"/v1/statuses/{said['id']}", 404)
    assert await author.ids("/v1/follow_requests") == [reader.id]
    accepted = await author.do(f"/v1/follow_requests/{reader.id}/authorize")
    assert accepted["followed_by"] is True
    assert await reader.home() == [said["id"]]


async def test_a_deactivated_author_is_nowhere(server: RunningServer) -> None:
    author, reader = await bloggers(server, "author", "reader")
    await reader.follow(author)
    said = await author.post("goodbye")
    stage = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": author.actor.user_id}}
    gone = {"auth": {**stage, "password": author.actor.password}, "erase": True}
    await author.actor.post("/account/deactivate", gone)
    for path in (
        f"/v1/statuses/{said['id']}",
        f"/v1/accounts/{author.id}",
        f"/v1/accounts/{author.id}/statuses",
    ):
        await reader.refused("GET", path, 404)
    assert await reader.home() == []
    assert await reader.get("/v1/accounts/search", q=author.name) == []
