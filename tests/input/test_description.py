"""The API's description is whole: each served route, its access, and how it refuses."""

from __future__ import annotations

import httpx
import pytest_asyncio

from teahouse.app import all_routes
from teahouse.kernel.http import FastRoute
from tests.access.every_route import Json, served_routes
from tests.actors import open_client
from tests.running_server import RunningServer

DOCUMENT = "/_teahouse/openapi/openapi.json"
UNLISTED = {"health", "ready", "metrics"}
ENDLESS = {route.path for route in all_routes() if isinstance(route, FastRoute) and route.endless}
ACCESS: dict[str, list[Json]] = {
    "open_to_all": [],
    "maybe_signed_in": [{}, {"accessToken": []}],
    "maybe_requires": [{}, {"accessToken": []}],
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def document(server: RunningServer) -> Json:
    """The description that the running server gives."""
    async with open_client(server.url) as http:
        answer = await http.get(DOCUMENT)
    return dict(answer.json())


async def test_every_route_is_described_with_who_may_call_it(document: Json) -> None:
    described = {
        (method.upper(), path): operation["security"]
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if path not in ENDLESS
    }
    served = {
        (route.method, route.path): ACCESS.get(route.guard.partition(" ")[0], [{"accessToken": []}])
        for route in served_routes()
        if route.name not in UNLISTED and not route.is_page
    }
    assert described == served


async def test_every_route_says_how_it_refuses(document: Json) -> None:
    for item in document["paths"].values():
        for operation in item.values():
            assert {"401", "4XX", "429"} <= set(operation["responses"])
            assert {"200", "201"} & set(operation["responses"])
    refused = document["components"]["schemas"]["Refused"]
    assert refused["required"] == ["errcode", "error"]


async def test_no_page_loads_scripts_from_elsewhere(server: RunningServer) -> None:
    async with open_client(server.url) as http:
        pages: list[httpx.Response] = [
            await http.get(f"/_teahouse/openapi{name}")
            for name in ("", "/", "/swagger", "/redoc", "/openapi.yaml")
        ]
    assert [page.status_code for page in pages] == [200, 200, 404, 404, 404]
    assert all("<script" not in page.text for page in pages)


async def test_parameters_of_any_encoding_are_described(document: Json) -> None:
    paths = document["paths"]
    named = {one["name"]: one["schema"] for one in paths["/api/v1/notifications"]["get"]["parameters"]}
    assert (named["types[]"]["type"], named["types[]"]["items"]) == ("array", {"type": "string"})
    assert (named["limit"]["type"], named["include_filtered"]["type"]) == ("integer", "boolean")
    bodies = paths["/api/v1/statuses"]["post"]["requestBody"]["content"]
    assert set(bodies) == {"application/json", "application/x-www-form-urlencoded", "multipart/form-data"}
    name = bodies["application/json"]["schema"]["$ref"].rpartition("/")[2]
    assert {"status", "media_ids", "poll"} <= set(document["components"]["schemas"][name]["properties"])
