"""Compares the routes of the server with the specification's list of endpoints (matrix_endpoints.tsv).

A pair of method and path is *real* when a route serves it, *fixed* when the route's answer never changes
(told by its body, or by `opt={"answer": "fixed"}`), *refused* when it answers with the protocol's error for what
the server lacks.
"""

import ast
import inspect
import re
import textwrap
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from teahouse.app import all_routes
from teahouse.kernel.http import FastRoute

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


def served() -> list[Served]:
    """Give everything that the server routes."""
    found = []
    for route in all_routes():
        if isinstance(route, FastRoute):
            one = Served(route.method, route.path, route.handler.__name__, (route.access.__name__,), "real")
            found.append(one)
            continue
        guards = tuple(guard.__name__ for guard in route.guards or ())
        answer = (route.opt or {}).get("answer") or kind_of_answer(route.fn)
        for method in sorted(set(route.http_methods) - {"OPTIONS", "HEAD"}):
            found += [Served(method, path, route.handler_name, guards, answer) for path in route.paths]
    return sorted(found, key=lambda one: (one.path, one.method))


def kind_of_answer(function: Any) -> str:
    """Tell from a function's body whether it can answer in more than one way.

    One that only raises refuses; one that only returns what it has without a call or its arguments is fixed.
    """
    definition = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef)
    body = definition.body[1:] if ast.get_docstring(definition) else definition.body
    if len(body) == 1 and isinstance(body[0], ast.Raise):
        return "refused"
    if len(body) == 1 and isinstance(body[0], ast.Return):
        arguments = {argument.arg for argument in definition.args.args}
        parts = list(ast.walk(body[0]))
        changes = any(isinstance(part, ast.Call | ast.Await) for part in parts)
        used = {part.id for part in parts if isinstance(part, ast.Name)}
        return "real" if changes or used & arguments else "fixed"
    return "real"


def shape(path: str) -> str:
    """Give a path with its parameters nameless, so that two spellings compare."""
    return re.sub(r"\{[^}]*\}", "{}", path).rstrip("/")


def endpoint_page() -> str:
    """Describe each endpoint of the specification, and those of our own."""
    routes = {(one.method, shape(one.path)): one for one in served()}
    rows, counts = [], Counter[str]()
    for method, path, chapter in specified():
        one = routes.pop((method, shape(path)), None)
        state = one.answer if one else "refused"
        counts[state] += 1
        name = f"`{one.function}`" if one and state != "refused" else ""
        rows.append(f"| {method} | `{path}` | {WORDS[state]} | {name} | {chapter} |")
    lines = ["# The client-server API, endpoint by endpoint", ""]
    lines += [f"Of the specification's {len(rows)} pairs of method and path, {counts['real']} are real,"]
    lines += [
        f"{counts['fixed']} have a fixed answer, and {counts['refused']} are refused with a Matrix error."
    ]
    lines += ["Paths under `/_matrix/client/r0` are read as `v3`.", ""]
    lines += ["| method | path | answer | function | chapter |", "|---|---|---|---|---|", *rows, ""]
    lines += ["## Beyond the specification", "", "| method | path | function |", "|---|---|---|"]
    lines += [f"| {one.method} | `{_spelled(one.path)}` | `{one.function}` |" for one in routes.values()]
    return "\n".join(lines) + "\n"


def _spelled(path: str) -> str:
    return re.sub(r"\{(\w+)(:\w+)?\}", r"{\1}", path)
