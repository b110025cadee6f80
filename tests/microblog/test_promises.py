"""What `api_versions.mastodon` promises: level 7 is told, so what apps rely on by the levels up to it holds."""

from __future__ import annotations

import re

from tests.microblog.bloggers import Blogger
from tests.microblog.push_service import PushService
from tests.microblog.test_media import picture, upload


async def test_the_level_and_the_version_are_told(visitor: Blogger) -> None:
    told = await visitor.get("/v2/instance")
    assert told["api_versions"] == {"mastodon": 7}
    assert re.fullmatch(r"4\.5\.0\+teahouse\.\d[0-9A-Za-z.-]*", told["version"])
    assert (await visitor.get("/v1/instance"))["version"] == told["version"]


async def test_level_2_notifications_come_in_groups(ann: Blogger, ben: Blogger, cleo: Blogger) -> None:
    said = await ann.post("like me")
    for one in (ben, cleo):
        await one.act(said, "favourite")
    told = await ann.get(
        "/v2/notifications", grouped_types__=["favourite"], expand_accounts="partial_avatars"
    )
    [group] = told["notification_groups"]
    assert (group["type"], group["notifications_count"], group["status_id"]) == ("favourite", 2, said["id"])
    assert group["sample_account_ids"] == [cleo.id, ben.id]
    assert [one["id"] for one in told["accounts"]] == [cleo.id]
    assert [one["id"] for one in told["partial_accounts"]] == [ben.id]
    assert (await ann.get("/v2/notifications/unread_count"))["count"] == 1
    assert [one["id"] for one in await ann.get(f"/v2/notifications/{group['group_key']}/accounts")] == [
        cleo.id,
        ben.id,
    ]


async def test_level_3_proof_keys_are_offered(visitor: Blogger) -> None:
    told = (await visitor.actor.http.get("/.well-known/oauth-authorization-server")).json()
    assert told["code_challenge_methods_supported"] == ["S256"]  # test_masto_js.py goes the whole way.


async def test_level_4_standard_pushes_are_offered(ann: Blogger) -> None:
    key = (await ann.get("/v2/instance"))["configuration"]["vapid"]["public_key"]
    async with PushService() as service:
        wish = service.wish("mention", standard=True)
        wish["subscription"]["endpoint"] = "https://push.example/anywhere"
        kept = await ann.do("/v1/push/subscription", **wish)
    assert (kept["standard"], kept["server_key"]) == (True, key)  # test_web_push.py reads what arrives.


async def test_level_5_filters_can_blur_and_media_go_with_their_post(ann: Blogger, ben: Blogger) -> None:
    made = await ann.do("/v2/filters", title="x", context=["public"], filter_action="blur")
    assert made["filter_action"] == "blur"
    media = await upload(ben, picture())
    said = await ben.post("a picture", media_ids=[media["id"]])
    await ben.call("DELETE", f"/v1/statuses/{said['id']}", params={"delete_media": "true"})
    await ben.refused("GET", f"/v1/media/{media['id']}", 404)


async def test_level_6_people_and_tags_are_shown_on_profiles(
    ann: Blogger, ben: Blogger, visitor: Blogger
) -> None:
    await ann.follow(ben)
    assert (await ann.do(f"/v1/accounts/{ben.id}/endorse"))["endorsed"] is True
    assert await visitor.ids(f"/v1/accounts/{ann.id}/endorsements") == [ben.id]
    assert (await ann.do(f"/v1/accounts/{ben.id}/unendorse"))["endorsed"] is False
    assert (await ann.do("/v1/tags/oolong/feature"))["featuring"] is True
    assert [one["name"] for one in await visitor.get(f"/v1/accounts/{ann.id}/featured_tags")] == ["oolong"]
    assert (await ann.do("/v1/tags/oolong/unfeature"))["featuring"] is False


async def test_level_7_a_quote_is_written_counted_told_and_revoked(
    ann: Blogger, ben: Blogger, visitor: Blogger
) -> None:
    said = await ann.post("worth quoting", quote_approval_policy="public")
    assert said["quote_approval"] == {"automatic": ["public"], "manual": [], "current_user": "automatic"}
    quote = await ben.post("indeed", quoted_status_id=said["id"])
    assert (quote["quote"]["state"], quote["quote"]["quoted_status"]["id"]) == ("accepted", said["id"])
    assert (await ann.get(f"/v1/statuses/{said['id']}"))["quotes_count"] == 1
    assert await ann.ids(f"/v1/statuses/{said['id']}/quotes") == [quote["id"]]
    [told] = await ann.get("/v1/notifications", types__=["quote"])
    assert told["status"]["id"] == quote["id"]
    await ann.call("PUT", f"/v1/statuses/{said['id']}", json={"status": "changed"})
    [told] = await ben.get("/v1/notifications", types__=["quoted_update"])
    assert told["status"]["id"] == said["id"]
    revoked = await ann.do(f"/v1/statuses/{said['id']}/quotes/{quote['id']}/revoke")
    assert revoked["quote"] == {"state": "revoked", "quoted_status": None}
    await ann.call(
        "PUT", f"/v1/statuses/{said['id']}/interaction_policy", json={"quote_approval_policy": "nobody"}
    )
    await ben.refused("POST", "/v1/statuses", 422, json={"status": "again", "quoted_status_id": said["id"]})
    shown = await visitor.get(f"/v1/statuses/{said['id']}")
    assert shown["quote_approval"] == {"automatic": [], "manual": [], "current_user": "unknown"}
    own = await ben.get("/v1/accounts/verify_credentials")
    assert own["source"]["quote_policy"] == "public"


async def test_level_7_a_quote_shows_a_post_to_no_more_people(
    ann: Blogger, ben: Blogger, visitor: Blogger
) -> None:
    hidden = await ann.post("for followers", visibility="private")
    quote = await ann.post("as I said", quoted_status_id=hidden["id"], visibility="public")
    assert quote["visibility"] == "private"
    await visitor.refused("GET", f"/v1/statuses/{quote['id']}", 404)
    said = await ann.post("quote me")
    behind = {"status": "between us", "visibility": "direct", "quoted_status_id": said["id"]}
    assert "must be mentioned" in await ben.refused("POST", "/v1/statuses", 422, json=behind)
    told = {**behind, "status": f"between us @{ann.name}"}
    assert (await ben.call("POST", "/v1/statuses", json=told))["quote"]["state"] == "accepted"
    access = (await visitor.get("/v2/instance"))["configuration"]["timelines_access"]
    assert access["live_feeds"]["local"] == "public"
