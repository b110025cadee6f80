"""Whose address counts behind a proxy: the connection's, or what a trusted proxy on this machine wrote."""

import pytest

from teahouse.kernel.http.edge import sender_address


def forwarded_for(*values: str) -> list[tuple[bytes, bytes]]:
    """Make the headers that tell where a request comes from."""
    return [(b"x-forwarded-for", value.encode()) for value in values]


def test_a_stranger_cannot_pretend_to_be_the_proxy() -> None:
    assert sender_address("203.0.113.9", forwarded_for("198.51.100.7")) == "203.0.113.9"


@pytest.mark.parametrize(
    "forwarded", [["198.51.100.7"], ["10.0.0.1, 198.51.100.7"], ["10.0.0.1", "198.51.100.7"]]
)
def test_behind_a_proxy_the_entry_that_the_proxy_wrote_counts(forwarded: list[str]) -> None:
    assert sender_address("127.0.0.1", forwarded_for(*forwarded)) == "198.51.100.7"


@pytest.mark.parametrize("forwarded", [[], [""], ["unknown"], ["198.51.100.7, "], ["\u00e9"]])
def test_what_is_no_address_leaves_the_connection_as_it_is(forwarded: list[str]) -> None:
    assert sender_address("::1", forwarded_for(*forwarded)) == "::1"
