"""Authlib's authorisation server over a desk: which grants it has, and what we want stricter than it is.

Of our own are only: PKCE with S256 and nothing weaker, for apps without a secret always; answers put into redirect
addresses without touching them, also into the fragment; scopes that hold others.
"""

from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Error, grants
from authlib.oauth2.rfc6749.errors import InvalidRequestError, InvalidScopeError, UnauthorizedClientError
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint, DeviceCodeGrant

from teahouse.accounts.oauth.desk import Asked, Desk, NewSession
from teahouse.accounts.oauth.records import OAuthClient, StoredCode, StoredDeviceCode, StoredSession
from teahouse.accounts.oauth.scopes import MATRIX, UnknownScope, is_within, read_scope

CODE_LIFETIME_MS = 60_000
POLL_EVERY_MS = 5000
DEVICE_CODE_GRANT = DeviceCodeGrant.GRANT_TYPE
AUTH_METHODS = ["client_secret_basic", "client_secret_post", "none"]
SECRET_METHODS = ["client_secret_basic", "client_secret_post"]
SCOPE_WORDS = "The requested scope is invalid, unknown, or malformed."

Answer = tuple[int, dict[str, Any]]


class Server(AuthorizationServer):
    """The library's server for one request."""

    def __init__(self, desk: Desk, *, password_grant: bool = False) -> None:
        super().__init__()
        self.desk = desk
        self.register_grant(CodeGrant, [StrictChallenge(required=True)])
        self.register_grant(RefreshGrant)
        self.register_grant(ClientGrant)
        self.register_grant(DeviceGrant)
        if password_grant:
            self.register_grant(PasswordGrant)
        self.register_endpoint(Revocation)
        self.register_endpoint(DeviceAuthorization)

    def query_client(self, client_id: str) -> OAuthClient | None:
        """Give the app that was laid on the desk."""
        client = self.desk.client
        return client if client is not None and client.client_id == client_id else None

    def create_oauth2_request(self, request: Asked) -> Asked:
        """Take the request, which has the library's form already."""
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> Answer:
        """Give status and body; our own layer makes the answer."""
        return status, dict(body)

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Tell nobody."""

    def validate_requested_scope(self, scope: str | None) -> None:
        """Refuse a scope that does not exist."""
        try:
            if scope:
                read_scope(scope)
        except UnknownScope as error:
            raise InvalidScopeError(SCOPE_WORDS) from error

    def generate_token(
        self,
        grant_type: str,
        client: OAuthClient,
        user: str | None = None,
        scope: str | None = None,
        expires_in: int | None = None,
        include_refresh_token: bool = True,
    ) -> dict[str, Any]:
        """Give what is known before the session is begun; the tokens follow with it."""
        return {"token_type": "Bearer", "scope": scope or "", "refreshable": include_refresh_token}

    def save_token(self, token: dict[str, Any], request: Asked) -> None:
        """Note that a session is to be begun."""
        self.desk.new_session = NewSession(
            request.user or "", token["scope"], bool(token.pop("refreshable")), request.payload.grant_type
        )


class StrictChallenge(CodeChallenge):
    """PKCE with S256 alone; an app without a secret has to use it."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        """Refuse a challenge that is missing, weak or malformed."""
        data = grant.request.payload.data
        if not data.get("code_challenge") and grant.request.client.auth_method == "none":
            raise InvalidRequestError("Missing 'code_challenge'")
        if data.get("code_challenge") and data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("Unsupported 'code_challenge_method'")
        super().validate_code_challenge(grant, redirect_uri)


class CodeGrant(grants.AuthorizationCodeGrant):
    """Codes by way of the browser."""

    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

    def create_authorization_response(self, redirect_uri: str, grant_user: str) -> tuple[int, Any, list[Any]]:
        """Make the code; the caller puts it where the app wants it."""
        code = self.generate_authorization_code()
        self.request.user = grant_user
        self.save_authorization_code(code, self.request)
        return 200, {"code": code}, []

    def save_authorization_code(self, code: str, request: Asked) -> None:
        """Note the code."""
        desk: Desk = self.server.desk
        data = request.payload.data
        stored = StoredCode(
            request.client.client_id,
            request.user,
            data.get("redirect_uri"),
            request.scope or "",
            data.get("code_challenge"),
            desk.now_ms + CODE_LIFETIME_MS,
            None,
        )
        desk.new_code = (code, stored)

    def query_authorization_code(self, code: str, client: OAuthClient) -> StoredCode | None:
        """Give the code on the desk if it is the app's, not spent and not too old."""
        desk: Desk = self.server.desk
        stored = desk.code
        fits = stored is not None and stored.client_id == client.client_id and stored.device_id is None
        return stored if stored is not None and fits and stored.expires_ts > desk.now_ms else None

    def delete_authorization_code(self, authorization_code: StoredCode) -> None:
        """Leave that to the caller, who notes the session with it."""

    def authenticate_user(self, authorization_code: StoredCode) -> str:
        """Give whose code it is."""
        return authorization_code.user_id


class RefreshGrant(grants.RefreshTokenGrant):
    """Refresh tokens, which rotate."""

    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> StoredSession | None:
        """Give the session on the desk unless its token was spent."""
        session: StoredSession | None = self.server.desk.session
        return None if session is None or session.spent else session

    def authenticate_user(self, refresh_token: StoredSession) -> str:
        """Give whose session it is."""
        return refresh_token.user_id

    def issue_token(self, user: str, refresh_token: StoredSession) -> Any:
        """Grant what the session has: it stays the same session."""
        return self.generate_token(user=user, scope=refresh_token.scope, include_refresh_token=True)

    def revoke_old_credential(self, refresh_token: StoredSession) -> None:
        """Leave that to the tokens' own rotation."""

    def _validate_token_scope(self, token: StoredSession) -> None:
        asked = self.request.payload.scope
        try:
            if asked and not is_within(read_scope(asked).grants, read_scope(token.scope).grants):
                raise InvalidScopeError(SCOPE_WORDS)
        except UnknownScope as error:
            raise InvalidScopeError(SCOPE_WORDS) from error


class ClientGrant(grants.ClientCredentialsGrant):
    """Tokens of apps themselves. They never open the Matrix API, which is for people."""

    TOKEN_ENDPOINT_AUTH_METHODS = SECRET_METHODS

    def create_token_response(self) -> tuple[int, Any, Any]:
        """Grant what the app may have."""
        scope = self.request.client.get_allowed_scope(self.request.payload.scope)
        if scope is None or MATRIX in read_scope(scope).grants:
            raise InvalidScopeError(SCOPE_WORDS)
        token = self.generate_token(scope=scope, include_refresh_token=False)
        self.save_token(token)
        return 200, token, self.TOKEN_RESPONSE_HEADER


class PasswordGrant(grants.ResourceOwnerPasswordCredentialsGrant):
    """Passwords by way of the app: for test suites only."""

    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

    def authenticate_user(self, username: str, password: str) -> str | None:
        """Give the user whose password was checked beforehand."""
        user: str | None = self.server.desk.password_user
        return user

    def validate_requested_scope(self) -> None:
        """Refuse what the app may not have; nothing asked is the default."""
        scope = self.request.client.get_allowed_scope(self.request.payload.scope)
        if scope is None:
            raise InvalidScopeError(SCOPE_WORDS)
        self.request.payload.data["scope"] = scope


class DeviceGrant(DeviceCodeGrant):
    """Devices without a browser, asking whether somebody let them in meanwhile."""

    def query_device_credential(self, device_code: str) -> StoredDeviceCode | None:
        """Give what lies on the desk."""
        desk: Desk = self.server.desk
        desk.polled = desk.device_code is not None
        return desk.device_code

    def query_user_grant(self, user_code: str) -> tuple[str, bool] | None:
        """Give what the person decided."""
        code: StoredDeviceCode | None = self.server.desk.device_code
        return None if code is None or code.user_id is None else (code.user_id, code.allowed)

    def should_slow_down(self, credential: StoredDeviceCode) -> bool:
        """Tell whether the device asks more often than it was told to; a little early is no offence."""
        since_ms: int = self.server.desk.now_ms - credential.polled_ts
        return 0 <= since_ms < POLL_EVERY_MS * 0.9


class NotYours(UnauthorizedClientError):
    """The token is another app's."""

    def __init__(self) -> None:
        super().__init__("You are not authorized to revoke this token", status_code=403)


class Revocation(RevocationEndpoint):
    """Ending a session by one of its tokens."""

    CLIENT_AUTH_METHODS = AUTH_METHODS

    def query_token(self, token_string: str, token_type_hint: str | None) -> StoredSession | None:
        """Give the session on the desk; raises NotYours for another app's."""
        desk: Desk = self.server.desk
        session = desk.session
        if session is not None and desk.client is not None and not session.check_client(desk.client):
            raise NotYours
        return session

    def revoke_token(self, token: StoredSession, request: Asked) -> None:
        """Note that it is to end."""
        self.server.desk.revoked = True


class DeviceAuthorization(DeviceAuthorizationEndpoint):
    """The first step of a device without a browser."""

    CLIENT_AUTH_METHODS = AUTH_METHODS
    EXPIRES_IN = 900
    INTERVAL = POLL_EVERY_MS // 1000

    def create_endpoint_response(self, request: Asked) -> Any:
        """Refuse apps and scopes that may not, then make the codes."""
        client = self.authenticate_client(request)
        if not client.check_grant_type(DEVICE_CODE_GRANT):
            raise UnauthorizedClientError(
                "The client is not authorized to use the device authorization grant"
            )
        scope = client.get_allowed_scope(request.payload.scope)
        if scope is None:
            raise InvalidScopeError(SCOPE_WORDS)
        request.payload.data["scope"] = scope
        return super().create_endpoint_response(request)

    def get_verification_uri(self) -> str:
        """Give the page where people type the code."""
        uri: str = self.server.desk.verification_uri
        return uri

    def save_device_credential(self, client_id: str, scope: str, data: dict[str, Any]) -> None:
        """Note the codes."""
        self.server.desk.new_device_code = data | {"scope": scope, "client_id": client_id}


def refusal(error: OAuth2Error) -> dict[str, str]:
    """Give an error's fields as OAuth words them."""
    return dict(error.get_body())
