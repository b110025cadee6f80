"""Small print of the Mastodon API as its specifications assert it: statuses, words, parameters of every encoding."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.microblog.bloggers import Blogger

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/v2/search", 400, "param is missing or the value is empty: q"),
        ("GET", "/v2/search?q=tea&offset=-1", 400, "negative"),
        ("GET", "/v2/search?q=tea&limit=-1", 400, "negative"),
        ("GET", "/v2/notifications?expand_accounts=mars", 400, "expand_accounts"),
        ("GET", "/v1/timelines/home?limit=many", 422, "Validation failed: limit is invalid"),
        ("GET", "/v1/statuses?" + "&".join(f"id[]={n}" for n in range(21)), 422, "At most 20 ids"),
        ("GET", "/v1/accounts?" + "&".join(f"id[]={n}" for n in range(41)), 422, "At most 40 ids"),
        ("POST", "/v2/media", 422, "File can't be blank"),
        ("POST", "/v1/domain_blocks?domain=example.com", 422, "no other servers"),
    ],
)
async def test_mistakes_are_answered_as_the_reference_says(
    ann: Blogger, method: str, path: str, status: int, words: str
) -> None:
    assert words in await ann.refused(method, path, status)


async def test_visitors_search_but_neither_page_nor_resolve(visitor: Blogger) -> None:
    assert "pagination" in await visitor.refused("GET", "/v2/search", 401, params={"q": "tea", "offset": 1})
    assert "resolve" in await visitor.refused("GET", "/v2/search", 401, params={"q": "tea", "resolve": "1"})
    found = await visitor.get("/v2/search", q="tea", type="teapots")
    assert found == {"accounts": [], "statuses": [], "hashtags": []}


async def test_a_text_that_mentions_others_than_the_app_expects_is_not_posted(
    ann: Blogger, ben: Blogger, cleo: Blogger
) -> None:
    wish = {"status": f"@{ben.name} hm, @{cleo.name} is loud lately", "allowed_mentions": [ben.id]}
    said = (await ann.answer("POST", "/v1/statuses", json=wish)).json()
    assert set(said) == {"error", "unexpected_accounts"}
    assert [one["id"] for one in said["unexpected_accounts"]] == [cleo.id]
    assert await ann.ids(f"/v1/accounts/{ann.id}/statuses") == []
    posted = await ann.do("/v1/statuses", **{**wish, "allowed_mentions": [cleo.id, ben.id]})
    assert {one["id"] for one in posted["mentions"]} == {ben.id, cleo.id}


async def test_a_warning_without_text_is_the_text(ann: Blogger) -> None:
    said = await ann.post("", spoiler_text="only a warning")
    assert (said["content"], said["spoiler_text"], said["sensitive"]) == ("<p>only a warning</p>", "", True)
    quoting = await ann.post("", spoiler_text="look at this", quoted_status_id=said["id"])
    assert (quoting["content"], quoting["spoiler_text"]) == ("", "look at this")


async def test_an_unknown_language_and_nulls_count_as_not_sent(ann: Blogger) -> None:
    nulls: dict[str, Any] = dict.fromkeys(("media_ids", "sensitive", "spoiler_text", "poll", "visibility"))
    assert (await ann.post("tea", language="English", **nulls))["language"] is None
    assert (await ann.post("tea", language="zh-Hant", **nulls))["language"] == "zh-Hant"


async def test_only_the_author_edits_but_readers_may_see_what_was_written(ann: Blogger, ben: Blogger) -> None:
    said = await ann.post("*tea*")
    await ben.refused("PUT", f"/v1/statuses/{said['id']}", 404, json={"status": "coffee"})
    assert (await ben.get(f"/v1/statuses/{said['id']}/source"))["text"] == "*tea*"


async def test_a_scheduled_post_must_have_its_place_now(ann: Blogger, ben: Blogger) -> None:
    secret = await ben.post("for few", visibility="private")
    later = {"status": "yes", "scheduled_at": "2027-06-01T10:00:00Z", "in_reply_to_id": secret["id"]}
    await ann.refused("POST", "/v1/statuses", 404, json=later)
    assert await ann.get("/v1/scheduled_statuses") == []


async def test_a_post_that_is_asked_for_alone_tells_all_filters_it_meets(ann: Blogger, ben: Blogger) -> None:
    said = await ben.post("this is about that banned word")
    words = [{"keyword": "banned"}, {"keyword": "irrelevant"}]
    await ann.do("/v2/filters", title="f", context=["home"], filter_action="hide", keywords_attributes=words)
    met = (await ann.get(f"/v1/statuses/{said['id']}"))["filtered"]
    assert [(one["filter"]["title"], one["keyword_matches"]) for one in met] == [("f", ["banned"])]
    assert (await ann.act(said, "favourite"))["filtered"] == met


async def test_one_does_not_follow_oneself(ann: Blogger) -> None:
    words = await ann.refused("POST", f"/v1/accounts/{ann.id}/follow", 403)
    assert words == "Following your own account is not allowed"


async def test_notifications_are_narrowed_as_apps_ask(ann: Blogger, ben: Blogger, cleo: Blogger) -> None:
    said = await ann.post()
    await ben.act(said, "favourite")
    await cleo.act(said, "favourite")
    assert await ann.get("/v1/notifications", account_id="foo") == []
    assert await ann.get("/v2/notifications/unread_count") == {"count": 1}
    assert await ann.get("/v2/notifications/unread_count", grouped_types__=["reblog"]) == {"count": 2}
    group = (await ann.get("/v2/notifications"))["notification_groups"][0]["group_key"]
    pages = await ann.walk(f"/v2/notifications/{group}/accounts", limit=1)
    assert [[one["id"] for one in page] for page in pages] == [[cleo.id], [ben.id]]
    await ann.do("/v2/notifications/clear")
    assert await ann.get("/v1/notifications") == []


async def test_local_and_remote_together_is_everything(ann: Blogger) -> None:
    said = await ann.post()
    assert await ann.get("/v1/timelines/public", remote=True) == []
    assert said["id"] in await ann.ids("/v1/timelines/public", remote=True, local=True)


async def test_a_report_names_posts_of_the_reported_and_rules_that_hold(ann: Blogger, ben: Blogger) -> None:
    mine = await ann.post()
    await ann.refused("POST", "/v1/reports", 404, json={"account_id": ben.id, "status_ids": [mine["id"]]})
    broken = {"account_id": ben.id, "category": "violation", "rule_ids": ["99"]}
    assert "valid rules" in await ann.refused("POST", "/v1/reports", 422, json=broken)


async def test_an_app_may_leave_its_scopes_out_or_list_them(visitor: Blogger) -> None:
    app = {"client_name": "tea", "redirect_uris": ["https://a.example/", "app://b/"]}
    plain = await visitor.do("/v1/apps", **app, scopes=None)
    listed = await visitor.do("/v1/apps", **app, scopes=["read", "write"])
    assert (plain["scopes"], listed["scopes"]) == (["read"], ["read", "write"])
    form = urlencode([("client_name", "tea"), ("redirect_uris[]", "https://a.example/"), ("scopes", "read")])
    sent = await visitor.call("POST", "/v1/apps", content=form, headers=FORM)
    assert sent["redirect_uris"] == ["https://a.example/"]
