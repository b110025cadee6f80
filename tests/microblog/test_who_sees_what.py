"""Who sees which post by which path (G40): every path asks the one door."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
import pytest_asyncio

from tests.microblog.bloggers import Blogger, Json, bloggers, visitor
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
    await people["follower"].follow(author)
    await people["blocked"].follow(author)
    posts = {}
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
        paths.append(f"{by_id}/quotes")
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
