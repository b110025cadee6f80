"""Where the addresses of a network stand among others as text."""

from __future__ import annotations

import ipaddress

from hypothesis import given
from hypothesis import strategies as some

from teahouse.accounts.networks import bounds_of, holds, read_network


@given(some.ip_addresses(), some.integers(8, 128), some.integers(0, 2**128 - 1))
def test_every_address_of_a_network_stands_between_its_bounds(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, length: int, other: int
) -> None:
    length = min(length, address.max_prefixlen) if address.version == 4 else max(16, length)
    network = read_network(f"{address}/{length}")
    assert network is not None
    one = str(network[other % network.num_addresses])
    first, last = bounds_of(network)
    assert first <= one <= last
    assert holds(network, one)


def test_other_addresses_are_told_apart_and_half_the_world_is_no_network() -> None:
    network = read_network("10.1.2.3/20")
    assert network is not None
    assert holds(network, "10.1.15.255")
    assert not holds(network, "10.1.16.0")
    assert not holds(network, "::ffff:10.1.2.3")
    assert not holds(network, "somewhere")
    assert [read_network(text) for text in ("10.0.0.0/7", "2000::/15", "home", "")] == [None] * 4
