"""Comments, context, editing, quotes, polls and scheduling."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.microblog.bloggers import Blogger


async def test_a_context_holds_what_is_above_and_below_in_order(
    ann: Blogger, ben: Blogger, visitor: Blogger
) -> None:
    root = await ann.post("root")
    first = await ben.post("first", in_reply_to_id=root["id"])
    second = await ann.post("second", in_reply_to_id=root["id"])
    deep = await ann.post("deep", in_reply_to_id=first["id"])
    context = await visitor.get(f"/v1/statuses/{first['id']}/context")
    assert [one["id"] for one in context["ancestors"]] == [root["id"]]
    assert [one["id"] for one in context["descendants"]] == [deep["id"]]
    below = (await visitor.get(f"/v1/statuses/{root['id']}/context"))["descendants"]
    assert [one["id"] for one in below] == [first["id"], deep["id"], second["id"]]
    await ben.call("DELETE", f"/v1/statuses/{first['id']}")
    assert (await visitor.get(f"/v1/statuses/{deep['id']}"))["in_reply_to_id"] is None
    assert (await visitor.get(f"/v1/statuses/{root['id']}"))["replies_count"] == 1


async def test_comments_come_by_heat_or_by_time_and_page(ann: Blogger, ben: Blogger, cleo: Blogger) -> None:
    root = await ann.post("root")
    said = [(await ben.post(f"comment {n}", in_reply_to_id=root["id"]))["id"] for n in range(5)]
    for liker in (ann, cleo):
        await liker.act(said[1], "favourite")
    await cleo.act(said[3], "favourite")
    hottest = [said[1], said[3], said[4], said[2], said[0]]
    path = f"/v1/statuses/{root['id']}/comments"
    pages = await ann.walk(path, limit=2)
    assert [[one["id"] for one in page] for page in pages] == [hottest[:2], hottest[2:4], hottest[4:]]
    for order, wanted in (("newest", said[::-1]), ("oldest", said)):
        pages = await ann.walk(path, limit=2, order=order)
        assert [one["id"] for page in pages for one in page] == wanted
    assert "Order" in await ann.refused("GET", path, 422, params={"order": "random"})


async def test_comments_do_not_reach_strangers_homes(ann: Blogger, ben: Blogger, cleo: Blogger) -> None:
    await cleo.follow(ben)
    root = await ann.post("root")
    comment = await ben.post("a comment", in_reply_to_id=root["id"])
    assert await cleo.home() == []
    await cleo.follow(ann)
    assert await cleo.home() == [comment["id"], root["id"]]
    listed = await ann.ids("/v1/timelines/public", min_id=root["id"], limit=40)
    assert comment["id"] not in listed


async def test_the_author_decides_who_comments(ann: Blogger, ben: Blogger, cleo: Blogger) -> None:
    await ben.follow(ann)
    closed = await ann.post("only followers", reply_policy="followers")
    await ben.post("I follow", in_reply_to_id=closed["id"])
    await cleo.refused(
        "POST", "/v1/statuses", 403, json={"status": "I do not", "in_reply_to_id": closed["id"]}
    )
    asked = await ann.post(f"only you, @{cleo.name}", reply_policy="mentioned")
    await cleo.post("thanks", in_reply_to_id=asked["id"])
    await ben.refused("POST", "/v1/statuses", 403, json={"status": "me too", "in_reply_to_id": asked["id"]})
    assert asked["teahouse"]["reply_policy"] == "mentioned"


async def test_an_edit_keeps_what_was_said_and_what_is_not_sent(ann: Blogger, ben: Blogger) -> None:
    said = await ann.post("first #one", spoiler_text="careful", visibility="unlisted")
    path = f"/v1/statuses/{said['id']}"
    edited = await ann.call("PUT", path, json={"status": f"second #two @{ben.name}"})
    assert (edited["spoiler_text"], edited["visibility"]) == ("careful", "unlisted")
    assert [tag["name"] for tag in edited["tags"]] == ["two"]
    assert edited["edited_at"] is not None
    history = await ben.get(path + "/history")
    assert ["one" in one["content"] for one in history] == [True, False]
    assert history[0]["created_at"] == said["created_at"]
    assert (await ann.get(path + "/source"))["text"] == f"second #two @{ben.name}"
    await ben.refused("PUT", path, 404, json={"status": "mine now"})


async def test_a_quote_shows_the_post_until_it_is_revoked(ann: Blogger, ben: Blogger, cleo: Blogger) -> None:
    root = await ann.post("the root")
    quote = await ben.post("look", quoted_status_id=root["id"])
    assert quote["quote"]["state"] == "accepted"
    assert quote["quote"]["quoted_status"]["id"] == root["id"]
    chain = await cleo.post("look at this too", quoted_status_id=quote["id"])
    assert chain["quote"]["quoted_status"]["quote"] == {"state": "accepted", "quoted_status_id": root["id"]}
    assert chain["teahouse"]["quote_root_id"] == root["id"]
    assert await ann.ids(f"/v1/statuses/{root['id']}/quotes") == [quote["id"]]
    assert (await ann.get(f"/v1/statuses/{root['id']}"))["quotes_count"] == 1
    await cleo.refused("POST", f"/v1/statuses/{root['id']}/quotes/{quote['id']}/revoke", 403)
    revoked = await ann.do(f"/v1/statuses/{root['id']}/quotes/{quote['id']}/revoke")
    assert revoked["quote"] == {"state": "revoked", "quoted_status": None}
    assert await ann.ids(f"/v1/statuses/{root['id']}/quotes") == []


async def test_a_quote_needs_the_authors_leave(ann: Blogger, ben: Blogger) -> None:
    mine = await ann.post("not for quoting", quote_approval_policy="nobody")
    assert mine["quote_approval"] == {"automatic": [], "manual": [], "current_user": "automatic"}
    seen = await ben.get(f"/v1/statuses/{mine['id']}")
    assert seen["quote_approval"]["current_user"] == "denied"
    await ben.refused("POST", "/v1/statuses", 422, json={"status": "hm", "quoted_status_id": mine["id"]})
    await ann.call(
        "PUT", f"/v1/statuses/{mine['id']}/interaction_policy", json={"quote_approval_policy": "public"}
    )
    assert (await ben.post("now", quoted_status_id=mine["id"]))["quote"]["state"] == "accepted"


async def test_a_deleted_quote_says_so(ann: Blogger, ben: Blogger) -> None:
    root = await ann.post("soon gone")
    quote = await ben.post("look", quoted_status_id=root["id"])
    await ann.call("DELETE", f"/v1/statuses/{root['id']}")
    assert (await ben.get(f"/v1/statuses/{quote['id']}"))["quote"] == {
        "state": "deleted",
        "quoted_status": None,
    }


async def test_a_poll_takes_one_vote_a_person(ann: Blogger, ben: Blogger, visitor: Blogger) -> None:
    said = await ann.post(
        "which?", poll={"options": ["oolong", "sencha"], "expires_in": 600, "hide_totals": True}
    )
    path = f"/v1/polls/{said['poll']['id']}"
    assert [option["votes_count"] for option in said["poll"]["options"]] == [None, None]
    voted = await ben.do(path + "/votes", choices=["1"])
    assert (voted["voted"], voted["own_votes"], voted["votes_count"], voted["voters_count"]) == (
        True,
        [1],
        1,
        1,
    )
    refusal = await ben.refused("POST", path + "/votes", 422, json={"choices": [0]})
    assert refusal == "Validation failed: You have already voted on this poll"
    refusal = await ann.refused("POST", path + "/votes", 422, json={"choices": [0]})
    assert "own polls" in refusal
    assert "voted" not in await visitor.get(path)


async def test_a_vote_must_be_one_of_the_options(ann: Blogger, ben: Blogger) -> None:
    said = await ann.post("which?", poll={"options": ["a", "b", "c"], "expires_in": 600, "multiple": True})
    path = f"/v1/polls/{said['poll']['id']}/votes"
    for wrong in (["3"], ["x"], ["-1"]):
        said_so = await ben.refused("POST", path, 422, json={"choices": wrong})
        assert said_so == "Validation failed: The chosen vote option does not exist"
    assert (await ben.do(path, choices=["0", "2"]))["own_votes"] == [0, 2]


async def test_a_scheduled_post_waits_and_can_be_moved_and_cancelled(ann: Blogger) -> None:
    def at(minutes: int) -> str:
        return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()

    waiting = await ann.post("later", scheduled_at=at(60), visibility="unlisted")
    assert (waiting["params"]["text"], waiting["params"]["visibility"]) == ("later", "unlisted")
    assert waiting["params"]["spoiler_text"] == ""
    assert await ann.ids("/v1/scheduled_statuses") == [waiting["id"]]
    path = f"/v1/scheduled_statuses/{waiting['id']}"
    moved = await ann.call("PUT", path, json={"scheduled_at": at(120)})
    assert moved["scheduled_at"] > waiting["scheduled_at"]
    await ann.refused("POST", "/v1/statuses", 422, json={"status": "too soon", "scheduled_at": at(2)})
    assert await ann.ids(f"/v1/accounts/{ann.id}/statuses") == []
    await ann.call("DELETE", path)
    assert await ann.ids("/v1/scheduled_statuses") == []


async def test_the_same_idempotency_key_gives_the_same_post(ann: Blogger, ben: Blogger) -> None:
    key = {"Idempotency-Key": "once-and-only-once"}
    made = [
        (await ann.call("POST", "/v1/statuses", json={"status": "once"}, headers=key))["id"] for _ in range(3)
    ]
    other = await ben.call("POST", "/v1/statuses", json={"status": "mine"}, headers=key)
    assert len(set(made)) == 1
    assert other["account"]["id"] == ben.id
    later = {"status": "later", "scheduled_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}
    waiting = [
        (await ann.call("POST", "/v1/statuses", json=later, headers={"Idempotency-Key": "later"}))["id"]
        for _ in range(2)
    ]
    assert len(set(waiting)) == 1
