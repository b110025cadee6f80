"""The Mastodon API's words for what is refused, and what browsers may read."""

from __future__ import annotations

from teahouse.errors import BadJson, Forbidden, InvalidParam, LimitExceeded, NotFound, Unauthenticated
from teahouse.kernel.http.accents import error_on_the_wire, mastodon_error
from tests.actors import open_client
from tests.running_server import RunningServer


async def test_an_unknown_path_of_the_api_is_no_record(server: RunningServer) -> None:
    async with open_client(server.url) as http:
        for path in ("/api/v1/no/such/thing", "/api/v9/x", "/oauth/nothing"):
            answer = await http.get(path)
            assert (answer.status_code, answer.json()) == (404, {"error": "Record not found"}), path
        assert (await http.get("/_matrix/client/v3/nothing")).json()["errcode"] == "M_UNRECOGNIZED"


async def test_browsers_may_read_links_and_limits(server: RunningServer) -> None:
    async with open_client(server.url) as http:
        asked = await http.options("/api/v1/accounts/update_credentials")
    assert "PATCH" in asked.headers["access-control-allow-methods"]
    assert {"Link", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"} <= set(
        asked.headers["access-control-expose-headers"].split(", ")
    )


def test_each_error_has_its_status_and_only_words() -> None:
    cases = [
        (InvalidParam("Text is missing"), 422, "Validation failed: Text is missing"),
        (BadJson("wrong"), 422, "Validation failed: wrong"),
        (
            Unauthenticated("The access token is invalid", soft_logout=True),
            401,
            "The access token is invalid",
        ),
        (Forbidden("This action is not allowed"), 403, "This action is not allowed"),
        (NotFound("Record not found"), 404, "Record not found"),
    ]
    for error, status, words in cases:
        assert mastodon_error(error)[:2] == (status, {"error": words})
        assert "errcode" in error_on_the_wire("/_matrix/x", error)[1]


def test_a_limit_is_told_in_headers() -> None:
    status, body, headers = mastodon_error(LimitExceeded("slow down", retry_after_ms=2500, limit=300))
    assert (status, body) == (429, {"error": "slow down"})
    assert (headers["X-RateLimit-Limit"], headers["X-RateLimit-Remaining"]) == ("300", "0")
    assert headers["X-RateLimit-Reset"].endswith("Z")
    assert headers["Retry-After"] == "3"
