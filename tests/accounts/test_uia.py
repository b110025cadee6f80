"""User-interactive authentication: what a session is bound to (G46), and what the caller must prove."""

from __future__ import annotations

from tests.actors import PASSWORD, Actor, Json


def password_stage(actor: Actor, session: str | None = None, password: str = PASSWORD) -> Json:
    """Make the password stage of the actor."""
    stage = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": actor.user_id},
        "password": password,
    }
    return stage if session is None else {**stage, "session": session}


async def begun(actor: Actor, method: str, path: str, body: Json) -> str:
    """Begin a session and give its id."""
    challenge = await actor.request(method, path, body, expect=401)
    assert challenge["flows"] == [{"stages": ["m.login.password"]}]
    return str(challenge["session"])


async def test_a_wrong_password_leaves_the_session_open(alice: Actor) -> None:
    async with await alice.log_in_again() as phone:
        path = f"/devices/{phone.device_id}"
        session = await begun(alice, "DELETE", path, {})
        wrong = await alice.request(
            "DELETE", path, {"auth": password_stage(alice, session, "a wrong one")}, expect=401
        )
        assert wrong["errcode"] == "M_FORBIDDEN"
        assert wrong["session"] == session
        await alice.request("DELETE", path, {"auth": password_stage(alice, session)})
        await phone.refused("GET", "/account/whoami", 401, "M_UNKNOWN_TOKEN")


async def test_a_session_serves_only_its_user_route_and_body(alice: Actor, bob: Actor) -> None:
    async with await alice.log_in_again("ONE") as one, await alice.log_in_again("TWO") as two:
        session = await begun(alice, "POST", "/delete_devices", {"devices": ["ONE"]})
        stage = password_stage(alice, session)
        await alice.refused(
            "POST", "/delete_devices", 403, "M_FORBIDDEN", {"devices": ["TWO"], "auth": stage}
        )
        await alice.refused("DELETE", "/devices/ONE", 403, "M_FORBIDDEN", {"auth": stage})
        mine = {"devices": ["ONE"], "auth": password_stage(bob, session)}
        await bob.refused("POST", "/delete_devices", 403, "M_FORBIDDEN", mine)
        assert (await one.whoami())["device_id"] == "ONE"
        await alice.post("/delete_devices", {"devices": ["ONE"], "auth": stage})
        await one.refused("GET", "/account/whoami", 401, "M_UNKNOWN_TOKEN")
        assert (await two.whoami())["device_id"] == "TWO"
        again = await alice.request(
            "POST", "/delete_devices", {"devices": ["ONE"], "auth": stage}, expect=401
        )
        assert again["session"] != session


async def test_a_later_stage_may_leave_the_body_out(alice: Actor) -> None:
    async with await alice.log_in_again("ONE") as one:
        session = await begun(alice, "POST", "/delete_devices", {"devices": ["ONE"]})
        await alice.post("/delete_devices", {"auth": password_stage(alice, session)})
        await one.refused("GET", "/account/whoami", 401, "M_UNKNOWN_TOKEN")


async def test_another_persons_password_proves_nothing(alice: Actor, bob: Actor) -> None:
    answer = await alice.request("POST", "/account/deactivate", {"auth": password_stage(bob)}, expect=401)
    assert answer["errcode"] == "M_FORBIDDEN"
    assert (await alice.whoami())["user_id"] == alice.user_id


async def test_a_stage_that_is_not_offered_opens_nothing(alice: Actor) -> None:
    dummy = {"auth": {"type": "m.login.dummy"}}
    answer = await alice.request("POST", "/account/deactivate", dummy, expect=401)
    assert answer["completed"] == []
    malformed: list[object] = ["text", 5, []]
    for auth in malformed:
        await alice.refused("POST", "/account/deactivate", 400, "M_BAD_JSON", {"auth": auth})
    await alice.refused("POST", "/account/deactivate", 400, "M_BAD_JSON", {"auth": {"session": 5}})
    assert (await alice.whoami())["user_id"] == alice.user_id


async def test_the_chosen_password_is_kept_out_of_the_session(alice: Actor) -> None:
    body = {"new_password": "a fresh pot of tea"}
    session = await begun(alice, "POST", "/account/password", body)
    changed = {"new_password": "something else", "auth": password_stage(alice, session)}
    await alice.refused("POST", "/account/password", 403, "M_FORBIDDEN", changed)
    await alice.refused(
        "POST", "/account/password", 400, "M_MISSING_PARAM", {"auth": password_stage(alice, session)}
    )
    await alice.post("/account/password", {**body, "auth": password_stage(alice, session)})
    alice.password = body["new_password"]
    async with await alice.log_in_again() as back:
        assert (await back.whoami())["user_id"] == alice.user_id


async def test_other_devices_can_be_kept_at_a_password_change(alice: Actor) -> None:
    async with await alice.log_in_again() as phone:
        body = {"new_password": "a fresh pot of tea", "logout_devices": False, "auth": password_stage(alice)}
        await alice.post("/account/password", body)
        assert (await phone.whoami())["user_id"] == alice.user_id


async def test_a_weak_new_password_is_refused_before_anything_is_proved(alice: Actor) -> None:
    await alice.refused("POST", "/account/password", 400, "M_WEAK_PASSWORD", {"new_password": "short"})
