"""The client towards push gateways goes nowhere near our own network, and has a deadline."""

from __future__ import annotations

import asyncio
import time

import pytest
from tests.push.gateway import PATH, PushGateway

from teahouse.kernel.outbound import is_public
from teahouse.push.delivery.gateway import AddressRefused, Gateway, GatewayFailed


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104
        "224.0.0.1", "255.255.255.255", "192.0.2.1", "240.0.0.1", "::", "::1", "fe80::1%eth0", "fc00::1",
        "ff02::1", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::",
        "2001:0:7f00:1::", "fec0::1", "2001:db8::1", "not an address",
    ],
)  # fmt: skip
def test_g60_addresses_of_our_own_networks_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


async def test_g60_a_name_that_points_home_is_never_connected_to() -> None:
    async with PushGateway() as listener:
        gateway = Gateway(timeout_s=5, allow_private=False)
        gateway.open()
        with pytest.raises(AddressRefused):
            await gateway.notify(f"http://localhost{PATH}", {"devices": []})
        with pytest.raises(AddressRefused):
            await gateway.notify(f"http://localhost:{listener.port}{PATH}", {"devices": []})
        await gateway.close()
        assert (listener.told, listener.refused) == ([], 0)


async def test_g60_redirects_are_not_followed() -> None:
    async with PushGateway() as first, PushGateway() as second:
        first.redirect_to = second.url
        gateway = Gateway(timeout_s=5, allow_private=True)
        gateway.open()
        with pytest.raises(GatewayFailed, match="307"):
            await gateway.notify(first.url, {"devices": []})
        await gateway.close()
        assert second.told == []


async def test_a_gateway_that_never_answers_costs_no_more_than_the_deadline() -> None:
    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not writer.is_closing():
            writer.write(b"X-Drip: x\r\n")
            await asyncio.sleep(0.05)

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    gateway = Gateway(timeout_s=0.5, allow_private=True)
    gateway.open()
    started = time.monotonic()
    with pytest.raises(GatewayFailed):
        await gateway.notify(f"http://127.0.0.1:{port}{PATH}", {"devices": []})
    assert time.monotonic() - started < 3
    await gateway.close()
    server.close()


@pytest.mark.parametrize("answer", [b"[]", b"{}", b'{"rejected": 3}', b'{"rejected": [3, "dead"]}'])
async def test_odd_answers_reject_only_what_they_name(answer: bytes) -> None:
    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(answer), answer))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(reply, "127.0.0.1", 0)
    gateway = Gateway(timeout_s=5, allow_private=True)
    gateway.open()
    got = await gateway.notify(
        f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}{PATH}", {"devices": []}
    )
    assert got.rejected == ({"dead"} if b"dead" in answer else set())
    await gateway.close()
    server.close()
