"""OpenID tokens: an app proves to a service beside this server, such as a widget's, who its user is.

Owns their form and their end. A token is sealed and says for whom and until when it holds, so nothing of it is kept
here; it opens nothing but the question whose it is.
"""

from teahouse.clock import Clock
from teahouse.errors import TeahouseError, Unauthenticated
from teahouse.kernel.sealing import Sealer

LIFETIME_S = 3600
_KIND = "openid"


class OpenIdTokens:
    """Makes tokens and tells whose they are."""

    def __init__(self, sealer: Sealer, clock: Clock) -> None:
        self._sealer = sealer
        self._clock = clock

    def make(self, user_id: str) -> str:
        """Give a token that says for an hour who the user is."""
        return self._sealer.seal(f"{_KIND} {self._clock.now_ms() + LIFETIME_S * 1000} {user_id}")

    def user_of(self, token: str) -> str:
        """Give the user whose token this is; raises Unauthenticated for what is none, or none any more."""
        try:
            kind, until_ms, user_id = self._sealer.open(token).split(" ", 2)
            holds = kind == _KIND and int(until_ms) > self._clock.now_ms()
        except (TeahouseError, ValueError):
            holds = False
        if not holds:
            raise Unauthenticated("This OpenID token is unknown or has ended", errcode="M_UNKNOWN_TOKEN")
        return user_id
