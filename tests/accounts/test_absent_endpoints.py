"""What the server does not have still answers in the protocol's words."""

from __future__ import annotations

import pytest

from teahouse.accounts import routes_refused
from teahouse.errors import TeahouseError
from tests.actors import Actor

ROWS = [
    *routes_refused.FIXED,
    *routes_refused.REFUSED_SIGNED_IN,
    *routes_refused.REFUSED_TO_ALL,
]


async def test_every_absent_endpoint_answers_as_its_line_says(alice: Actor) -> None:
    for method, pattern, name, expected in ROWS:
        path = "/".join("x" if part.startswith("{") else part for part in pattern.split("/"))
        answer = await alice.answer(method, path, None if method == "GET" else {})
        if isinstance(expected, TeahouseError):
            assert (answer.status_code, answer.json()["errcode"]) == (expected.status, expected.errcode), name
        else:
            assert (answer.status_code, answer.json()) == (200, expected), name


async def test_a_stranger_is_asked_for_a_token_first(stranger: Actor) -> None:
    for method, pattern, name, _ in [*routes_refused.FIXED, *routes_refused.REFUSED_SIGNED_IN]:
        path = "/".join("x" if part.startswith("{") else part for part in pattern.split("/"))
        answer = await stranger.answer(method, path, None if method == "GET" else {})
        assert (answer.status_code, answer.json()["errcode"]) == (401, "M_MISSING_TOKEN"), name


@pytest.mark.parametrize("path", ["/keys/query", "/voip/turnServer", "/login", "/account/whoami"])
async def test_a_wrong_method_is_405(alice: Actor, path: str) -> None:
    await alice.refused("PATCH", path, 405, "M_UNRECOGNIZED", {})
