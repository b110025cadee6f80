"""Parameters of the Mastodon API: from the query, JSON, a form or a multipart body into one typed struct a request.

Clients write a list as `media_ids[]=1`, as `media_ids=1` or as a JSON array, even under the JSON key `media_ids[]`;
a structure as `poll[options][]=yes` or `fields_attributes[0][name]=site`; a truth as true, 1, "true" or "on". All of
these mean the same here. What a struct doesn't name is ignored.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from litestar.di import Provide
from litestar.exceptions import ClientException
from msgspec import inspect as kinds

from teahouse.errors import BadJson, InvalidParam, NotJson
from teahouse.kernel.http.strict_json import JsonObject, parse_object

T = TypeVar("T", bound=msgspec.Struct)
Pairs = Iterable[tuple[str, Any]]

MOST_PAIRS = 2000
MOST_STEPS = 5
UNSENT = "undefined"
"""COMPAT(masto): what it writes into a form for parts that were not given."""
_PLACE = re.compile(r"[0-9]{1,9}")
"""A place in a list; more digits, or those of other scripts, name none."""
_TRUE = frozenset(("true", "1", "on", "t", "yes"))
_FALSE = frozenset(("false", "0", "off", "f", "no", ""))


class _Repeated(list[Any]):
    """The values of a name that came more than once without `[]`."""


def taking(form: type[T]) -> dict[str, Provide]:
    """Give a route the parameter `params`: the request's parameters as this struct.

    Raises NotJson for a body that can't be read, and BadJson for one that doesn't fit.
    """

    async def decode(request: Request[Any, Any, Any]) -> T:
        return as_struct(await _sent(request), form)

    # Told to the library by hand: annotations of nested functions can't name a type variable's value.
    decode.__annotations__["return"] = form
    return {"params": Provide(decode)}


def form_of(handler: Any) -> type[msgspec.Struct] | None:
    """Give the struct that a route takes by `taking`; None for one that takes none."""
    provide = (handler.resolve_dependencies() or {}).get("params")
    form = getattr(getattr(provide, "dependency", None), "__annotations__", {}).get("return")
    return form if isinstance(form, type) and issubclass(form, msgspec.Struct) else None


def as_struct(sent: JsonObject, form: type[T]) -> T:
    """Fit decoded parameters into the struct; raises BadJson."""
    try:
        return msgspec.convert(_fit(sent, _kind_of(form)), form, strict=False)
    except msgspec.ValidationError as error:
        raise BadJson(_in_words(str(error))) from error


def _in_words(complaint: str) -> str:
    """Say which parameter is wrong, without the words of the decoder."""
    name = (
        complaint.rpartition(" - at `$.")[2].rstrip("`").replace("[...]", "")
        if " - at `$." in complaint
        else ""
    )
    return f"{name.replace('.', ' ')} is invalid" if name else "The parameters are not of the right kind"


async def _sent(request: Request[Any, Any, Any]) -> JsonObject:
    """Give everything that was sent, the body over the query."""
    content_type, _ = request.content_type
    if content_type == "multipart/form-data":
        found: JsonObject = {}
        place_all(found, _pairs(request.scope["query_string"]))
        place_all(found, await _multipart(request))
        return found
    # COMPAT(Mastodon.py): some of its readings send their parameters as a JSON body.
    takes_body = request.method not in ("GET", "HEAD") or content_type == "application/json"
    body = await Request.body(request) if takes_body else b""
    return everything_in(request.scope["query_string"], content_type, body)


def everything_in(query: bytes, content_type: str, body: bytes) -> JsonObject:
    """Give the parameters of a query and of a body that is JSON or an urlencoded form; raises NotJson."""
    found: JsonObject = {}
    place_all(found, _pairs(query))
    if content_type == "application/x-www-form-urlencoded":
        place_all(found, _pairs(body))
    elif body:
        place_all(found, parse_object(body, empty_is_object=True).items(), over=True)
    return found


def _pairs(encoded: bytes) -> list[tuple[str, str]]:
    try:
        pairs = parse_qsl(
            encoded.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_PAIRS
        )
    except ValueError as error:
        raise NotJson("The parameters are not percent-encoded UTF-8, or too many") from error
    if any("\0" in name or "\0" in value for name, value in pairs):
        raise InvalidParam("Text may not hold the NUL character")
    return pairs


async def _multipart(request: Request[Any, Any, Any]) -> list[tuple[str, Any]]:
    try:
        form = await request.form()
    except (ClientException, ValueError, LookupError) as error:  # The last is an encoding that nobody knows.
        raise NotJson("The body is not a well-formed multipart form") from error
    pairs = list(form.multi_items())
    if any("\0" in name or (isinstance(value, str) and "\0" in value) for name, value in pairs):
        raise InvalidParam("Text may not hold the NUL character")
    return pairs


def place_all(found: JsonObject, pairs: Pairs, *, over: bool = False) -> None:
    """Put every value where its bracketed name says; with `over`, a plain name replaces what was there."""
    for name, value in pairs:
        first, *steps = _steps(name)
        if over and not steps:
            found[first] = value
        else:
            _place(found, first, steps, value)


def _steps(name: str) -> list[str]:
    """Split `poll[options][]` into `poll`, `options` and the empty step, which stands for a list."""
    first, bracket, rest = name.partition("[")
    if not bracket or not first or not rest.endswith("]"):
        return [name]
    steps = [first, *rest[:-1].split("][")]
    if len(steps) > MOST_STEPS:
        raise InvalidParam("A parameter is nested too deep")
    return steps


def _place(into: JsonObject, key: str, steps: list[str], value: Any) -> None:
    if not steps:
        if key not in into:
            into[key] = value
        elif isinstance(into[key], _Repeated):
            into[key].append(value)
        else:
            into[key] = _Repeated([into[key], value])
    elif steps[0] == "":
        listed = into.get(key)
        if not isinstance(listed, list):
            listed = into[key] = []
        _add(listed, steps[1:], value)
    else:
        inner = into.get(key)
        if not isinstance(inner, dict):
            inner = into[key] = {}
        _place(inner, steps[0], steps[1:], value)


def _add(listed: list[Any], steps: list[str], value: Any) -> None:
    """Append to a list; `fields[][name]` begins a new item when the last one has that key already."""
    if not steps:
        listed.extend(value if isinstance(value, list) else [value])
        return
    if not listed or not isinstance(listed[-1], dict) or steps[0] in listed[-1]:
        listed.append({})
    _place(listed[-1], steps[0], steps[1:], value)


@cache
def _kind_of(form: type[msgspec.Struct]) -> kinds.Type:
    return kinds.type_info(form)


def _fit(value: Any, kind: kinds.Type) -> Any:
    """Bring a value into the form that its type wants, where the API allows several forms."""
    if isinstance(kind, kinds.UnionType):
        return _fit_union(value, kind)
    if isinstance(value, _Repeated) and not isinstance(kind, kinds.ListType):
        value = value[-1]
    if isinstance(kind, kinds.StructType) and isinstance(value, dict):
        by_name = {field.encode_name: field.type for field in kind.fields}
        fitted = {
            name: _fit(each, by_name[name])
            for name, each in value.items()
            if name in by_name and not (each == UNSENT and _is_structure(by_name[name]))
        }
        return {name: each for name, each in fitted.items() if each is not None or _takes_none(by_name[name])}
    if isinstance(kind, kinds.ListType):
        return [_fit(each, kind.item_type) for each in _listed(value)]
    if isinstance(kind, kinds.BoolType) and isinstance(value, str):
        return _truth(value)
    if isinstance(kind, kinds.StrType) and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


def _is_structure(kind: kinds.Type) -> bool:
    """Tell whether a parameter has parts, or is a list of what has."""
    each_of = kind.types if isinstance(kind, kinds.UnionType) else (kind,)
    inner = [each.item_type if isinstance(each, kinds.ListType) else each for each in each_of]
    return any(isinstance(each, kinds.StructType) for each in inner)


def _takes_none(kind: kinds.Type) -> bool:
    """Tell whether null is a value here; elsewhere it means that nothing was sent."""
    each_of = kind.types if isinstance(kind, kinds.UnionType) else (kind,)
    return any(isinstance(each, kinds.NoneType) for each in each_of)


def _fit_union(value: Any, kind: kinds.UnionType) -> Any:
    is_text = any(isinstance(each, kinds.StrType) for each in kind.types)
    takes_none = any(isinstance(each, kinds.NoneType) for each in kind.types)
    if value is None or (value == "" and takes_none and not is_text):
        return None
    real = [each for each in kind.types if not isinstance(each, kinds.NoneType)]
    return _fit(value, real[0]) if real else value


def _truth(text: str) -> Any:
    lowered = text.lower()
    return True if lowered in _TRUE else False if lowered in _FALSE else text


def _listed(value: Any) -> list[Any]:
    """Give a list from a list, an object with numbers for keys, or one value; empty entries don't count."""
    if isinstance(value, dict) and all(map(_PLACE.fullmatch, value)):
        value = [value[key] for key in sorted(value, key=int)]
    if not isinstance(value, list):
        value = [value]
    return [each for each in value if each is not None and each != ""]
