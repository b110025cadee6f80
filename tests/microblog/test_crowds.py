"""Many people who do the same with one post at the same moment."""

from __future__ import annotations

import asyncio

from tests.microblog.bloggers import Blogger, bloggers
from tests.running_server import RunningServer


async def test_each_of_a_crowd_is_counted_and_told_once_and_the_blocked_are_refused(
    server: RunningServer, ann: Blogger, ben: Blogger, cleo: Blogger
) -> None:
    said = await ann.post("this goes round")
    fans = [ben, *await bloggers(server, *[f"crowd{number}" for number in range(4)])]
    await ann.do(f"/v1/accounts/{cleo.id}/block")
    path = f"/v1/statuses/{said['id']}"

    async def at_once(verb: str) -> list[int]:
        # Everybody twice: an app that is unsure whether it was heard asks again.
        asked = [one.answer("POST", f"{path}/{verb}") for one in (*fans, cleo, *fans)]
        return [answer.status_code for answer in await asyncio.gather(*asked)]

    for verb in ("favourite", "reblog"):
        statuses = await at_once(verb)
        assert statuses == [200] * len(fans) + [404] + [200] * len(fans), verb
    now = await ben.get(path)
    assert (now["favourites_count"], now["reblogs_count"]) == (len(fans), len(fans))
    assert (now["favourited"], now["reblogged"]) == (True, True)
    groups = (await ann.get("/v2/notifications"))["notification_groups"]
    assert {one["type"]: one["notifications_count"] for one in groups} == dict.fromkeys(
        ("favourite", "reblog"), len(fans)
    )
    told = [(one["type"], one["account"]["id"]) for one in await ann.get("/v1/notifications")]
    assert sorted(told) == sorted((kind, fan.id) for kind in ("favourite", "reblog") for fan in fans)
    for kind in ("favourited_by", "reblogged_by"):
        assert set(await ben.ids(f"{path}/{kind}")) == {fan.id for fan in fans}
    assert [one["reblog"]["id"] for one in await ben.get(f"/v1/accounts/{ben.id}/statuses")] == [said["id"]]
    for fan in fans[1:]:
        await fan.actor.close()


async def test_a_crowd_of_private_posts_is_of_followers_only(
    ann: Blogger, ben: Blogger, cleo: Blogger
) -> None:
    await ben.follow(ann)
    said = await ann.post("for friends", visibility="private")
    path = f"/v1/statuses/{said['id']}"
    asked = [one.answer("POST", f"{path}/favourite") for one in (cleo, ben, ann)]
    assert [answer.status_code for answer in await asyncio.gather(*asked)] == [404, 200, 200]
    asked = [one.answer("POST", f"{path}/reblog") for one in (cleo, ben, ann)]
    assert [answer.status_code for answer in await asyncio.gather(*asked)] == [404, 404, 200]
    now = await ann.get(path)
    assert (now["favourites_count"], now["reblogs_count"]) == (2, 1)
    assert [one["type"] for one in await ann.get("/v1/notifications")][:1] == ["favourite"]
