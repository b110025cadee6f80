"""HTTP: the edge, routing, guards, strict JSON, error accent, rate limits and the server itself."""

from teahouse.kernel.http.access import (
    admin_only,
    maybe_requires,
    maybe_signed_in,
    moderates,
    open_to_all,
    requires,
    requires_app,
    signed_in,
    signed_in_or_locked,
)
from teahouse.kernel.http.app import build_litestar
from teahouse.kernel.http.edge import Edge
from teahouse.kernel.http.fast import FastRequest, FastRoute, FastRouter, Reply, fast_route
from teahouse.kernel.http.health import ROUTES as HEALTH_ROUTES
from teahouse.kernel.http.incoming import StreamedBody
from teahouse.kernel.http.languages import LANGUAGES, choose_language
from teahouse.kernel.http.metrics import RequestMetrics
from teahouse.kernel.http.multipart import FilePart, read_form
from teahouse.kernel.http.paging import Page, bounded, paged
from teahouse.kernel.http.params import as_struct, everything_in, place_all, taking
from teahouse.kernel.http.rate_limit import Bucket, RateLimiter, network_of
from teahouse.kernel.http.scope import ALL_GRANTS, AccountLocked, Scope
from teahouse.kernel.http.server import HttpServer, free_port, listen, run_server
from teahouse.kernel.http.sockets import Socket, SocketClosed
from teahouse.kernel.http.strict_json import JsonObject, parse_object
from teahouse.kernel.http.web_app import WebApp, api_roots

__all__ = [
    "ALL_GRANTS",
    "HEALTH_ROUTES",
    "LANGUAGES",
    "AccountLocked",
    "Bucket",
    "Edge",
    "FastRequest",
    "FastRoute",
    "FastRouter",
    "FilePart",
    "HttpServer",
    "JsonObject",
    "Page",
    "RateLimiter",
    "Reply",
    "RequestMetrics",
    "Scope",
    "Socket",
    "SocketClosed",
    "StreamedBody",
    "WebApp",
    "admin_only",
    "api_roots",
    "as_struct",
    "bounded",
    "build_litestar",
    "choose_language",
    "everything_in",
    "fast_route",
    "free_port",
    "listen",
    "maybe_requires",
    "maybe_signed_in",
    "moderates",
    "network_of",
    "open_to_all",
    "paged",
    "parse_object",
    "place_all",
    "read_form",
    "requires",
    "requires_app",
    "run_server",
    "signed_in",
    "signed_in_or_locked",
    "taking",
]
