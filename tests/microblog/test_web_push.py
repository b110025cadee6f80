"""Web Push: what a session asked for reaches its push service, encrypted so that only the app can read it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.actors import eventually
from tests.cli.commands import command
from tests.microblog.bloggers import Blogger, blogger
from tests.microblog.push_service import PushService, signed_by
from tests.running_server import RunningServer
from tests.server_process import SECRET, ServerProcess

SUBSCRIPTION = "/v1/push/subscription"


def pushing_server(data: Path) -> ServerProcess:
    """Make a server that may reach push services on loopback."""
    config = data / "teahouse.toml"
    config.write_text("[push]\nallow_private_addresses = true\ntimeout_s = 5\n")
    return ServerProcess(data, "--config", str(config))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def process(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """A server that may reach push services on loopback."""
    server = pushing_server(tmp_path_factory.mktemp("web-push"))
    await server.start()
    yield server
    await server.remove()


async def people(process: ServerProcess, *names: str) -> list[Blogger]:
    """Make accounts on the server that pushes."""
    server = RunningServer(process.url, process.server_name, SECRET)
    return [await blogger(server, name) for name in names]


@pytest.mark.parametrize("standard", [True, False])
async def test_what_was_asked_for_arrives_encrypted_and_signed(
    process: ServerProcess, standard: bool
) -> None:
    ann, ben = await people(process, "ann", "ben")
    async with PushService() as service:
        kept = await ann.do(SUBSCRIPTION, **service.wish("mention", standard=standard))
        assert (kept["endpoint"], kept["standard"], kept["alerts"]["mention"]) == (
            service.endpoint,
            standard,
            True,
        )
        assert kept["alerts"]["favourite"] is False
        said = await ann.post("a root")
        await ben.act(said, "favourite")
        await ben.post(f"@{ann.name} 你好 <b>", spoiler_text="")
        (told,) = await service.wait_for(1)
        assert (told["notification_type"], told["body"]) == ("mention", f"@{ann.name} 你好 <b>")
        assert told["access_token"] == ann.actor.access_token
        assert told["notification_id"] == (await ann.get("/v1/notifications", types__="mention"))[0]["id"]
        headers = service.headers[0]
        assert int(headers["ttl"]) > 0
        if standard:
            claims = signed_by(headers["authorization"], kept["server_key"])
            assert claims["aud"] == service.endpoint.partition("/push")[0]
        else:
            assert headers["authorization"].startswith("WebPush ")
            assert f"p256ecdsa={kept['server_key']}" in headers["crypto-key"]
    for one in (ann, ben):
        await one.actor.close()


async def test_a_service_that_fails_is_tried_again_and_one_that_forgot_is_left(
    process: ServerProcess,
) -> None:
    ann, ben = await people(process, "ann", "ben")
    async with PushService() as service:
        await ann.do(SUBSCRIPTION, **service.wish("mention"))
        service.status = 503
        await ben.post(f"@{ann.name} one")
        await eventually(lambda: service.refused >= 1, "a refusal", 30)
        service.status = 201
        assert (await service.wait_for(1))[0]["body"] == f"@{ann.name} one"
        service.status = 410
        await ben.post(f"@{ann.name} two")
        await eventually(lambda: service.refused >= 2, "a refusal for good", 30)
        while (await ann.answer("GET", SUBSCRIPTION)).status_code != 404:
            pass
    for one in (ann, ben):
        await one.actor.close()


async def test_a_policy_leaves_strangers_out(process: ServerProcess) -> None:
    ann, ben, cleo = await people(process, "ann", "ben", "cleo")
    await ann.follow(ben)
    async with PushService() as service:
        await ann.do(SUBSCRIPTION, **service.wish("favourite", policy="followed"))
        changed = await ann.call("PUT", SUBSCRIPTION, json={"data": {"alerts": {"mention": True}}})
        assert changed["policy"] == "followed"
        assert changed["alerts"]["mention"] is changed["alerts"]["favourite"] is True
        await cleo.post(f"@{ann.name} from a stranger")
        await ben.post(f"@{ann.name} from a friend")
        assert [told["body"] for told in await service.wait_for(1)] == [f"@{ann.name} from a friend"]
    for one in (ann, ben, cleo):
        await one.actor.close()


async def test_who_is_locked_is_told_nothing(process: ServerProcess) -> None:
    ann, ben, cleo = await people(process, "ann", "ben", "cleo")
    async with PushService() as anns, PushService() as cleos:
        await ann.do(SUBSCRIPTION, **anns.wish("mention"))
        await cleo.do(SUBSCRIPTION, **cleos.wish("mention"))
        await command(process, "moderate", "lock", ann.name, "--reason", "A break-in?")
        while (await ann.answer("GET", "/v1/timelines/home")).status_code == 200:
            pass
        for text in ("one", "two"):
            await ben.post(f"@{ann.name} @{cleo.name} {text}")
        assert len(await cleos.wait_for(2)) == 2
        assert anns.told == []
    for one in (ann, ben, cleo):
        await one.actor.close()


async def test_a_subscription_is_of_its_session_and_ends_with_it(process: ServerProcess) -> None:
    (ann,) = await people(process, "ann")
    other = Blogger(await ann.actor.log_in_again(), ann.account)
    async with PushService() as service:
        await other.do(SUBSCRIPTION, **service.wish("mention"))
        await ann.refused("GET", SUBSCRIPTION, 404)
        kept = await other.get(SUBSCRIPTION)
        assert kept["policy"] == "all"
        assert 0 <= int(kept["id"]) < 2**31
        again = await ann.actor.log_in_again(other.actor.device_id)
        await other.actor.close()
        await again.log_out()
        await again.close()
        renewed = Blogger(await ann.actor.log_in_again(other.actor.device_id), ann.account)
        await renewed.refused("GET", SUBSCRIPTION, 404)
        await renewed.do(SUBSCRIPTION, **service.wish("mention"))
        assert await renewed.call("DELETE", SUBSCRIPTION) == {}
        await renewed.refused("GET", SUBSCRIPTION, 404)
        await renewed.actor.close()
    await ann.actor.close()


async def test_a_copy_of_the_database_opens_no_subscription(process: ServerProcess) -> None:
    (ann,) = await people(process, "ann")
    async with PushService() as service:
        wish = service.wish("mention")
        await ann.do(SUBSCRIPTION, **wish)
        if process.database is None:
            kept = b"".join(path.read_bytes() for path in process.data.glob("teahouse.db*"))
            assert service.endpoint.encode() in kept
            for secret in (wish["subscription"]["keys"]["auth"], ann.actor.access_token):
                assert secret.encode() not in kept
    await ann.actor.close()


async def test_addresses_and_keys_that_can_not_be_are_refused(ann: Blogger) -> None:
    good = PushService().wish("mention")
    good["subscription"]["endpoint"] = "https://push.example/abc"
    assert (await ann.do(SUBSCRIPTION, **good))["endpoint"] == "https://push.example/abc"
    for field, value in (
        ("endpoint", "http://push.example/abc"),
        ("endpoint", "javascript:alert(1)"),
        ("endpoint", ""),
        ("keys", {"p256dh": "AAAA", "auth": good["subscription"]["keys"]["auth"]}),
        ("keys", {"p256dh": good["subscription"]["keys"]["p256dh"], "auth": "AAAA"}),
        ("keys", {"p256dh": "é", "auth": "é"}),
    ):
        wish = {**good, "subscription": {**good["subscription"], field: value}}
        await ann.refused("POST", SUBSCRIPTION, 422, json=wish)
    await ann.refused("POST", SUBSCRIPTION, 422, json={**good, "data": {"policy": "perhaps"}})
