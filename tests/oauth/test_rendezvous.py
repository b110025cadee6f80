"""Rendezvous sessions: two devices read and replace one text, by turns, in both forms that apps speak."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime

import httpx
import pytest

from teahouse.accounts.rendezvous import LIFETIME_S, MOST_OF_NETWORK, MOST_SESSIONS, Rendezvous
from teahouse.clock import Clock
from teahouse.errors import LimitExceeded
from teahouse.kernel.http import RateLimiter
from tests.actors import Actor, open_client
from tests.running_server import RunningServer

OF_2024 = "/_matrix/client/unstable/org.matrix.msc4108/rendezvous"
OF_2025 = "/_matrix/client/unstable/io.element.msc4388/rendezvous"
TEXT = {"Content-Type": "text/plain"}


@pytest.fixture
async def http(server: RunningServer) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(server.url) as client:
        yield client


async def begin(http: httpx.AsyncClient, text: str = "first") -> tuple[str, str]:
    """Begin a session in the form of 2024; give its address and ETag."""
    answer = await http.post(OF_2024, content=text, headers=TEXT)
    assert answer.status_code == 201, answer.text
    return answer.json()["url"], answer.headers["etag"]


async def put(http: httpx.AsyncClient, url: str, etag: str, text: str) -> httpx.Response:
    """Replace the text that has an ETag."""
    return await http.put(url, content=text, headers={**TEXT, "If-Match": etag})


async def test_two_devices_read_and_replace_a_text_by_turns(http: httpx.AsyncClient) -> None:
    url, etag = await begin(http)
    read = await http.get(url)
    assert (read.status_code, read.text, read.headers["etag"]) == (200, "first", etag)
    assert read.headers["content-type"] == "text/plain"
    written = await put(http, url, etag, "second")
    assert written.status_code == 202
    assert written.headers["etag"] != etag
    told = await http.get(url, headers={"If-None-Match": etag})
    assert (told.text, told.headers["etag"]) == ("second", written.headers["etag"])


async def test_who_has_seen_the_text_is_told_so_without_it(http: httpx.AsyncClient) -> None:
    url, etag = await begin(http)
    answer = await http.get(url, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")
    # The SDK of Element X wants these three of every answer.
    assert answer.headers["etag"] == etag
    expires = parsedate_to_datetime(answer.headers["expires"])
    age = (expires - parsedate_to_datetime(answer.headers["last-modified"])).total_seconds()
    assert 120 <= age <= 300
    assert "no-store" in answer.headers["cache-control"]


async def test_a_write_over_what_the_writer_has_not_seen_is_refused(http: httpx.AsyncClient) -> None:
    url, etag = await begin(http)
    answers = await asyncio.gather(*(put(http, url, etag, str(n)) for n in range(5)))
    assert sorted(answer.status_code for answer in answers) == [202, 412, 412, 412, 412]
    refused = next(answer for answer in answers if answer.status_code == 412)
    assert refused.json()["errcode"] == "M_CONCURRENT_WRITE"
    assert refused.headers["etag"] == (await http.get(url)).headers["etag"]


async def test_an_ended_session_is_gone(http: httpx.AsyncClient) -> None:
    url, etag = await begin(http)
    assert (await http.delete(url)).status_code == 204
    for answer in (await http.get(url), await put(http, url, etag, "x"), await http.delete(url)):
        assert answer.json()["errcode"] == "M_NOT_FOUND"


@pytest.mark.parametrize(
    ("headers", "text", "status", "errcode"),
    [
        ({**TEXT, "If-Match": "?"}, "x" * 4097, 413, "M_TOO_LARGE"),
        (TEXT, "x", 400, "M_MISSING_PARAM"),
        ({"Content-Type": "text/html", "If-Match": "?"}, "<b>", 400, "M_INVALID_PARAM"),
        ({"If-Match": "?"}, "x", 400, "M_MISSING_PARAM"),
    ],
)
async def test_what_is_malformed_is_refused_and_changes_nothing(
    http: httpx.AsyncClient, headers: dict[str, str], text: str, status: int, errcode: str
) -> None:
    url, etag = await begin(http)
    sent = {name: etag if value == "?" else value for name, value in headers.items()}
    answer = await http.put(url, content=text.encode(), headers=sent)
    assert (answer.status_code, answer.json()["errcode"]) == (status, errcode)
    assert (await http.get(url)).text == "first"


async def test_a_browser_is_not_led_to_the_text_as_to_a_page(http: httpx.AsyncClient) -> None:
    url, _ = await begin(http, "<script>")
    answer = await http.get(url, headers={"Sec-Fetch-Mode": "navigate"})
    assert (answer.status_code, answer.json()["errcode"]) == (403, "M_FORBIDDEN")


async def test_pages_of_other_sites_may_use_it(http: httpx.AsyncClient) -> None:
    url, _ = await begin(http)
    asked = await http.options(url, headers={"Origin": "https://app.example"})
    allowed = asked.headers["access-control-allow-headers"].lower()
    assert "if-match" in allowed
    assert "if-none-match" in allowed
    shown = await http.get(url)
    assert "etag" in shown.headers["access-control-expose-headers"].lower()


async def test_the_form_of_2025_says_the_same_in_json(http: httpx.AsyncClient) -> None:
    assert (await http.get(OF_2025)).json() == {"create_available": True}
    begun = (await http.post(OF_2025, json={"data": "first"})).json()
    assert 120_000 <= begun["expires_in_ms"] <= 300_000
    url, token = f"{OF_2025}/{begun['id']}", begun["sequence_token"]
    sent = {"sequence_token": token, "data": "second"}
    once = (await http.put(f"{url}/t1", json=sent)).json()
    assert (await http.put(f"{url}/t1", json=sent)).json()["sequence_token"] == once["sequence_token"]
    read = (await http.get(url)).json()
    assert (read["data"], read["sequence_token"]) == ("second", once["sequence_token"])
    for path in (f"{url}/t2", f"{url}/t2", url):
        late = await http.put(path, json=sent)
        assert (late.status_code, late.json()["errcode"]) == (409, "IO_ELEMENT_MSC4388_CONCURRENT_WRITE")
    assert (await http.put(url, json={**sent, "sequence_token": once["sequence_token"]})).status_code == 200
    too_long = await http.post(OF_2025, json={"data": "x" * 4097})
    assert too_long.json()["errcode"] == "M_TOO_LARGE"
    assert (await http.delete(url)).json() == {}
    assert (await http.get(url)).json()["errcode"] == "M_NOT_FOUND"


async def test_a_token_that_is_sent_must_be_good(http: httpx.AsyncClient) -> None:
    answer = await http.post(OF_2025, json={"data": ""}, headers={"Authorization": "Bearer nonsense"})
    assert (answer.status_code, answer.json()["errcode"]) == (401, "M_UNKNOWN_TOKEN")


async def test_the_server_announces_both_forms(http: httpx.AsyncClient, alice: Actor) -> None:
    features = (await http.get("/_matrix/client/versions")).json()["unstable_features"]
    assert features["org.matrix.msc4108"] is True
    assert features["io.element.msc4388"] is True
    metadata = (await http.get("/_matrix/client/v1/auth_metadata")).json()
    assert "urn:ietf:params:oauth:grant-type:device_code" in metadata["grant_types_supported"]


class SteppingClock(Clock):
    """A clock that stands until it is moved on."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now_ms(self) -> int:
        return int(self.seconds * 1000)

    def monotonic(self) -> float:
        return self.seconds


def test_one_address_holds_only_so_many_sessions_until_they_end() -> None:
    clock = SteppingClock()
    meetings = Rendezvous(clock, RateLimiter({}, clock.monotonic), limits_on=True)
    for n in range(MOST_OF_NETWORK):
        # One person holds a whole /64.
        meetings.create(b"", f"2001:db8::{n:x}")
    with pytest.raises(LimitExceeded):
        meetings.create(b"", "2001:db8::ffff")
    meetings.create(b"", "192.0.2.1")
    clock.seconds = LIFETIME_S
    assert meetings.create(b"", "2001:db8::ffff").version == 1
    assert len(meetings) == 1


def test_all_addresses_together_hold_only_so_many() -> None:
    clock = SteppingClock()
    meetings = Rendezvous(clock, RateLimiter({}, clock.monotonic), limits_on=True)
    for n in range(MOST_SESSIONS):
        meetings.create(b"", f"10.0.{n // 256}.{n % 256}")
    with pytest.raises(LimitExceeded):
        meetings.create(b"", "192.0.2.1")
