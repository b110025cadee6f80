"""Reports as moderators see them in their apps: the evidence, who takes care, what became of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest_asyncio

from tests.cli.commands import command
from tests.microblog.bloggers import Blogger, Json, bloggers
from tests.microblog.moderators import moderator
from tests.microblog.test_admin import LARGE, SHAPE, of_shape
from tests.running_server import RunningServer
from tests.server_process import ServerProcess

REPORTS = "/v1/admin/reports"
REPORT = {
    "id": str, "action_taken": bool, "action_taken_at": (str, None), "category": str, "comment": str,
    "forwarded": bool, "created_at": str, "updated_at": str, "account": dict, "target_account": dict,
    "assigned_account": (dict, None), "action_taken_by_account": (dict, None), "statuses": list, "rules": list,
}  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def people(house: ServerProcess) -> AsyncIterator[list[Blogger]]:
    """A moderator, Ann and Ben on that server."""
    server = RunningServer(house.url, house.server_name, house.registration_shared_secret)
    made = [await moderator(server), *await bloggers(server, "ann", "ben")]
    yield made
    for one in json.loads(await command(house, "report", "list", "--json")):
        await command(house, "report", "close", one["id"])
    for one in made:
        await one.actor.close()


async def test_a_report_opens_the_posts_that_it_names_and_no_others(people: list[Blogger]) -> None:
    mod, ann, ben = people
    await ben.follow(ann)
    rude, other = [await ann.post(text, visibility="private") for text in ("rude", "other")]
    told = await ben.do(
        "/v1/reports", account_id=ann.id, status_ids=[rude["id"]], comment="see", rule_ids=[2]
    )
    seen = await mod.get(f"{REPORTS}/{told['id']}")
    assert of_shape(seen, REPORT)
    assert of_shape(seen["account"], SHAPE)
    assert of_shape(seen["target_account"], SHAPE)
    assert (seen["account"]["id"], seen["target_account"]["id"], seen["comment"]) == (ben.id, ann.id, "see")
    assert [(one["id"], one["content"]) for one in seen["statuses"]] == [(rude["id"], "<p>rude</p>")]
    assert [(one["id"], one["text"]) for one in seen["rules"]] == [("2", "No advertising.")]
    for post in (rude, other):
        await mod.refused("GET", f"/v1/statuses/{post['id']}", 404)
    await ann.call("DELETE", f"/v1/statuses/{rude['id']}")
    assert (await mod.get(f"{REPORTS}/{told['id']}"))["statuses"] == []


async def test_reports_are_listed_by_state_and_people_and_paged(people: list[Blogger]) -> None:
    mod, ann, ben = people
    told = [await ben.do("/v1/reports", account_id=ann.id, comment=str(n)) for n in range(3)]
    back = await ann.do("/v1/reports", account_id=ben.id)
    ids = [one["id"] for one in reversed(told)]
    assert await mod.ids(REPORTS, target_account_id=ann.id) == ids
    assert await mod.ids(REPORTS, account_id=ann.id) == [back["id"]]
    await mod.do(f"{REPORTS}/{ids[0]}/resolve")
    assert await mod.ids(REPORTS, target_account_id=ann.id) == ids[1:]
    assert await mod.ids(REPORTS, target_account_id=ann.id, resolved=True) == ids[:1]
    assert await mod.ids(REPORTS, target_account_id=ann.id, resolved=True, unresolved=True) == ids
    pages = await mod.walk(REPORTS, account_id=ben.id, limit=1)
    assert [one["id"] for page in pages for one in page] == ids[1:]
    for nobody in ("1", LARGE, "x"):
        assert await mod.get(REPORTS, account_id=nobody) == []
    await mod.refused("GET", REPORTS, 422, params={"resolved": "perhaps"})


async def test_moderators_take_on_close_and_classify_reports(
    house: ServerProcess, people: list[Blogger]
) -> None:
    mod, ann, ben = people
    told = await ben.do("/v1/reports", account_id=ann.id, comment="loud")
    path = f"{REPORTS}/{told['id']}"
    assert (await mod.do(f"{path}/assign_to_self"))["assigned_account"]["id"] == mod.id
    assert (await mod.do(f"{path}/unassign"))["assigned_account"] is None
    put = await mod.call("PUT", path, json={"rule_ids": ["1", "2"]})
    assert (put["category"], [one["id"] for one in put["rules"]]) == ("violation", ["1", "2"])
    put = await mod.call("PUT", path, data={"category": "spam"})
    assert (put["category"], put["rules"]) == ("spam", [])
    for wrong in ({"category": "x"}, {"rule_ids": [3]}, {"rule_ids": [int(LARGE)]}, {"rule_ids": "many"}):
        await mod.refused("PUT", path, 422, json=wrong)
    closed: Json = await mod.do(f"{path}/resolve")
    assert (closed["action_taken"], closed["action_taken_by_account"]["id"]) == (True, mod.id)
    assert (await mod.do(f"{path}/resolve"))["action_taken_at"] == closed["action_taken_at"]
    opened = await mod.do(f"{path}/reopen")
    assert (opened["action_taken"], opened["action_taken_at"], opened["action_taken_by_account"]) == (
        False,
        None,
        None,
    )
    await command(house, "report", "close", told["id"])
    assert (await mod.get(path))["action_taken_by_account"] is None
    for number in ("1", "x", LARGE):
        for verb in ("", "/assign_to_self", "/unassign", "/resolve", "/reopen"):
            await mod.refused("POST" if verb else "PUT", f"{REPORTS}/{number}{verb}", 404, json={})


async def test_the_broken_rule_is_the_reason_where_the_app_sends_none(people: list[Blogger]) -> None:
    mod, ann, ben = people
    told = await ben.do("/v1/reports", account_id=ann.id, rule_ids=[2])
    await mod.do(f"/v1/admin/accounts/{ann.id}/action", type="silence", report_id=told["id"])
    await mod.do(f"/v1/admin/accounts/{ann.id}/action", type="none", warning_preset_id="1", text="Please.")
    reasons = [one["text"] for one in await ann.get("/v1/account_warnings")]
    assert reasons == ["Be kind.\n\nPlease.", "No advertising."]
    assert (await mod.get(f"{REPORTS}/{told['id']}"))["action_taken_by_account"]["id"] == mod.id


async def test_who_loses_the_role_loses_what_the_app_was_given(
    house: ServerProcess, people: list[Blogger]
) -> None:
    mod, ann, _ = people
    path = f"/v1/admin/accounts/{ann.id}"
    assert (await mod.get(path))["id"] == ann.id
    await command(house, "user", "set-admin", mod.actor.user_id, "--revoke")
    while (await mod.answer("GET", path)).status_code == 200:
        pass
    assert await mod.refused("GET", path, 403) == "This action is not allowed"
    assert (
        await mod.refused("POST", f"{path}/action", 403, json={"type": "none"})
        == "This action is not allowed"
    )


async def test_the_command_line_locks_too_and_an_accepted_appeal_lets_the_person_in(
    house: ServerProcess, people: list[Blogger]
) -> None:
    mod, ann, _ = people
    number = (await command(house, "moderate", "lock", ann.name, "--reason", "A break-in?")).strip()
    while (await ann.answer("GET", "/v1/timelines/home")).status_code == 200:
        pass
    await ann.do(f"/v1/account_warnings/{number}/appeal", text="No.")
    await command(house, "moderate", "answer", number, "--accept", "--reason", "Indeed.")
    while (await ann.answer("GET", "/v1/timelines/home")).status_code != 200:
        pass
    await command(house, "moderate", "mark-sensitive", ann.name, "--reason", "Nudity.")
    assert (await mod.get(f"/v1/admin/accounts/{ann.id}"))["sensitized"] is True
    await command(house, "moderate", "restore", ann.name, "--reason", "Enough.")
    assert (await mod.get(f"/v1/admin/accounts/{ann.id}"))["sensitized"] is False


async def test_after_a_refused_appeal_a_suspended_account_may_be_erased(
    house: ServerProcess, people: list[Blogger]
) -> None:
    mod, ann, _ = people
    path = f"/v1/admin/accounts/{ann.id}"
    await mod.do(f"{path}/action", type="suspend", text="Threats.")
    [warning] = await ann.get("/v1/account_warnings")
    await ann.do(f"/v1/account_warnings/{warning['id']}/appeal", text="A joke.")
    assert await mod.refused("DELETE", path, 403) == "This action is not allowed"
    await command(house, "moderate", "answer", warning["id"], "--reject", "--reason", "No joke.")
    assert (await mod.call("DELETE", path))["id"] == ann.id
    await mod.refused("GET", path, 404)
    await mod.refused("DELETE", path, 404)
    await ann.refused("GET", "/v1/account_warnings", 401)
