"""Describes the API for tools: OpenAPI, made from the running routes, the raw ones included.

Owns what all routes share and none of them says: the access token, and the one form of refusals. There are no
pages around the document, since those would load scripts from elsewhere.
"""

import copy
from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Any

import msgspec
import orjson
from litestar import Litestar, Request
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.routes import HTTPRoute

from teahouse.kernel.http.accents import MASTODON_PATHS
from teahouse.kernel.http.fast import FastRoute
from teahouse.kernel.http.params import form_of

JsonObject = dict[str, Any]

_METHODS = ("get", "put", "post", "patch", "delete")
_TEXT = {"type": "string"}
_OBJECT = {"type": "object"}
_REFUSED = {
    "type": "object",
    "required": ["errcode", "error"],
    "properties": {"errcode": _TEXT, "error": _TEXT, "retry_after_ms": {"type": "integer"}},
}
_REFUSED_IN_WORDS = {"type": "object", "required": ["error"], "properties": {"error": _TEXT}}
_MORE_STAGES = {
    "type": "object",
    "required": ["flows", "params", "session", "completed"],
    "properties": {
        "flows": {"type": "array", "items": _OBJECT},
        "params": _OBJECT,
        "session": _TEXT,
        "completed": {"type": "array", "items": _TEXT},
    },
}
_FILE = {"schema": {"type": "string", "format": "binary"}}
_FILE_ANSWER = {"description": "The file, or a part of it", "content": {"*/*": _FILE}}
_WITH_TOKEN: JsonObject = {"accessToken": []}
_ACCESS: Mapping[str, list[JsonObject]] = {
    "open_to_all": [],
    "maybe_signed_in": [{}, _WITH_TOKEN],
    "maybe_requires": [{}, _WITH_TOKEN],
}


def _answer(description: str, *schemas: JsonObject) -> JsonObject:
    schema = schemas[0] if len(schemas) == 1 else {"anyOf": list(schemas)}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _named(name: str) -> JsonObject:
    return {"$ref": f"#/components/schemas/{name}"}


_REFUSALS = {
    "401": _answer(
        "No valid token, or more authentication is needed", _named("Refused"), _named("MoreStages")
    ),
    "429": _answer("Too many requests; Retry-After says when to come again", _named("Refused")),
    "4XX": _answer("Refused, in the protocol's own words", _named("Refused")),
    "503": _answer("The database is away for now; Retry-After says when to come again", _named("Refused")),
}


_REFUSALS_IN_WORDS = {
    code: _answer(said["description"], _named("RefusedInWords")) for code, said in _REFUSALS.items()
}
"""Of the Mastodon API's paths."""


def describing(raw: Sequence[FastRoute]) -> OpenAPIConfig:
    """Give the configuration by which the application serves its description, these raw routes included."""
    return OpenAPIConfig(
        title="Teahouse",
        version=metadata.version("teahouse"),
        path="/_teahouse/openapi",
        use_handler_docstrings=True,
        render_plugins=[_WholeDescription(raw)],
    )


class _WholeDescription(JsonRenderPlugin):
    """Serves the document, made once and completed with what the library doesn't know."""

    def __init__(self, raw: Sequence[FastRoute]) -> None:
        super().__init__(path="/openapi.json")
        self._raw = raw
        self._document: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: JsonObject) -> bytes:
        """Give the whole document as JSON."""
        if self._document is None:
            self._document = orjson.dumps(complete(openapi_schema, request.app, self._raw))
        return self._document


def complete(document: JsonObject, app: Litestar, raw: Sequence[FastRoute]) -> JsonObject:
    """Add to the library's document the raw routes, who may call each route, and how each refuses."""
    whole = copy.deepcopy(document)
    handlers = _handlers_of(app)
    forms: JsonObject = {}
    for path, item in whole["paths"].items():
        for method in _METHODS:
            if method in item:
                handler = handlers[path, method]
                _complete_operation(item[method], path, handler.resolve_guards()[0].__name__)
                _add_form(item[method], method, form_of(handler), forms)
    for route in (one for one in raw if not one.is_page):
        whole["paths"].setdefault(route.path, {})[route.method.lower()] = _raw_operation(route)
    components = whole.setdefault("components", {})
    components["schemas"] = {
        **components.get("schemas", {}),
        **forms,
        "Refused": _REFUSED,
        "RefusedInWords": _REFUSED_IN_WORDS,
        "MoreStages": _MORE_STAGES,
    }
    components["securitySchemes"] = {"accessToken": {"type": "http", "scheme": "bearer"}}
    return whole


def _handlers_of(app: Litestar) -> dict[tuple[str, str], Any]:
    """Give the handlers that have a guard, by path and method."""
    return {
        (route.path_format, method.lower()): handler
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method, (handler, _) in route.route_handler_map.items()
        if handler.resolve_guards()
    }


def _add_form(
    operation: JsonObject, method: str, form: type[msgspec.Struct] | None, forms: JsonObject
) -> None:
    """Describe what a route takes by `taking`: in the query for reading, else in a body of any of three kinds.

    Names of forms may repeat from slice to slice, so each stands below the operation's own name.
    """
    if form is None:
        return
    template = operation["operationId"] + ".{name}"
    (schema,), found = msgspec.json.schema_components([form], ref_template=f"#/components/schemas/{template}")
    named = {template.format(name=name): one for name, one in found.items()}
    if method in ("get", "delete"):
        fields = named[template.format(name=form.__name__)]["properties"]
        operation["parameters"] = [*operation.get("parameters", []), *map(_query_parameter, fields.items())]
        return
    forms |= named
    kinds = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
    operation["requestBody"] = {"content": {kind: {"schema": schema} for kind in kinds}}


def _query_parameter(field: tuple[str, JsonObject]) -> JsonObject:
    """Describe one parameter of a query; lists are written with brackets, and nothing is null there."""
    name, schema = field
    real = next((one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"), schema)
    is_list = real.get("type") == "array"
    return {"name": f"{name}[]" if is_list else name, "in": "query", "required": False, "schema": real}


def _complete_operation(operation: JsonObject, path: str, guard: str) -> None:
    good = {code: answer for code, answer in operation["responses"].items() if code.startswith("2")}
    operation["responses"] = {
        **good,
        **(_REFUSALS_IN_WORDS if path.startswith(MASTODON_PATHS) else _REFUSALS),
    }
    operation["security"] = _ACCESS.get(guard.partition(" ")[0], [_WITH_TOKEN])


def _raw_operation(route: FastRoute) -> JsonObject:
    parameters = [{"name": name, "in": "path", "required": True, "schema": _TEXT} for name in route.names]
    parameters += [
        {"name": name, "in": "query", "required": False, "schema": schema}
        for name, schema in route.query.items()
    ]
    operation: JsonObject = {
        "operationId": route.handler.__name__,
        "description": route.handler.__doc__,
        "parameters": parameters,
        "responses": {"200": _FILE_ANSWER if route.gives_file else _answer("Done", _OBJECT)},
    }
    if route.takes is not None:
        operation["requestBody"] = {"required": True, "content": {"application/octet-stream": _FILE}}
    elif route.method in ("PUT", "POST"):
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": _OBJECT}}}
    _complete_operation(operation, route.path, route.access.__name__)
    return operation
