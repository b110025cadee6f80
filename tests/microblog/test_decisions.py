"""What operators decide about accounts and posts: told with its reason, seen by all, undone if an appeal is right."""

from __future__ import annotations

import asyncio
import hashlib
import json

import httpx

from teahouse.trust import check_proof, read_proof
from tests.cli.commands import command
from tests.microblog.bloggers import Blogger, bloggers
from tests.microblog.test_streaming import event, hearing
from tests.running_server import RunningServer
from tests.server_process import ServerProcess

PATIENCE_S = 20


async def test_whoever_is_warned_hears_why_and_may_appeal_once(
    house: ServerProcess, people: list[Blogger]
) -> None:
    ann, ben = people
    told = await ann.do("/v1/reports", account_id=ben.id, comment="loud")
    number = (
        await command(house, "moderate", "warn", ben.name, "--reason", "Be <kind>.", "--report", told["id"])
    ).strip()
    assert json.loads(await command(house, "report", "list", "--json")) == []
    [notice] = await ben.get("/v1/notifications", types__=["moderation_warning"])
    warning = notice["moderation_warning"]
    assert (warning["id"], warning["action"], warning["text"]) == (number, "none", "Be <kind>.")
    assert (warning["appeal"], warning["target_account"]["id"], notice["account"]["id"]) == (
        None,
        ben.id,
        ben.id,
    )
    [group] = (await ben.get("/v2/notifications", types__=["moderation_warning"]))["notification_groups"]
    assert group["moderation_warning"] == warning
    path = f"/v1/account_warnings/{number}"
    await ann.refused("GET", path, 404)
    await ann.refused("POST", f"{path}/appeal", 404, json={"text": "me?"})
    assert "blank" in await ben.refused("POST", f"{path}/appeal", 422, json={"text": " "})
    appealed = await ben.do(f"{path}/appeal", text="I was <quiet>.")
    assert appealed["appeal"] == {"text": "I was <quiet>.", "state": "pending", "answer": None}
    assert "already" in await ben.refused("POST", f"{path}/appeal", 422, json={"text": "again"})
    [waiting] = json.loads(await command(house, "moderate", "appeals", "--json"))
    assert (waiting["id"], waiting["by"], waiting["appeal"]) == (number, ben.name, "I was <quiet>.")
    await command(house, "moderate", "answer", number, "--accept", "--reason", "So you were.")
    assert json.loads(await command(house, "moderate", "appeals", "--json")) == []
    assert len(await ben.get("/v1/notifications", types__=["moderation_warning"])) == 2
    assert (await ben.get(path))["appeal"]["state"] == "approved"
    await command(house, "moderate", "answer", number, "--reject", "--reason", "no", expect=1)


async def test_a_decision_names_the_house_rule_that_it_is_about(
    house: ServerProcess, people: list[Blogger]
) -> None:
    ben = people[1]
    config = str(house.data / "teahouse.toml")
    decide = ("moderate", "warn", ben.name, "--config", config, "--reason", "Three times.", "--rule")
    assert "no rule 9" in await command(house, *decide, "9", expect=1)
    number = (await command(house, *decide, "2")).strip()
    warning = await ben.get(f"/v1/account_warnings/{number}")
    assert warning["text"] == "No advertising.\n\nThree times."
    proved = check_proof(read_proof(warning["log"]["proof"])).record
    assert proved["rule"] == f"2@{hashlib.sha256(b'No advertising.').hexdigest()[:8]}"


async def test_a_post_that_is_taken_down_is_gone_and_its_author_has_the_words(
    house: ServerProcess, people: list[Blogger]
) -> None:
    ann, ben = people
    await ann.follow(ben)
    said = await ben.post("rude words", spoiler_text="careful")
    taken = await command(house, "moderate", "take-down", said["url"], "--reason", "Rule 1")
    number = taken.strip()
    warned = await ben.get(f"/v1/account_warnings/{number}")
    assert (warned["action"], warned["status_ids"]) == ("delete_statuses", [said["id"]])
    assert warned["taken_down"] == [{"id": said["id"], "text": "rude words", "spoiler_text": "careful"}]
    for who in people:
        await who.refused("GET", f"/v1/statuses/{said['id']}", 404)
    assert said["id"] not in await ann.home()
    assert number in [one["id"] for one in await ben.get("/v1/account_warnings")]
    assert "no post" in await command(
        house, "moderate", "take-down", said["id"], "--reason", "again", expect=1
    )


async def test_a_post_that_is_taken_down_goes_from_open_apps_and_comes_back_if_the_appeal_is_right(
    house: ServerProcess, people: list[Blogger]
) -> None:
    ann, ben = people
    await ann.follow(ben)
    first = await ann.post("what is tea?")
    poll = {"options": ["hot", "cold"], "expires_in": 600}
    said = await ben.post(f"@{ann.name} a leaf #leaf", in_reply_to_id=first["id"], language="en", poll=poll)
    reason = ("--reason", "Rule 1")
    async with hearing(ann, "user") as hers, hearing(ben, "user") as his:
        number = (await command(house, "moderate", "take-down", said["url"], *reason)).strip()
        assert await event(hers) == (["user"], "delete", said["id"])
        heard = [await event(his), await event(his)]
        assert sorted(name for _, name, _ in heard) == ["delete", "notification"]
        assert (await ann.get(f"/v1/statuses/{first['id']}"))["replies_count"] == 0
        await ben.do(f"/v1/account_warnings/{number}/appeal", text="It is one.")
        await command(house, "moderate", "answer", number, "--accept", "--reason", "So it is.")
        stream, name, back = await event(hers)
        assert (stream, name, back["id"], back["content"]) == (
            ["user"],
            "update",
            said["id"],
            said["content"],
        )
        heard = [await event(his), await event(his)]
        assert sorted(name for _, name, _ in heard) == ["notification", "update"]
    again = await ben.get(f"/v1/statuses/{said['id']}")
    kept = ("url", "created_at", "language", "tags", "mentions", "in_reply_to_id", "visibility")
    assert {key: again[key] for key in kept} == {key: said[key] for key in kept}
    assert again["poll"] is None
    assert said["id"] in await ann.home()
    context = await ann.get(f"/v1/statuses/{first['id']}/context")
    assert [one["id"] for one in context["descendants"]] == [said["id"]]
    assert (await ann.get(f"/v1/statuses/{first['id']}"))["replies_count"] == 1
    assert said["id"] in await ann.ids("/v1/timelines/tag/leaf")


async def test_a_limited_account_is_marked_and_met_only_by_those_who_follow_it(
    house: ServerProcess, people: list[Blogger]
) -> None:
    ann, ben = people
    await ann.do(f"/v1/accounts/{ben.id}/unfollow")
    server = RunningServer(house.url, house.server_name, house.registration_shared_secret)
    [eve] = await bloggers(server, "eve")
    before = await eve.post("buy #leaf")
    number = (await command(house, "moderate", "limit", eve.name, "--reason", "Rule 2")).strip()
    assert "already" in await command(house, "moderate", "limit", eve.name, "--reason", "x", expect=1)
    async with asyncio.timeout(PATIENCE_S):
        while "limited" not in await ann.get(f"/v1/accounts/{eve.id}"):
            pass
    assert (await eve.get("/v1/accounts/verify_credentials"))["limited"] is True
    [notice] = await eve.get("/v1/notifications", types__=["moderation_warning"])
    assert (notice["moderation_warning"]["action"], notice["moderation_warning"]["text"]) == (
        "silence",
        "Rule 2",
    )
    async with hearing(ann, "public") as everybody:
        said = await eve.post("buy more #leaf")
        after = await ben.post("a friend")
        assert (await event(everybody))[2]["id"] == after["id"]
    for path in ("/v1/timelines/public", "/v1/timelines/tag/leaf"):
        assert not {said["id"], before["id"]} & {*await ann.ids(path)}
        assert {said["id"], before["id"]} <= {*await eve.ids(path)}
    assert eve.id not in await ann.ids("/v1/directory", limit=80)
    assert eve.id in [one["id"] for one in await ann.get("/v1/accounts/search", q=eve.name)]
    assert (await eve.follow(ann))["requested"] is True
    await eve.post(f"@{ann.name} buy")
    [waiting] = await ann.get("/v1/notifications/requests")
    assert waiting["account"]["id"] == eve.id
    await ann.follow(eve)
    assert {said["id"], before["id"]} <= {*await ann.ids("/v1/timelines/tag/leaf")}
    await eve.do(f"/v1/account_warnings/{number}/appeal", text="It is good tea.")
    await command(house, "moderate", "answer", number, "--accept", "--reason", "It is.")
    assert "limited" not in await ben.get(f"/v1/accounts/{eve.id}")
    assert said["id"] in await ben.ids("/v1/timelines/public")
    await eve.actor.close()


async def test_a_suspended_account_may_only_read_and_appeal_and_is_back_whole(
    house: ServerProcess, people: list[Blogger]
) -> None:
    ann, _ = people
    server = RunningServer(house.url, house.server_name, house.registration_shared_secret)
    [eve] = await bloggers(server, "eve")
    await eve.call("PATCH", "/v1/accounts/update_credentials", json={"note": "threats", "display_name": "E"})
    said = await eve.post("a threat")
    await ann.follow(eve)
    number = (await command(house, "moderate", "suspend", eve.name, "--reason", "Rule 1")).strip()
    async with asyncio.timeout(PATIENCE_S):
        while (await eve.answer("POST", f"/v1/statuses/{said['id']}/bookmark")).status_code == 200:
            pass
    seen = await ann.get(f"/v1/accounts/{eve.id}")
    assert (seen["suspended"], seen["note"], seen["display_name"], seen["username"]) == (
        True,
        "",
        "",
        eve.name,
    )
    await ann.refused("GET", f"/v1/statuses/{said['id']}", 404)
    assert await ann.get(f"/v1/accounts/{eve.id}/statuses") == []
    assert said["id"] not in await ann.home()
    assert await ann.get("/v1/accounts/search", q=eve.name) == []
    async with httpx.AsyncClient() as http:
        assert (await http.get(said["url"])).status_code == 404
    own = await eve.get("/v1/accounts/verify_credentials")
    assert (own["suspended"], own["display_name"]) == (True, "E")
    assert (await eve.get(f"/v1/statuses/{said['id']}"))["content"] == said["content"]
    for method, path in (
        ("POST", "/v1/statuses"),
        ("PATCH", "/v1/accounts/update_credentials"),
        ("POST", f"/v1/accounts/{ann.id}/follow"),
    ):
        assert "suspended" in await eve.refused(method, path, 403, json={"status": "more"})
    await eve.do(f"/v1/account_warnings/{number}/appeal", text="A joke.")
    await command(house, "moderate", "answer", number, "--reject", "--reason", "No joke.")
    await command(house, "moderate", "restore", eve.name, "--reason", "A year has passed.")
    async with asyncio.timeout(PATIENCE_S):
        while (await eve.answer("POST", f"/v1/statuses/{said['id']}/bookmark")).status_code != 200:
            pass
    assert said["id"] in await ann.home()
    assert (await ann.get(f"/v1/accounts/{eve.id}"))["note"] == "<p>threats</p>"
    told = await eve.get("/v1/notifications", types__=["moderation_warning"])
    assert len(told) == 3
    lifting = told[0]["moderation_warning"]
    assert (lifting["action"], lifting["lifts"], lifting["text"]) == ("none", True, "A year has passed.")
    path = f"/v1/account_warnings/{lifting['id']}/appeal"
    assert "nothing to appeal" in await eve.refused("POST", path, 422, json={"text": "why?"})
    none = await command(house, "moderate", "restore", eve.name, "--reason", "x", expect=1)
    assert "neither limited nor suspended" in none
    await eve.actor.close()
