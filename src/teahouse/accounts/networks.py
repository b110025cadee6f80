"""Networks of addresses, and where their addresses stand among others as text. Pure."""

import ipaddress
from itertools import takewhile

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
END = "\U0010ffff"
"""Greater than whatever may follow in an address."""
WIDEST = {4: 8, 6: 16}
"""A wider network than this one's prefix is half the world: nobody looks for its users."""


def read_network(text: str) -> Network | None:
    """Read an address or a network such as 10.1.2.0/24; None for what is neither, or too wide."""
    try:
        found = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return None
    return found if found.prefixlen >= WIDEST[found.version] else None


def bounds_of(network: Network) -> tuple[str, str]:
    """Give two texts between which every address of a network stands; others may stand there too.

    The parts that all its addresses begin with are alike in all texts, up to the first zero of IPv6: a run of
    those is left out in writing.
    """
    first = str(network.network_address)
    if network.num_addresses == 1:
        return first, first
    if network.version == 4:
        alike = first.split(".")[: network.prefixlen // 8]
        begin = "".join(f"{part}." for part in alike)
    else:
        parts = network.network_address.exploded.split(":")[: network.prefixlen // 16]
        begin = "".join(f"{int(part, 16):x}:" for part in takewhile(lambda part: int(part, 16), parts))
    return begin, begin + END


def holds(network: Network, address: str) -> bool:
    """Tell whether an address, written in any way, is one of a network's."""
    try:
        return ipaddress.ip_address(address) in network
    except ValueError:
        return False
