"""Compares the routes of the server with the specification's list of endpoints (matrix_endpoints.tsv).

A pair of method and path is *real* when a route serves it, *fixed* when the route's answer never changes
(`opt={"answer": "fixed"}`), *refused* when it answers with the protocol's error for what a server lacks.
"""

import re
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litestar import Litestar
from litestar.handlers import ASGIRouteHandler

from teahouse.app import build_litestar, open_services
from teahouse.config import load

TABLE = Path(__file__).with_name("matrix_endpoints.tsv")
WORDS = {"real": "real", "fixed": "fixed answer", "refused": "refused"}


@dataclass(frozen=True)
class Served:
    """One method and path that the server routes."""

    method: str
    path: str
    function: str
    access: tuple[str, ...]
    answer: str


def specified() -> list[tuple[str, str, str]]:
    """Give the specification's (method, path, chapter)."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [(method, path, chapter) for method, path, chapter in rows]


async def served() -> list[Served]:
    """Give everything that the server routes, from an empty server that is never started."""
    with tempfile.TemporaryDirectory(prefix="teahouse-docs-") as folder:
        async with open_services(load(overrides={"data": folder})) as services:
            return sorted(_walk(build_litestar(services)), key=lambda one: (one.path, one.method))


def _walk(app: Litestar) -> list[Served]:
    found = []
    for route in app.routes:
        handlers: list[Any] = getattr(route, "route_handlers", None) or [
            getattr(route, "route_handler", None)
        ]
        for handler in handlers:
            if isinstance(handler, ASGIRouteHandler):
                methods, access = [handler.opt.get("method", "*")], [handler.opt.get("access")]
            else:
                methods = sorted(set(getattr(handler, "http_methods", ())) - {"OPTIONS", "HEAD"})
                access = list(handler.guards or ())
            names = tuple(guard.__name__ for guard in access if guard is not None)
            function = handler.handler_name
            for method in methods:
                found.append(Served(method, route.path, function, names, handler.opt.get("answer", "real")))
    return found


def shape(path: str) -> str:
    """Give a path with its parameters nameless, so that two spellings compare."""
    return re.sub(r"\{[^}]*\}", "{}", path).rstrip("/")


async def endpoint_page() -> str:
    """Describe each endpoint of the specification, and those of our own."""
    routes = {(one.method, shape(one.path)): one for one in await served()}
    rows, counts = [], Counter[str]()
    for method, path, chapter in specified():
        one = routes.pop((method, shape(path)), None)
        state = one.answer if one else "refused"
        counts[state] += 1
        name = f"`{one.function}`" if one and state != "refused" else ""
        rows.append(f"| {method} | `{path}` | {WORDS[state]} | {name} | {chapter} |")
    own = [one for one in routes.values() if not one.path.startswith("/_teahouse/openapi")]
    lines = ["# The client-server API, endpoint by endpoint", ""]
    lines += [f"Of the specification's {len(rows)} pairs of method and path, {counts['real']} are real,"]
    lines += [
        f"{counts['fixed']} have a fixed answer, and {counts['refused']} are refused with a Matrix error."
    ]
    lines += ["Paths under `/_matrix/client/r0` are read as `v3`.", ""]
    lines += ["| method | path | answer | function | chapter |", "|---|---|---|---|---|", *rows, ""]
    lines += ["## Beyond the specification", "", "| method | path | function |", "|---|---|---|"]
    lines += [f"| {one.method} | `{_spelled(one.path)}` | `{one.function}` |" for one in own]
    return "\n".join(lines) + "\n"


def _spelled(path: str) -> str:
    return re.sub(r"\{(\w+)(:\w+)?\}", r"{\1}", path)
