"""What people are told: one by one, in groups, once and only while they may see it; strangers wait."""

from __future__ import annotations

from typing import Any

import pytest

from tests.microblog.bloggers import Blogger, Json, bloggers
from tests.running_server import RunningServer

V1, V2 = "/v1/notifications", "/v2/notifications"
OPEN = {
    f"for_{who}": "accept" for who in ("not_following", "not_followers", "new_accounts", "private_mentions")
}


async def counted(reader: Blogger) -> list[int]:
    """Give how many notifications each group has, the newest group first."""
    return [one["notifications_count"] for one in (await reader.get(V2))["notification_groups"]]


async def told(reader: Blogger, **params: Any) -> list[tuple[str, str]]:
    """Give what somebody is told, newest first, as (kind, sender)."""
    return [(one["type"], one["account"]["username"]) for one in await reader.get(V1, **params)]


async def test_each_act_tells_whom_it_concerns_once(ann: Blogger, ben: Blogger) -> None:
    said = await ann.post("a root")
    await ben.follow(ann)
    for _ in range(2):
        await ben.act(said, "favourite")
    await ben.act(said, "reblog")
    answer = await ben.post(f"@{ann.name} yes", in_reply_to_id=said["id"])
    await ben.post("look", quoted_status_id=said["id"])
    kinds = ["quote", "mention", "reblog", "favourite", "follow"]
    assert await told(ann) == [(kind, ben.name) for kind in kinds]
    page = await ann.get(V1)
    assert page[1]["status"]["id"] == answer["id"]
    assert page[3]["status"]["id"] == said["id"]
    assert "status" not in page[4]
    assert await told(ben) == []
    assert await told(ann, types__=["favourite", "nonsense"]) == [("favourite", ben.name)]
    assert ("favourite", ben.name) not in await told(ann, exclude_types__="favourite")
    assert len(await told(ann, account_id=ben.id)) == 5


async def test_what_is_taken_back_and_done_again_is_not_told_again(ann: Blogger, ben: Blogger) -> None:
    said = await ann.post()
    for _ in range(3):
        for did, undid in (("favourite", "unfavourite"), ("reblog", "unreblog")):
            await ben.do(f"/v1/statuses/{said['id']}/{did}")
            await ben.do(f"/v1/statuses/{said['id']}/{undid}")
        await ben.do(f"/v1/accounts/{ann.id}/follow")
        await ben.do(f"/v1/accounts/{ann.id}/unfollow")
    told = [one["type"] for one in await ann.get("/v1/notifications")]
    assert sorted(told) == ["favourite", "follow", "reblog"]
    other = await ann.post()
    await ben.do(f"/v1/statuses/{other['id']}/favourite")
    assert (await ann.get("/v1/notifications"))[0]["status"]["id"] == other["id"]


async def test_what_may_no_longer_be_seen_is_no_longer_told(
    ann: Blogger, ben: Blogger, cleo: Blogger
) -> None:
    said = await ben.post(f"@{ann.name} hello")
    await cleo.follow(ann)
    await ben.call("DELETE", f"/v1/statuses/{said['id']}")
    assert await told(ann) == [("follow", cleo.name)]
    await ann.do(f"/v1/accounts/{cleo.id}/block")
    assert await told(ann) == []
    await cleo.refused("POST", f"/v1/accounts/{ann.id}/follow", 403)


async def test_muted_people_and_threads_are_silent(ann: Blogger, ben: Blogger, cleo: Blogger) -> None:
    said = await ann.post("a root")
    await ann.act(said, "mute")
    await ben.act(said, "favourite")
    await ann.do(f"/v1/accounts/{cleo.id}/mute")
    await cleo.post(f"@{ann.name} hello")
    assert await told(ann) == []
    await ann.do(f"/v1/accounts/{cleo.id}/mute", notifications=False)
    await cleo.post(f"@{ann.name} hello again")
    assert await told(ann) == [("mention", cleo.name)]


async def test_pages_go_both_ways_without_gaps_or_repeats(ann: Blogger, ben: Blogger) -> None:
    posts = [await ann.post(f"number {number}") for number in range(7)]
    for post in posts:
        await ben.act(post, "favourite")
    down = await ann.walk(V1, limit=3)
    ids = [one["id"] for page in down for one in page]
    assert [one["status"]["id"] for page in down for one in page] == [post["id"] for post in posts[::-1]]
    assert [len(page) for page in down] == [3, 3, 1]
    assert [one["id"] for one in await ann.get(V1, min_id=ids[-1], limit=2)] == ids[-3:-1]
    assert [one["id"] for one in await ann.get(V1, since_id=ids[2])] == ids[:2]


async def test_likes_of_one_post_are_one_group(server: RunningServer, ann: Blogger) -> None:
    said, other = await ann.post("liked by all"), await ann.post("liked by one")
    fans = await bloggers(server, *[f"fan{number}" for number in range(10)])
    for fan in fans:
        await fan.act(said, "favourite")
    await fans[0].act(other, "favourite")
    answer = await ann.get(V2)
    newest, group = answer["notification_groups"]
    assert (newest["notifications_count"], group["notifications_count"]) == (1, 10)
    assert (group["type"], group["status_id"]) == ("favourite", said["id"])
    assert group["sample_account_ids"] == [fan.id for fan in fans[:-9:-1]]
    assert {post["id"] for post in answer["statuses"]} == {said["id"], other["id"]}
    known = {account["id"] for account in answer["accounts"]}
    assert set(group["sample_account_ids"]) <= known
    key = group["group_key"]
    assert {one["group_key"] for one in await ann.get(V1)} == {key, newest["group_key"]}
    everybody = await ann.get(f"{V2}/{key}/accounts")
    assert [account["id"] for account in everybody] == [fan.id for fan in fans[::-1]]
    assert await ann.get(f"{V2}/unread_count") == {"count": 2}
    assert (await ann.get(f"{V2}/{key}"))["notification_groups"][0]["notifications_count"] == 10
    apart = await ann.get(V2, grouped_types__="reblog")
    assert [one["notifications_count"] for one in apart["notification_groups"]] == [1] * 11
    partial = await ann.get(V2, expand_accounts="partial_avatars")
    assert len(partial["accounts"]) + len(partial["partial_accounts"]) == len(known)
    await ann.do(f"{V2}/{key}/dismiss")
    assert [one["group_key"] for one in (await ann.get(V2))["notification_groups"]] == [newest["group_key"]]
    await ann.refused("GET", f"{V2}/{key}", 404)
    for fan in fans:
        await fan.actor.close()


async def test_groups_page_without_repeats(ann: Blogger, ben: Blogger, cleo: Blogger) -> None:
    posts = [await ann.post(f"number {number}") for number in range(5)]
    for reader in (ben, cleo):
        for post in posts:
            await reader.act(post, "favourite")
    pages = []
    answer = await ann.answer("GET", V2, {"limit": 2})
    while True:
        pages.append([group["status_id"] for group in answer.json()["notification_groups"]])
        if "next" not in answer.links:
            break
        answer = await ann.actor.http.get(
            answer.links["next"]["url"], headers={"Authorization": f"Bearer {ann.actor.access_token}"}
        )
    assert [number for page in pages for number in page] == [post["id"] for post in posts[::-1]]


async def test_what_is_dismissed_or_waits_is_not_counted_in_its_group(
    server: RunningServer, ann: Blogger, ben: Blogger, cleo: Blogger
) -> None:
    said = await ann.post("liked by some")
    for fan in (ben, cleo):
        await fan.act(said, "favourite")
    (stranger,) = await bloggers(server, "stranger")
    await ann.call("PATCH", f"{V2}/policy", json={**OPEN, "for_not_following": "filter"})
    await stranger.act(said, "favourite")
    assert await counted(ann) == [2]
    newest, _ = await ann.get(V1)
    await ann.do(f"{V1}/{newest['id']}/dismiss")
    assert await counted(ann) == [1]
    (request,) = await ann.get(f"{V1}/requests")
    await ann.do(f"{V1}/requests/{request['id']}/accept")
    assert await counted(ann) == [2]
    await ann.do(f"{V1}/clear")
    assert await counted(ann) == []
    await stranger.actor.close()


async def test_nothing_is_told_or_counted_of_a_deleted_post(
    ann: Blogger, ben: Blogger, cleo: Blogger
) -> None:
    said = await ann.post("soon gone")
    for fan in (ben, cleo):
        await fan.act(said, "favourite")
    await ben.act(said, "reblog")
    before = (await ben.get("/v1/accounts/verify_credentials"))["statuses_count"]
    assert await ann.get(f"{V2}/unread_count") == {"count": 2}
    await ann.call("DELETE", f"/v1/statuses/{said['id']}")
    assert await ann.get(f"{V2}/unread_count") == {"count": 0}
    assert await ann.get(f"{V1}/unread_count") == {"count": 0}
    assert await counted(ann) == []
    assert (await ben.get("/v1/accounts/verify_credentials"))["statuses_count"] == before - 1


async def test_a_strangers_private_word_waits_until_it_is_let_through(
    ann: Blogger, ben: Blogger, cleo: Blogger
) -> None:
    said = await ben.post(f"@{ann.name} a word", visibility="direct")
    await cleo.post(f"@{ann.name} buy this", visibility="direct")
    assert await told(ann) == []
    policy = await ann.get(f"{V2}/policy")
    assert policy["for_private_mentions"] == "filter"
    assert policy["summary"] == {"pending_requests_count": 2, "pending_notifications_count": 2}
    from_cleo, from_ben = await ann.get(f"{V1}/requests")
    assert (from_ben["account"]["id"], from_ben["notifications_count"]) == (ben.id, "1")
    assert from_ben["last_status"]["id"] == said["id"]
    await cleo.refused("POST", f"{V1}/requests/{from_ben['id']}/accept", 404)
    await ann.do(f"{V1}/requests/{from_ben['id']}/accept")
    await ann.do(f"{V1}/requests/dismiss", id=[from_cleo["id"]])
    assert await told(ann) == [("mention", ben.name)]
    assert await ann.get(f"{V1}/requests") == []
    assert await ann.get(f"{V1}/requests/merged") == {"merged": True}
    await ben.post(f"@{ann.name} another", visibility="direct")
    assert await told(ann) == [("mention", ben.name)] * 2


@pytest.mark.parametrize(("wish", "heard", "waiting"), [("accept", 1, 0), ("filter", 0, 1), ("drop", 0, 0)])
async def test_the_policy_decides_about_strangers(
    ann: Blogger, ben: Blogger, wish: str, heard: int, waiting: int
) -> None:
    changed = await ann.call("PATCH", f"{V2}/policy", json={**OPEN, "for_not_following": wish})
    assert changed["for_not_following"] == wish
    await ben.post(f"@{ann.name} hello")
    assert len(await told(ann)) == heard
    summary = (await ann.get(f"{V2}/policy"))["summary"]
    assert summary["pending_notifications_count"] == waiting
    await ann.follow(ben)
    await ben.post(f"@{ann.name} hello again")
    assert len(await told(ann)) == heard + 1


async def test_a_policy_of_the_old_form_means_the_same(ann: Blogger) -> None:
    changed: Json = await ann.call("PUT", f"{V1}/policy", json={"filter_not_followers": True})
    assert changed["filter_not_followers"] is True
    assert (await ann.get(f"{V2}/policy"))["for_not_followers"] == "filter"
    await ann.refused("PATCH", f"{V2}/policy", 422, json={"for_not_followers": "perhaps"})


async def test_odd_requests_are_refused_in_the_apis_words(ann: Blogger) -> None:
    await ann.refused("GET", f"{V1}/unread_count", 422, params={"limit": 0})
    await ann.refused("GET", V1, 422, params={"max_id": "abc"})
    await ann.refused("GET", f"{V1}/abc", 404)
    await ann.refused("GET", f"{V2}/{'x' * 300}", 404)
    await ann.refused("POST", f"{V1}/requests/1/accept", 404)


async def test_bells_edits_and_polls_tell_those_who_asked(ann: Blogger, ben: Blogger, cleo: Blogger) -> None:
    await ben.follow(ann, notify=True)
    await cleo.follow(ann)
    said = await ann.post("the bell rings")
    assert await told(ben) == [("status", ann.name)]
    assert await told(cleo) == []
    await cleo.act(said, "reblog")
    await ann.call("PUT", f"/v1/statuses/{said['id']}", json={"status": "it rang"})
    assert await told(cleo) == [("update", ann.name)]


async def test_single_ones_are_read_dismissed_and_all_cleared(ann: Blogger, ben: Blogger) -> None:
    said = await ann.post("a root")
    await ben.act(said, "favourite")
    await ben.act(said, "reblog")
    first, second = await ann.get(V1)
    assert (await ann.get(f"{V1}/{first['id']}"))["type"] == "reblog"
    await ben.refused("GET", f"{V1}/{first['id']}", 404)
    await ben.refused("POST", f"{V1}/{first['id']}/dismiss", 404)
    await ann.do(f"{V1}/{first['id']}/dismiss")
    assert [one["id"] for one in await ann.get(V1)] == [second["id"]]
    assert await ann.get(f"{V1}/unread_count") == {"count": 1}
    await ann.do("/v1/markers", notifications={"last_read_id": second["id"]})
    assert await ann.get(f"{V1}/unread_count") == {"count": 0}
    await ann.do(f"{V1}/clear")
    assert await ann.get(V1) == []
