"""What the test suites of client libraries rely on: found by running theirs against a server of ours."""

from __future__ import annotations

import httpx

from tests.microblog.bloggers import Blogger, Json
from tests.microblog.test_media import picture
from tests.running_server import RunningServer

PASSWORD = "a-long-one-for-tests-77"


async def _sign_up(http: httpx.AsyncClient, told: Json) -> httpx.Response:
    """Try to sign somebody up through a new app."""
    app = (
        await http.post(
            "/api/v1/apps",
            json={"client_name": "a", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write"},
        )
    ).json()
    keys = {"client_id": app["client_id"], "client_secret": app["client_secret"]}
    granted = {"grant_type": "client_credentials", "scope": "read write", **keys}
    token = (await http.post("/oauth/token", data=granted)).json()["access_token"]
    return await http.post("/api/v1/accounts", json=told, headers={"Authorization": f"Bearer {token}"})


async def test_who_signs_up_through_an_app_is_found_before_the_app_asks_anything(
    server: RunningServer, ann: Blogger
) -> None:
    name = f"new{ann.id}"
    async with httpx.AsyncClient(base_url=server.url) as http:
        told = {"username": name, "password": PASSWORD, "agreement": True, "email": f"{name}@example.com"}
        assert (await _sign_up(http, told)).status_code == 200
    found = await ann.get("/v2/search", q=name, type="accounts")
    assert [one["acct"] for one in found["accounts"]] == [name]


async def test_each_wrong_word_of_a_sign_up_is_named(server: RunningServer) -> None:
    empty = {"username": "", "email": "", "password": "", "agreement": False, "locale": "hello"}
    async with httpx.AsyncClient(base_url=server.url) as http:
        answer = await _sign_up(http, empty)
    assert answer.status_code == 422
    blank = [{"error": "ERR_BLANK", "description": "can't be blank"}]
    assert answer.json()["details"] == {
        **dict.fromkeys(("username", "email", "password"), blank),
        "agreement": [{"error": "ERR_ACCEPTED", "description": "must be accepted"}],
        "locale": [{"error": "ERR_INCLUSION", "description": "is not included in the list"}],
    }


async def test_a_reading_takes_its_parameters_from_a_json_body_too(ann: Blogger, ben: Blogger) -> None:
    found = await ann.call("GET", "/v1/accounts/familiar_followers", json={"id": [ben.id]})
    assert [one["id"] for one in found] == [ben.id]


async def test_a_text_where_parts_belong_counts_as_not_sent(ann: Blogger) -> None:
    path, parts = (
        "/v1/accounts/update_credentials",
        {"fields_attributes[0][name]": "tea", "fields_attributes[0][value]": "oolong"},
    )
    await ann.call("PATCH", path, data=parts)
    after = await ann.call("PATCH", path, data={"fields_attributes": "undefined", "source": "undefined"})
    assert [(one["name"], one["value"]) for one in after["fields"]] == [("tea", "oolong")]


async def test_more_choices_of_a_poll_are_made_later_but_none_twice(ann: Blogger, ben: Blogger) -> None:
    wish = {"options": ["oolong", "sencha", "assam"], "expires_in": 600, "multiple": True}
    poll = (await ann.post("which?", poll=wish))["poll"]
    votes = f"/v1/polls/{poll['id']}/votes"
    await ben.do(votes, choices=[1])
    more = await ben.do(votes, choices=[0])
    assert (more["own_votes"], more["votes_count"], more["voters_count"]) == ([0, 1], 2, 1)
    refusal = await ben.refused("POST", votes, 422, json={"choices": [1, 2]})
    assert refusal == "Validation failed: You have already voted on this poll"


async def test_a_profile_is_read_without_private_mentions(ann: Blogger, ben: Blogger) -> None:
    open_one = await ann.post("for all")
    secret = await ann.post(f"@{ben.name} psst", visibility="direct")
    path = f"/v1/accounts/{ann.id}/statuses"
    assert await ann.ids(path) == [secret["id"], open_one["id"]]
    assert await ann.ids(path, exclude_direct=True) == [open_one["id"]]


async def test_a_post_has_a_poll_and_a_picture_at_once(ann: Blogger) -> None:
    sent = await ann.call("POST", "/v2/media", files={"file": ("tea.jpg", picture(), "image/jpeg")})
    wish = {"options": ["oolong", "sencha"], "expires_in": 600}
    said = await ann.post("which of these?", poll=wish, media_ids=[sent["id"]])
    assert [one["id"] for one in said["media_attachments"]] == [sent["id"]]
    assert [one["title"] for one in said["poll"]["options"]] == wish["options"]


async def test_who_is_blocked_is_found_by_the_full_name_only_and_not_the_other_way(
    ann: Blogger, ben: Blogger
) -> None:
    await ann.do(f"/v1/accounts/{ben.id}/block")

    async def found(who: Blogger, text: str) -> list[str]:
        return [one["acct"] for one in (await who.get("/v2/search", q=text, type="accounts"))["accounts"]]

    assert await found(ann, ben.name) == [ben.name]
    assert ben.name not in await found(ann, ben.name[:-1])
    assert await found(ben, ann.name) == []


async def test_only_own_posts_exist_for_who_deletes_and_nobody_is_in_a_list_twice(
    ann: Blogger, ben: Blogger
) -> None:
    said = await ben.post("mine")
    assert await ann.refused("DELETE", f"/v1/statuses/{said['id']}", 404) == "Record not found"
    assert (await ann.get(f"/v1/statuses/{said['id']}"))["id"] == said["id"]
    await ann.follow(ben)
    path = f"/v1/lists/{(await ann.do('/v1/lists', title='tea'))['id']}/accounts"
    await ann.do(path, account_ids=[ben.id])
    again = await ann.refused("POST", path, 422, json={"account_ids": [ben.id]})
    assert again == "Validation failed: Account has already been taken"
    assert await ann.ids(path) == [ben.id]
