"""What the authorisation server tells of itself (RFC 8414 with the Matrix specification's additions). Pure."""

from typing import Any

from teahouse.accounts.oauth.protocol import AUTH_METHODS, DEVICE_CODE_GRANT
from teahouse.accounts.oauth.scopes import DEVICE, MASTODON, MATRIX_API

ACTIONS = {
    "org.matrix.profile": "",
    "org.matrix.devices_list": "/sessions",
    "org.matrix.device_view": "/sessions",
    "org.matrix.device_delete": "/sessions",
    "org.matrix.account_deactivate": "/close",
    "org.matrix.cross_signing_reset": "/keys",
    # COMPAT(apps that send the proposal's older names)
    "org.matrix.sessions_list": "/sessions",
    "org.matrix.session_view": "/sessions",
    "org.matrix.session_end": "/sessions",
}
"""What apps may send people to the account pages for, and the page below /account that it is."""
RESET_KEYS = "org.matrix.cross_signing_reset"


def server_metadata(public_url: str, *, may_sign_up: bool, password_grant: bool) -> dict[str, Any]:
    """Give the document for apps of both protocols."""
    return {
        "issuer": f"{public_url}/",
        "authorization_endpoint": f"{public_url}/oauth/authorize",
        "token_endpoint": f"{public_url}/oauth/token",
        "revocation_endpoint": f"{public_url}/oauth/revoke",
        "registration_endpoint": f"{public_url}/oauth/register",
        "device_authorization_endpoint": f"{public_url}/oauth/device_authorization",
        "userinfo_endpoint": f"{public_url}/oauth/userinfo",
        "app_registration_endpoint": f"{public_url}/api/v1/apps",
        "account_management_uri": f"{public_url}/account",
        "account_management_actions_supported": list(ACTIONS),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment"],
        "grant_types_supported": [
            "authorization_code", "refresh_token", DEVICE_CODE_GRANT, "client_credentials",
            *(["password"] if password_grant else []),
        ],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["login", "consent", "none", *(["create"] if may_sign_up else [])],
        "token_endpoint_auth_methods_supported": AUTH_METHODS,
        "revocation_endpoint_auth_methods_supported": AUTH_METHODS,
        "scopes_supported": [*MASTODON, MATRIX_API, f"{DEVICE}*"],
        "authorization_response_iss_parameter_supported": True,
    }  # fmt: skip
