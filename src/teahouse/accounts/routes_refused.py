"""What this server does not have: known endpoints that answer with a fixed value or the protocol's own error.

One line an endpoint. Whoever builds one for real removes its line here. Apps ask for many of these at every
start, so the answers must be the errors that they expect, in JSON, and never look like a fault.
"""

from typing import Any

from litestar import HttpMethod
from litestar.handlers import HTTPRouteHandler

from teahouse.errors import Forbidden, NotFound, TeahouseError, Unrecognized
from teahouse.kernel.http import JsonObject, admin_only, open_to_all, signed_in

V3 = "/_matrix/client/v3/"
V1 = "/_matrix/client/v1/"
ABSENT = Unrecognized("This server does not have this endpoint")
NO_CONTACTS = Forbidden("This server keeps no email addresses or phone numbers", errcode="M_THREEPID_DENIED")
NO_SERVICES = Forbidden("This server has no application services")
NO_PROTOCOL = NotFound("This server has no bridges to other networks")
NO_POLICY = NotFound("This is no policy server")

Answer = JsonObject | list[Any] | TeahouseError

FIXED: list[tuple[str, str, str, Answer]] = [
    ("GET", V3 + "account/3pid", "get_account_3pids", {"threepids": []}),
    ("GET", V3 + "voip/turnServer", "get_turn_server", {}),
    ("GET", V3 + "thirdparty/protocols", "get_protocols", {}),
    ("GET", V3 + "thirdparty/location", "query_location_by_alias", []),
    ("GET", V3 + "thirdparty/location/{protocol:str}", "query_location_by_protocol", []),
    ("GET", V3 + "thirdparty/user", "query_user_by_id", []),
    ("GET", V3 + "thirdparty/user/{protocol:str}", "query_user_by_protocol", []),
]

REFUSED_SIGNED_IN: list[tuple[str, str, str, Answer]] = [
    ("GET", V3 + "thirdparty/protocol/{protocol:str}", "get_protocol_metadata", NO_PROTOCOL),
    ("POST", V3 + "account/3pid", "post_3pids", NO_CONTACTS),
    ("POST", V3 + "account/3pid/add", "add_3pid", NO_CONTACTS),
    ("POST", V3 + "account/3pid/bind", "bind_3pid", NO_CONTACTS),
    ("POST", V3 + "account/3pid/delete", "delete_3pid", NO_CONTACTS),
    ("POST", V3 + "account/3pid/unbind", "unbind_3pid", NO_CONTACTS),
    ("POST", V1 + "login/get_token", "generate_login_token", ABSENT),
]

REFUSED_TO_ALL: list[tuple[str, str, str, Answer]] = [
    ("POST", V3 + "account/3pid/email/requestToken", "request_token_to_add_email", NO_CONTACTS),
    ("POST", V3 + "account/3pid/msisdn/requestToken", "request_token_to_add_phone", NO_CONTACTS),
    ("POST", V3 + "account/password/email/requestToken", "request_token_to_reset_by_email", NO_CONTACTS),
    ("POST", V3 + "account/password/msisdn/requestToken", "request_token_to_reset_by_phone", NO_CONTACTS),
    ("POST", V3 + "register/email/requestToken", "request_token_to_register_by_email", NO_CONTACTS),
    ("POST", V3 + "register/msisdn/requestToken", "request_token_to_register_by_phone", NO_CONTACTS),
    ("GET", V3 + "login/sso/redirect", "redirect_to_sso", ABSENT),
    ("GET", V3 + "login/sso/redirect/{idp_id:str}", "redirect_to_idp", ABSENT),
    ("GET", "/.well-known/matrix/policy_server", "get_policy_server", NO_POLICY),
    # Application services.
    ("POST", V1 + "appservice/{appservice_id:str}/ping", "ping_appservice", NO_SERVICES),
    (
        "PUT",
        V3 + "directory/list/appservice/{network_id:str}/{room_id:str}",
        "update_appservice_room_directory_visibility",
        NO_SERVICES,
    ),
]

REFUSED_TO_ADMINS: list[tuple[str, str, str, Answer]] = [
    (method, f"{V1}admin/suspend/{{user_id:str}}", f"{word}_admin_suspend_user", ABSENT)
    for method, word in (("GET", "get"), ("PUT", "put"))
]


def _route(row: tuple[str, str, str, Answer], guard: Any, kind: str) -> HTTPRouteHandler:
    method, path, name, answer = row

    async def respond() -> Any:
        if isinstance(answer, TeahouseError):
            raise type(answer)(answer.message, errcode=answer.errcode, status=answer.status)
        return answer

    respond.__name__ = respond.__qualname__ = name
    respond.__doc__ = (
        "Answer that this server does not have it." if kind == "refused" else "Answer with nothing."
    )
    handler = HTTPRouteHandler(
        path, http_method=HttpMethod(method), guards=[guard], status_code=200, opt={"answer": kind}
    )
    return handler(respond)


ROUTES = [
    *(_route(row, signed_in, "fixed") for row in FIXED),
    *(_route(row, signed_in, "refused") for row in REFUSED_SIGNED_IN),
    *(_route(row, open_to_all, "refused") for row in REFUSED_TO_ALL),
    *(_route(row, admin_only, "refused") for row in REFUSED_TO_ADMINS),
]
