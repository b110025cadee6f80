"""What the protocol's library is given to decide on, and what it decides.

The library is synchronous and asks its storage in the middle of its work; our storage is a transaction that has to
be awaited. So everything it may ask for is read beforehand and laid on a desk, it decides without any input or
output, and its decisions are written afterwards, all in one transaction (decision 13).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Payload, OAuth2Request

from teahouse.accounts.oauth.records import OAuthClient, StoredCode, StoredDeviceCode, StoredSession

Fields = Mapping[str, str]


class AskedPayload(OAuth2Payload):
    """The parameters of a request, and those that came more than once."""

    def __init__(self, fields: Fields, repeated: Mapping[str, Sequence[str]]) -> None:
        self._fields = dict(fields)
        self._lists = {**{name: [value] for name, value in fields.items()}, **repeated}

    @property
    def data(self) -> dict[str, str]:
        """The last value of each name."""
        return self._fields

    @property
    def datalist(self) -> dict[str, Any]:
        """All values of each name."""
        return self._lists


class Asked(OAuth2Request):
    """A request as the library wants it. TLS is the proxy's, so the address says nothing and is a fixed one."""

    def __init__(
        self,
        method: str,
        fields: Fields,
        authorization: str = "",
        repeated: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__(method, "https://server/", headers={"Authorization": authorization})
        self.payload = AskedPayload(fields, repeated or {})

    @property
    def form(self) -> dict[str, str]:
        """The parameters again; the library reads some of them here."""
        data: dict[str, str] = self.payload.data
        return data


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that the library granted; without a user it is the app's own."""

    user_id: str
    scope: str
    refreshable: bool
    grant_type: str


@dataclass
class Desk:
    """What was read for one request, then what was decided."""

    now_ms: int
    client: OAuthClient | None = None
    code: StoredCode | None = None
    session: StoredSession | None = None
    device_code: StoredDeviceCode | None = None
    password_user: str | None = None
    verification_uri: str = ""

    new_session: NewSession | None = None
    new_code: tuple[str, StoredCode] | None = None
    new_device_code: dict[str, Any] = field(default_factory=dict)
    polled: bool = False
    revoked: bool = False
