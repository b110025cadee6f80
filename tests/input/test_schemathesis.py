"""Schemathesis over the server's own description: whatever a route is sent, its answer is in order (G51).

The examples are the same in every run. With TEAHOUSE_TEST_FUZZ_EXAMPLES set they are that many for each route,
and new ones each time: `TEAHOUSE_TEST_FUZZ_EXAMPLES=2000 ./dev test --sqlite tests/input/test_schemathesis.py`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode

from tests.access.every_route import Route, served_routes, values_of
from tests.input.conftest import Scene
from tests.input.verdicts import fault_of
from tests.running_server import RunningServer
from tests.server_process import CLUSTER

UNLISTED = {"health", "ready", "metrics", "streaming_health"}
ROUTES = [route for route in served_routes() if route.name not in UNLISTED and not route.is_page]
ASKED = os.environ.get("TEAHOUSE_TEST_FUZZ_EXAMPLES")
EXAMPLES = int(ASKED or (3 if CLUSTER else 6))
ENDS_SESSIONS = {"logout", "logout_all"}
SLOWEST_S = 10


@pytest.fixture(scope="module")
def schema(server: RunningServer) -> Any:
    """The description, as the running server gives it."""
    return schemathesis.openapi.from_url(f"{server.url}/_teahouse/openapi/openapi.json")


@pytest.fixture(scope="module")
def connection() -> Iterator[requests.Session]:
    """One kept connection for all the cases."""
    with requests.Session() as session:
        session.trust_env = False  # Looking for proxies in the environment costs a fifth of each request.
        yield session


def cases_of(schema: Any, route: Route, scene: Scene) -> st.SearchStrategy[Case[Any]]:
    """Draw cases of a route: of the right form and of a wrong one, for things that exist and for any others."""
    operation = schema[route.path][route.method]
    values = values_of(route, scene.place)
    known = {name: values[name] for name in route.names}
    return st.one_of(
        operation.as_strategy(GenerationMode.POSITIVE, path_parameters=known),
        operation.as_strategy(GenerationMode.POSITIVE),
        *([operation.as_strategy(GenerationMode.NEGATIVE)] if route.takes_body or route.names else []),
    )


@pytest.mark.timeout(86_400 if ASKED else 120)
@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_every_answer_of_a_route_is_in_order(
    schema: Any, connection: requests.Session, scene: Scene, server: RunningServer, route: Route
) -> None:
    token = "nonsense" if route.name in ENDS_SESSIONS else scene.attacker.access_token

    @settings(
        max_examples=EXAMPLES,
        derandomize=ASKED is None,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink] if ASKED else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases_of(schema, route, scene))
    def answers_in_order(case: Case[Any]) -> None:
        for headers in ({"Authorization": f"Bearer {token}"}, {}):
            kwargs: dict[str, Any] = {"headers": headers, "timeout": SLOWEST_S, "allow_redirects": False}
            answer = case.call(base_url=server.url, session=connection, **kwargs)
            fault = fault_of(answer)
            assert fault is None, f"{case.as_curl_command()}\n{fault}"

    answers_in_order()


async def test_the_server_still_serves_everybody(scene: Scene, server: RunningServer) -> None:
    for actor in (scene.attacker, scene.neighbour):
        assert (await actor.whoami())["user_id"] == actor.user_id
        assert "next_batch" in await actor.sync()
    room = await scene.neighbour.create_room()
    said = await scene.neighbour.send_text(room, "still here")
    assert (await scene.neighbour.event(room, said))["content"]["body"] == "still here"
