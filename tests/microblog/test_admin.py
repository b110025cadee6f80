"""Moderating from apps: who may, what they see of accounts, and that every decision is told with its reason."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from mastodon import Mastodon

from tests.actors import PASSWORD, Actor
from tests.microblog.bloggers import Blogger, Json, blogger
from tests.microblog.moderators import moderator, with_app
from tests.microblog.test_masto_js import begin, end, person
from tests.microblog.test_media import picture, upload
from tests.microblog.test_streaming import hearing
from tests.running_server import RunningServer

ACCOUNTS = "/v1/admin/accounts"
LARGE = "1" + "0" * 30
SHAPE = {
    "id": str, "username": str, "domain": None, "created_at": str, "email": str, "ip": (str, None), "role": dict,
    "confirmed": bool, "suspended": bool, "silenced": bool, "disabled": bool, "sensitized": bool, "approved": bool,
    "locale": (str, None), "invite_request": (str, None), "ips": list, "account": dict,
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def mod(server: RunningServer) -> AsyncIterator[Blogger]:
    """An administrator whose app has every right of moderators."""
    made = await moderator(server)
    yield made
    await made.actor.close()


def of_shape(found: Json, shape: Json) -> bool:
    """Tell whether a thing has exactly these fields, each of its kind; None stands for null."""
    assert set(found) == set(shape)
    for name, kinds in shape.items():
        for kind in kinds if isinstance(kinds, tuple) else (kinds,):
            if found[name] is None if kind is None else isinstance(found[name], kind):
                break
        else:
            raise AssertionError(f"{name}: {found[name]!r}")
    return True


async def decide(mod: Blogger, who: Blogger, kind: str, **more: Any) -> None:
    """Decide about somebody."""
    assert await mod.do(f"{ACCOUNTS}/{who.id}/action", type=kind, **{"text": "Be kind.", **more}) == {}


async def told(who: Blogger) -> Json:
    """Give the newest decision about somebody, as they see it."""
    return dict((await who.get("/v1/account_warnings"))[0])


async def test_only_administrators_with_the_right_come_in_and_the_role_counts_at_once(
    server: RunningServer, ann: Blogger, visitor: Blogger
) -> None:
    reader = await moderator(server, "read write admin:read:accounts")
    plain = await blogger(server, "root", admin=True)
    member = await with_app(ann.actor, "read write admin:read admin:write")
    path, act = f"{ACCOUNTS}/{ann.id}", {"json": {"type": "none", "text": "x"}}
    assert (await reader.get(path))["id"] == ann.id
    for who, status, words in (
        (visitor, 401, "The access token is invalid"),
        (plain, 403, "outside the authorized scopes"),
        (member, 403, "outside the authorized scopes"),
        (ann, 403, "outside the authorized scopes"),
    ):
        for method, where in (("GET", path), ("GET", "/v1/admin/reports"), ("POST", f"{path}/action")):
            assert words in await who.refused(method, where, status)
    for method, where in (("POST", f"{path}/action"), ("GET", "/v1/admin/reports")):
        assert "outside" in await reader.refused(method, where, 403, **(act if method == "POST" else {}))
    assert await ann.get("/v1/account_warnings") == []
    for one in (reader, plain, member):
        await one.actor.close()


async def test_the_role_says_in_bits_what_an_administrator_may(mod: Blogger, ann: Blogger) -> None:
    bits = int(mod.account["role"]["permissions"])
    assert all(bits & bit for bit in (0x10, 0x400, 0x80000))
    assert int(ann.account["role"]["permissions"]) == 0


async def test_a_moderator_sees_an_account_with_role_and_addresses_and_no_secrets(
    mod: Blogger, ann: Blogger
) -> None:
    seen = await mod.get(f"{ACCOUNTS}/{ann.id}")
    assert of_shape(seen, SHAPE)
    assert (seen["id"], seen["email"], seen["role"]["id"]) == (ann.id, "", "-99")
    assert seen["account"] == await mod.get(f"/v1/accounts/{ann.id}")
    own = await mod.get(f"{ACCOUNTS}/{mod.id}")
    assert (own["ip"], own["ips"][0]["ip"], own["role"]) == ("127.0.0.1", "127.0.0.1", mod.account["role"])
    assert "password" not in str(seen) + str(own)
    for number in ("1", "0", "x", LARGE, "-1"):
        await mod.refused("GET", f"{ACCOUNTS}/{number}", 404)


async def test_lists_of_accounts_are_filtered_in_both_versions_and_paged(
    mod: Blogger, ann: Blogger, ben: Blogger
) -> None:
    await ann.call(
        "PATCH", "/v1/accounts/update_credentials", json={"display_name": f"Lady {ann.name}x Grey"}
    )
    await decide(mod, ben, "silence")

    async def both(old: Json, new: Json) -> set[str]:
        found = {one["id"] for one in await mod.call("GET", ACCOUNTS, params={"limit": 200, **old})}
        assert found == {
            one["id"] for one in await mod.call("GET", "/v2/admin/accounts", params={"limit": 200, **new})
        }
        return found & {ann.id, ben.id, mod.id}

    assert await both({"local": 1}, {"origin": "local"}) == {ann.id, ben.id, mod.id}
    assert await both({"silenced": 1}, {"status": "silenced"}) == {ben.id}
    assert await both({"active": 1, "silenced": 0}, {"status": "active"}) == {ann.id, ben.id, mod.id}
    assert await both({"staff": 1}, {"permissions": "staff"}) == {mod.id}
    assert await both({"staff": 1}, {"role_ids[]": ["3"]}) == {mod.id}
    assert await both({"username": ann.name[:-1]}, {"username": ann.name[:-1]}) == {ann.id}
    assert await both({"display_name": f"{ann.name}x gr"}, {"display_name": f"GREY {ann.name}x"}) == {ann.id}
    assert mod.id in await both({"ip": "127.0.0.1"}, {"ip": "127.0.0.1"})
    assert mod.id in await both({"ip": "127.0.0.0/24"}, {"ip": "127.0.0.1/8"})
    for nobody in (
        {"by_domain": "mars.example"},
        {"email": "a@b.c"},
        {"username": "%"},
        {"ip": "10.1.2.3"},
        {"ip": "127.9.0.0/16"},
    ):
        assert await both(nobody, nobody) == set()
    for old, new in (({"remote": 1}, {"origin": "remote"}), ({"pending": 1}, {"status": "pending"})):
        assert await both(old, new) == set()
    assert not {ann.id, ben.id} & {one["id"] for one in await mod.get("/v2/admin/accounts", role_ids__=["3"])}
    assert await mod.get("/v2/admin/accounts", role_ids__=["77"]) == []
    assert await mod.get("/v2/admin/accounts", invited_by=ann.id) == []
    pages = await mod.walk(ACCOUNTS, limit=2, username=ann.name[:3])
    ids = [int(one["id"]) for page in pages for one in page]
    assert ids == sorted(set(ids), reverse=True)
    for wrong in (
        {"status": "sad"},
        {"origin": "mars"},
        {"permissions": "all"},
        {"ip": "home"},
        {"ip": "0.0.0.0/0"},
        {"username": "x" * 256},
    ):
        await mod.refused("GET", "/v2/admin/accounts", 422, params=wrong)


@pytest.mark.parametrize(
    ("kind", "lift", "mark"),
    [
        ("silence", "unsilence", "silenced"),
        ("suspend", "unsuspend", "suspended"),
        ("sensitive", "unsensitive", "sensitized"),
    ],
)
async def test_each_action_is_told_with_its_reason_may_be_appealed_and_taken_back(
    mod: Blogger, ann: Blogger, kind: str, lift: str, mark: str
) -> None:
    await decide(mod, ann, kind)
    assert (await mod.get(f"{ACCOUNTS}/{ann.id}"))[mark] is True
    warning = await told(ann)
    assert (warning["action"], warning["text"]) == (kind, "Be kind.")
    [notice] = await ann.get("/v1/notifications", types__=["moderation_warning"])
    assert notice["moderation_warning"]["id"] == warning["id"]
    assert "already" in await mod.refused(
        "POST", f"{ACCOUNTS}/{ann.id}/action", 422, json={"type": kind, "text": "x"}
    )
    appealed = await ann.do(f"/v1/account_warnings/{warning['id']}/appeal", text="I am.")
    assert appealed["appeal"]["state"] == "pending"
    assert (await mod.do(f"{ACCOUNTS}/{ann.id}/{lift}"))[mark] is False
    lifted = await told(ann)
    assert (lifted["lifts"], bool(lifted["text"])) == (True, True)
    assert (await mod.do(f"{ACCOUNTS}/{ann.id}/{lift}"))[mark] is False
    assert (await told(ann))["id"] == lifted["id"]


async def test_media_of_a_marked_account_are_sensitive_for_everybody(
    mod: Blogger, ann: Blogger, ben: Blogger
) -> None:
    media = await upload(ann, picture())
    shown, plain = await ann.post("look", media_ids=[media["id"]]), await ann.post("words")
    assert shown["sensitive"] is False
    await decide(mod, ann, "sensitive")
    for who in (ann, ben):
        assert (await who.get(f"/v1/statuses/{shown['id']}"))["sensitive"] is True
        assert (await who.get(f"/v1/statuses/{plain['id']}"))["sensitive"] is False
    assert (await ben.act(shown, "reblog"))["reblog"]["sensitive"] is True
    assert (await ben.get(f"/v1/statuses/{shown['id']}/history"))[0]["sensitive"] is True
    await mod.do(f"{ACCOUNTS}/{ann.id}/unsensitive")
    assert (await ben.get(f"/v1/statuses/{shown['id']}"))["sensitive"] is False


async def test_who_is_locked_can_do_nothing_but_hear_why_and_appeal(mod: Blogger, ann: Blogger) -> None:
    async with hearing(ann, "user") as socket:
        await decide(mod, ann, "disable", text="We look into a break-in.")
        with pytest.raises(Exception):  # noqa: B017, PT011 (whichever way the library words an end)
            await asyncio.wait_for(socket.recv(), 20)
    who = ann.actor
    refused = await who.answer("GET", "/account/whoami")
    assert (refused.status_code, refused.json()["errcode"], refused.json()["soft_logout"]) == (
        401,
        "M_USER_LOCKED",
        True,
    )
    assert refused.json()["org.teahouse.reason"] == "We look into a break-in."
    assert await ann.refused("GET", "/v1/timelines/home", 403) == "Your login is currently disabled"
    again = await Actor(who.url, "", "", "").answer(
        "POST",
        "/login",
        {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": who.user_id},
            "password": PASSWORD,
        },
    )
    assert (again.status_code, again.json()["errcode"], again.json()["org.teahouse.reason"]) == (
        401,
        "M_USER_LOCKED",
        "We look into a break-in.",
    )
    assert ann.id in [one["id"] for one in await mod.get(ACCOUNTS, disabled=True)]
    warning = await told(ann)
    assert (warning["action"], warning["text"]) == ("disable", "We look into a break-in.")
    await ann.do(f"/v1/account_warnings/{warning['id']}/appeal", text="It was me.")
    assert (await mod.do(f"{ACCOUNTS}/{ann.id}/enable"))["disabled"] is False
    assert (await who.get("/account/whoami"))["user_id"] == who.user_id
    assert await ann.home() == []


async def test_who_is_locked_may_sign_out(mod: Blogger, ann: Blogger) -> None:
    waiting = asyncio.create_task(
        ann.actor.answer(
            "GET", "/sync", params={"timeout": 60_000, "since": (await ann.actor.sync())["next_batch"]}
        )
    )
    await decide(mod, ann, "disable")
    ended = await asyncio.wait_for(waiting, 30)
    assert (ended.status_code, ended.json()["errcode"]) == (401, "M_USER_LOCKED")
    await ann.actor.post("/logout", {})
    assert (await ann.actor.answer("GET", "/account/whoami")).json()["errcode"] == "M_UNKNOWN_TOKEN"


async def test_nobody_is_told_of_a_decision_without_a_reason(
    mod: Blogger, ann: Blogger, ben: Blogger
) -> None:
    path = f"{ACCOUNTS}/{ann.id}/action"
    for kind in ("none", "silence", "disable"):
        assert "reason" in await mod.refused("POST", path, 422, json={"type": kind, "text": " "})
    spam = await ben.do("/v1/reports", account_id=ann.id, category="spam")
    await mod.do(path, type="none", report_id=spam["id"])
    assert "advertising" in (await told(ann))["text"]
    assert (await mod.get(f"/v1/admin/reports/{spam['id']}"))["action_taken_by_account"]["id"] == mod.id
    other = await ann.do("/v1/reports", account_id=ben.id, comment="loud")
    for wrong in (other["id"], LARGE, "1", "x"):
        await mod.refused("POST", path, 404, json={"type": "none", "text": "x", "report_id": wrong})
    await mod.refused("POST", path, 404, json={"type": "none", "warning_preset_id": "9"})
    for wrong in (
        {"type": "shout"},
        {},
        {"type": 7},
        {"type": "none", "text": "x" * 1_000_000},
        {"type": ["none"]},
    ):
        await mod.refused("POST", path, 422, json={"text": "x", **wrong})
    assert len(await ann.get("/v1/account_warnings")) == 1


async def test_an_action_closes_every_open_report_about_the_account(
    mod: Blogger, ann: Blogger, ben: Blogger
) -> None:
    first = await ben.do("/v1/reports", account_id=ann.id, comment="a")
    second = await ben.do("/v1/reports", account_id=ann.id, category="spam")
    await decide(mod, ann, "silence", text="")
    assert "advertising" in (await told(ann))["text"]
    for one in (first, second):
        assert (await mod.get(f"/v1/admin/reports/{one['id']}"))["action_taken"] is True


async def test_administrators_are_not_acted_on_and_nothing_waits_for_approval(
    server: RunningServer, mod: Blogger, ann: Blogger
) -> None:
    root = await blogger(server, "root", admin=True)
    for who in (root, mod):
        words = await mod.refused(
            "POST", f"{ACCOUNTS}/{who.id}/action", 403, json={"type": "none", "text": "x"}
        )
        assert words == "This action is not allowed"
    for verb in ("approve", "reject"):
        assert await mod.refused("POST", f"{ACCOUNTS}/{ann.id}/{verb}", 403) == "This action is not allowed"
        await mod.refused("POST", f"{ACCOUNTS}/{LARGE}/{verb}", 404)
    await root.actor.close()


async def test_what_somebody_kept_is_erased_only_when_nobody_can_appeal_any_more(
    mod: Blogger, ann: Blogger
) -> None:
    path = f"{ACCOUNTS}/{ann.id}"
    assert await mod.refused("DELETE", path, 403) == "This action is not allowed"
    await decide(mod, ann, "suspend")
    assert await mod.refused("DELETE", path, 403) == "This action is not allowed"
    assert (await mod.get(path))["suspended"] is True


def client(who: Blogger) -> Any:
    """Open Mastodon.py for a moderator."""
    return Mastodon(
        access_token=who.actor.access_token,
        api_base_url=who.actor.url,
        ratelimit_method="throw",
        request_timeout=60,
    )


async def test_mastodon_py_moderates(mod: Blogger, ann: Blogger, ben: Blogger) -> None:
    def day() -> None:
        desk, reporter = client(mod), client(ben)
        assert str(desk.admin_account(ann.id).id) == ann.id
        assert mod.id in [one["id"] for one in desk.admin_accounts()]
        assert [str(one.id) for one in desk.admin_accounts_v2(username=ann.name)] == [ann.id]
        for kind, mark, lift in (
            ("disable", "disabled", desk.admin_account_enable), ("silence", "silenced", desk.admin_account_unsilence),
            ("suspend", "suspended", desk.admin_account_unsuspend),
            ("sensitive", "sensitized", desk.admin_account_unsensitive),
        ):  # fmt: skip
            desk.admin_account_moderate(ann.id, kind, text="Rule 1")
            assert desk.admin_account(ann.id)[mark] is True
            assert lift(ann.id)[mark] is False
        report = reporter.report(ann.id, comment="crimes")
        assert report.id in [one.id for one in desk.admin_reports()]
        closed = desk.admin_report_resolve(report)
        assert (closed.action_taken, str(closed.action_taken_by_account.id)) == (True, mod.id)
        assert report.id not in [one.id for one in desk.admin_reports()]
        assert report.id in [one.id for one in desk.admin_reports(resolved=True)]
        assert desk.admin_report_reopen(report).action_taken is False
        assert str(desk.admin_report_assign(report).assigned_account.id) == mod.id
        assert desk.admin_report_unassign(report).assigned_account is None
        assert desk.admin_report(report).id == report.id

    await asyncio.to_thread(day)


async def test_masto_moderates(mod: Blogger, ann: Blogger, ben: Blogger) -> None:
    told = {"ann": person(ann), "ben": person(ben), "mod": person(mod)}
    await end(await begin(mod.actor.url, "moderation", **told))
