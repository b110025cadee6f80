"""A post from its author to a reader's home, and back out again."""

from __future__ import annotations

from tests.microblog.bloggers import Blogger


async def test_an_account_appears_with_the_first_use_and_shares_chats_profile(ann: Blogger) -> None:
    assert ann.account["username"] == ann.account["acct"] == ann.actor.user_id[1:].partition(":")[0]
    me = f"/profile/{ann.actor.user_id}/displayname"
    await ann.actor.put(me, {"displayname": "Ann of the Leaves"})
    assert (await ann.get(f"/v1/accounts/{ann.id}"))["display_name"] == "Ann of the Leaves"


async def test_a_post_reaches_the_followers_home_and_leaves_it_when_deleted(
    ann: Blogger, ben: Blogger
) -> None:
    await ben.follow(ann)
    said = await ann.post("good morning #tea @" + ben.name)
    assert said["content"].startswith("<p>good morning <a href=")
    assert [tag["name"] for tag in said["tags"]] == ["tea"]
    assert [one["id"] for one in said["mentions"]] == [ben.id]
    assert await ben.home() == [said["id"]]
    deleted = await ann.call("DELETE", f"/v1/statuses/{said['id']}")
    assert deleted["text"] == "good morning #tea @" + ben.name
    assert await ben.home() == []
    assert await ben.refused("GET", f"/v1/statuses/{said['id']}", 404) == "Record not found"


async def test_counts_follow_what_people_do(ann: Blogger, ben: Blogger, cleo: Blogger) -> None:
    said = await ann.post()
    await ben.act(said, "favourite")
    await ben.act(said, "favourite")
    await cleo.act(said, "favourite")
    await ben.act(said, "reblog")
    await ben.post("nice", in_reply_to_id=said["id"])
    now = await ben.get(f"/v1/statuses/{said['id']}")
    assert (now["favourites_count"], now["reblogs_count"], now["replies_count"]) == (2, 1, 1)
    assert (now["favourited"], now["reblogged"], now["bookmarked"]) == (True, True, False)
    back = await ben.act(said, "unreblog")
    assert (back["reblog"], back["reblogs_count"], back["reblogged"]) == (None, 0, False)
    assert (await ben.act(said, "unfavourite"))["favourites_count"] == 1


async def test_a_repost_is_seen_once_and_keeps_the_root(ann: Blogger, ben: Blogger, cleo: Blogger) -> None:
    await cleo.follow(ben)
    root = await ann.post("a root")
    by_ben = await ben.act(root, "reblog")
    assert by_ben["reblog"]["id"] == root["id"]
    by_cleo = await cleo.act(by_ben["id"], "reblog")
    assert by_cleo["reblog"]["id"] == root["id"]
    assert by_cleo["teahouse"]["reblog_via_id"] == by_ben["id"]
    assert await cleo.home() == [by_ben["id"]]
    await ann.call("DELETE", f"/v1/statuses/{root['id']}")
    assert await cleo.home() == []


async def test_a_home_pages_both_ways_without_gaps_or_repeats(ann: Blogger, ben: Blogger) -> None:
    await ben.follow(ann)
    said = [(await ann.post(f"number {n}"))["id"] for n in range(9)][::-1]
    pages = await ben.walk("/v1/timelines/home", limit=4)
    assert [one["id"] for page in pages for one in page] == said
    up = await ben.walk_up("/v1/timelines/home", limit=4, min_id=said[-1])
    assert [[one["id"] for one in page] for page in up] == [said[4:8], said[0:4]]
    assert await ben.home(since_id=said[3]) == said[:3]


async def test_a_block_is_one_list_with_chat(ann: Blogger, ben: Blogger) -> None:
    await ben.follow(ann)
    said = await ann.post()
    await ann.do(f"/v1/accounts/{ben.id}/block")
    listed = await ann.actor.get(f"/user/{ann.actor.user_id}/account_data/m.ignored_user_list")
    assert listed == {"ignored_users": {ben.actor.user_id: {}}}
    assert await ben.home() == []
    await ben.refused("GET", f"/v1/statuses/{said['id']}", 404)
    await ann.actor.put(f"/user/{ann.actor.user_id}/account_data/m.ignored_user_list", {"ignored_users": {}})
    assert (await ben.get(f"/v1/statuses/{said['id']}"))["id"] == said["id"]
