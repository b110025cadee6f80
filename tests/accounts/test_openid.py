"""OpenID tokens: a service beside the server learns whose they are, and they open nothing else."""

from __future__ import annotations

from tests.actors import Actor, segment

USERINFO = "/_matrix/federation/v1/openid/userinfo"


async def test_a_service_learns_whose_token_it_was_given(alice: Actor, stranger: Actor) -> None:
    given = await alice.post(f"/user/{segment(alice.user_id)}/openid/request_token", {})
    assert (given["token_type"], given["expires_in"]) == ("Bearer", 3600)
    assert given["matrix_server_name"] == alice.user_id.partition(":")[2]
    assert await stranger.get(USERINFO, access_token=given["access_token"]) == {"sub": alice.user_id}
    spoiled = given["access_token"][:-4] + "AAA="
    for token in (spoiled, alice.access_token, "", "tea"):
        await stranger.request("GET", USERINFO, params={"access_token": token}, expect=401)


async def test_an_openid_token_is_no_access_token(alice: Actor, stranger: Actor) -> None:
    given = await alice.post(f"/user/{segment(alice.user_id)}/openid/request_token", {})
    stranger.access_token = given["access_token"]
    await stranger.refused("GET", "/account/whoami", 401, "M_UNKNOWN_TOKEN")


async def test_nobody_gets_a_token_for_somebody_else(alice: Actor, bob: Actor) -> None:
    path = f"/user/{segment(bob.user_id)}/openid/request_token"
    await alice.refused("POST", path, 403, "M_FORBIDDEN", {})
