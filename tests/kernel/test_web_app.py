"""How the built web app is served: the right file in the right form, and never in the place of an endpoint."""

from __future__ import annotations

import gzip
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from teahouse.kernel.http import WebApp, api_roots
from tests.actors import open_client
from tests.running_server import RunningServer, already_running

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

pytestmark = pytest.mark.skipif(already_running() is not None, reason="another server has no app of ours")


@pytest_asyncio.fixture
async def http(server: RunningServer) -> AsyncIterator[httpx.AsyncClient]:
    """A connection to the server, of somebody with a browser."""
    async with open_client(server.url) as client:
        yield client


async def test_root_opens_the_app_under_a_strict_policy(http: httpx.AsyncClient) -> None:
    page = await http.get("/", headers=PAGE)
    assert page.status_code == 200
    assert '<div id="app">' in page.text
    policy = page.headers["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy
    for rule in ("frame-ancestors 'none'", "form-action 'self'", "require-trusted-types-for 'script'"):
        assert rule in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"


async def test_hashed_files_stay_for_ever_and_others_are_asked_for_again(http: httpx.AsyncClient) -> None:
    page = await http.get("/", headers=PAGE)
    asset = re.search(r'src="(/assets/[^"]+\.js)"', page.text)
    assert asset
    script = await http.get(asset[1])
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-type"].startswith("text/javascript")
    for path in ("/", "/sw.js", "/manifest.webmanifest"):
        first = await http.get(path, headers=PAGE)
        assert first.headers["cache-control"] == "no-cache", path
        again = await http.get(path, headers={**PAGE, "If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b""), path


async def test_each_browser_gets_the_smallest_form_that_it_takes(http: httpx.AsyncClient) -> None:
    forms = {}
    for accepted in ("gzip, br", "gzip", "identity"):
        request = http.build_request("GET", "/sw.js", headers={"Accept-Encoding": accepted})
        answer = await http.send(request, stream=True)
        forms[answer.headers.get("content-encoding")] = b"".join([part async for part in answer.aiter_raw()])
    assert set(forms) == {"br", "gzip", None}
    assert len(forms["br"]) < len(forms["gzip"]) < len(forms[None])
    assert gzip.decompress(forms["gzip"]) == forms[None]


async def test_every_screen_has_an_address_but_no_endpoint_is_hidden_by_one(http: httpx.AsyncClient) -> None:
    screen = await http.get("/chats/!room%2Fwith:slash/info", headers=PAGE)
    assert '<div id="app">' in screen.text
    for path in ("/_matrix/client/v3/nothing", "/assets/gone-123.js", "/.well-known/nothing"):
        answer = await http.get(path, headers=PAGE)
        assert answer.status_code == 404, path
        assert answer.json()["errcode"] == "M_UNRECOGNIZED", path
    answer = await http.get("/api/v1/nothing", headers=PAGE)
    assert (answer.status_code, answer.json()) == (404, {"error": "Record not found"})
    posted = await http.post("/chats", headers=PAGE)
    assert posted.json()["errcode"] == "M_UNRECOGNIZED"
    machine = await http.get("/chats", headers={"Accept": "application/json"})
    assert machine.json()["errcode"] == "M_UNRECOGNIZED"


async def test_a_path_that_climbs_out_of_the_folder_finds_nothing(http: httpx.AsyncClient) -> None:
    for path in ("/assets/../../app.py", "/..%2f..%2fapp.py", "/assets/%2e%2e/%2e%2e/app.py"):
        answer = await http.get(path, headers={"Accept": "*/*"})
        assert b"Wires the slices" not in answer.content, path


def test_a_server_without_a_build_says_what_to_do(tmp_path: Path) -> None:
    app = WebApp(tmp_path)
    found = app.find({"method": "GET", "path": "/", "headers": []})
    assert isinstance(found, bytes)
    assert b"./dev setup" in found
    (tmp_path / "index.html").write_text("<p>built meanwhile")
    built = app.find({"method": "GET", "path": "/", "headers": []})
    assert built is not None
    assert not isinstance(built, bytes)


def test_the_first_segment_of_every_route_is_an_endpoints() -> None:
    class Route:
        paths = ("/_matrix/x", "/health")

    assert api_roots([Route()]) == {"_matrix", "health"}
