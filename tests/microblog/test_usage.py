"""What the server tells of itself to apps and to those who count servers: counted as it happens, and true."""

from __future__ import annotations

import asyncio
import itertools

from tests.microblog.bloggers import Blogger, Json, blogger
from tests.running_server import RunningServer


async def week(reader: Blogger) -> Json:
    """Give the counts of this week as numbers."""
    weeks = await reader.get("/v1/instance/activity")
    assert len(weeks) == 12
    starts = [int(one["week"]) for one in weeks]
    assert [one - other for one, other in itertools.pairwise(starts)] == [7 * 86400] * 11
    assert int(weeks[0]["week"]) % (7 * 86400) == 4 * 86400, "a week begins on Monday"
    return {name: int(value) for name, value in weeks[0].items()}


async def test_posts_and_reposts_are_counted_and_taken_off_again(
    server: RunningServer, visitor: Blogger
) -> None:
    ann, ben = await asyncio.gather(blogger(server, "ann"), blogger(server, "ben"))
    before = await week(visitor)
    said = [await ann.post(f"cup {number}") for number in range(6)]
    for one in said:
        await ben.act(one, "reblog")
    await ann.post("a letter", visibility="direct")
    after = await week(visitor)
    assert after["statuses"] == before["statuses"] + 12
    for one in said:
        await ann.call("DELETE", f"/v1/statuses/{one['id']}")
    assert (await week(visitor))["statuses"] == before["statuses"]
    await asyncio.gather(ann.actor.close(), ben.actor.close())


async def test_new_accounts_and_who_is_here_are_counted_once(server: RunningServer, visitor: Blogger) -> None:
    before = await week(visitor)
    ann = await blogger(server, "ann")
    for _ in range(3):
        await ann.home()
    after = await week(visitor)
    assert after["registrations"] >= before["registrations"] + 1
    assert after["logins"] >= before["logins"] + 1
    await ann.actor.close()


async def test_nodeinfo_leads_to_a_description_of_the_server(server: RunningServer, ann: Blogger) -> None:
    http = ann.actor.http
    links = (await http.get("/.well-known/nodeinfo")).json()["links"]
    assert [link["rel"].rpartition("/")[2] for link in links] == ["2.0", "2.1"]
    for link in links:
        answer = await http.get(link["href"])
        told = answer.json()
        assert answer.headers["content-type"].startswith("application/json; profile=")
        assert told["version"] == link["href"].rpartition("/")[2]
        assert (told["software"]["name"], told["metadata"]["upstream"]["name"]) == ("teahouse", "mastodon")
        assert told["protocols"] == [], "no protocol of federation is spoken"
        users = told["usage"]["users"]
        assert users["total"] >= users["activeHalfyear"] >= users["activeMonth"] >= 0
        assert told["openRegistrations"] is True
    assert (await http.get("/nodeinfo/3.0")).status_code == 404


async def test_counts_of_the_instance_are_those_of_nodeinfo(ann: Blogger) -> None:
    told = (await ann.actor.http.get("/nodeinfo/2.0")).json()["usage"]
    old, new = await ann.get("/v1/instance"), await ann.get("/v2/instance")
    assert old["stats"]["user_count"] >= told["users"]["total"] > 0
    assert old["stats"]["status_count"] >= 0
    assert new["usage"]["users"]["active_month"] >= told["users"]["activeMonth"] > 0
