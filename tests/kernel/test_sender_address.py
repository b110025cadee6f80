"""Whose address counts: the connection's, or what a trusted proxy on this machine wrote."""

from typing import Any

import pytest

from teahouse.kernel.http.edge import sender_address


def request_from(address: str, *forwarded: str) -> dict[str, Any]:
    """Make the part of an ASGI scope that tells where a request comes from."""
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return {"client": (address, 50_000), "headers": headers}


def test_without_a_proxy_the_header_is_only_a_claim() -> None:
    assert sender_address(request_from("127.0.0.1", "198.51.100.7"), behind_proxy=False) == "127.0.0.1"


def test_a_stranger_cannot_pretend_to_be_the_proxy() -> None:
    assert sender_address(request_from("203.0.113.9", "198.51.100.7"), behind_proxy=True) == "203.0.113.9"


@pytest.mark.parametrize(
    "forwarded", [["198.51.100.7"], ["10.0.0.1, 198.51.100.7"], ["10.0.0.1", "198.51.100.7"]]
)
def test_behind_a_proxy_the_entry_that_the_proxy_wrote_counts(forwarded: list[str]) -> None:
    scope = request_from("127.0.0.1", *forwarded)
    assert sender_address(scope, behind_proxy=True) == "198.51.100.7"
    assert scope["client"][0] == "198.51.100.7"


@pytest.mark.parametrize("forwarded", [[], [""], ["unknown"], ["198.51.100.7, "], ["\u00e9"]])
def test_what_is_no_address_leaves_the_connection_as_it_is(forwarded: list[str]) -> None:
    assert sender_address(request_from("::1", *forwarded), behind_proxy=True) == "::1"
