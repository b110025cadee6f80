"""Builds the routed application: routes, guards, strict JSON, error accent."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Litestar, Request
from litestar.datastructures import State
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from teahouse.kernel.http.accents import render_error
from teahouse.kernel.http.access import Authenticate, CheckWriter, provide_caller, provide_maybe_caller
from teahouse.kernel.http.allowance import TellAllowance
from teahouse.kernel.http.edge import DecodePathSegments
from teahouse.kernel.http.fast import FastRoute
from teahouse.kernel.http.openapi import describing
from teahouse.kernel.http.strict_json import parse_object


class ClientRequest(Request[Any, Any, Any]):
    """A request whose body must be one strict JSON object; nothing at all counts as `{}`."""

    async def body(self) -> bytes:
        body = await super().body()
        if self.scope.get("teahouse.checked") is None:
            parse_object(body, empty_is_object=True)
            self.scope["teahouse.checked"] = True  # type: ignore[typeddict-unknown-key]
        return body or b"{}"


def build_litestar(
    routes: Sequence[ControllerRouterHandler],
    services: Mapping[str, Any],
    authenticate: Authenticate,
    everything: Any,
    raw: Sequence[FastRoute] = (),
    *,
    check_writer: CheckWriter | None = None,
) -> Litestar:
    """Make the application; `services` are given to routes by parameter name, `everything` to raw routes.

    The raw routes are answered elsewhere, and only described here. `check_writer` refuses who may not change anything
    through the Mastodon API.
    """
    dependencies = {name: Provide(_giver(value), sync_to_thread=False) for name, value in services.items()}
    dependencies["caller"] = Provide(provide_caller, sync_to_thread=False)
    dependencies["maybe_caller"] = Provide(provide_maybe_caller, sync_to_thread=False)
    return Litestar(
        route_handlers=list(routes),
        dependencies=dependencies,
        middleware=[DecodePathSegments, TellAllowance],
        request_class=ClientRequest,
        exception_handlers={Exception: render_error},
        state=State({"authenticate": authenticate, "check_writer": check_writer, "services": everything}),
        openapi_config=describing(raw),
        logging_config=None,
        pdb_on_exception=False,
    )


def _giver(value: Any) -> Any:
    def give() -> Any:
        return value

    return give
