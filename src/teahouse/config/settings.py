"""Owns the tree of settings; each field's docstring is its documentation, each default is safe.

Reads nothing and checks nothing: `reading.py` does both, by the types and the `Range`s given here.
"""

import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

RegistrationMode = Literal["open", "token", "closed"]
RoomVersion = Literal["10", "11", "12"]


class Secret(str):
    """A text that no log line or traceback may show: its `repr` hides it, `str()` gives it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


class DatabaseUrl(str):
    """The address of the database; its `repr` and `.shown` hide the password."""

    __slots__ = ()

    @property
    def shown(self) -> str:
        """Give the address with its password starred out, fit for logs."""
        hidden = re.sub(r"^(\w+://[^/:@]*):.*@", r"\1:***@", self)
        return re.sub(r"([?&]password=)[^&]*", r"\1***", hidden)

    @property
    def sqlite_path(self) -> Path | None:
        """Give the file of an SQLite database; None for a server."""
        return (
            Path("/" + self.removeprefix("sqlite://").lstrip("/")) if self.startswith("sqlite://") else None
        )

    def __repr__(self) -> str:
        return repr(self.shown)


class StoreUrl(str):
    """Where media lie: `file:///absolute/folder`, or `s3://bucket` with an optional prefix."""

    __slots__ = ()

    @property
    def folder(self) -> Path | None:
        """Give the local folder; None for an S3-compatible store."""
        return Path("/" + self.removeprefix("file://").lstrip("/")) if self.startswith("file://") else None


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers a setting may take, both ends included."""

    lowest: float
    highest: float


@dataclass(frozen=True)
class Listen:
    """Where the server takes connections."""

    host: str = "127.0.0.1"
    """The address to listen on. Anything but a loopback address makes the server reachable by others; put a
    reverse proxy with TLS in front of it then."""

    port: Annotated[int, Range(0, 65535)] = 8008
    """The TCP port to listen on; 0 takes a free one and prints it."""

    max_requests_per_address: Annotated[int, Range(1, 1_000_000)] = 200
    """How many requests one address may have open at the same time, long-polls included. Loopback addresses
    (a reverse proxy on the same machine) are not counted."""

    behind_proxy: bool = False
    """A reverse proxy on this machine passes requests on: take the sender's address from the last entry of
    its `X-Forwarded-For` header, so that limits by address count people and not the proxy."""

    @property
    def is_loopback(self) -> bool:
        """Tell whether only this machine can reach the server."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


@dataclass(frozen=True)
class Registration:
    """Who may make an account."""

    mode: RegistrationMode = "token"
    """`open`: anybody; `token`: whoever holds a registration token (`teahouse registration-token create`);
    `closed`: nobody over the API. When left out: `open` on a loopback address, `token` on any other."""

    shared_secret: Secret | None = None
    """Lets operator tools that know it make users over `/_synapse/admin/v1/register`, whatever the mode. When
    left out that endpoint answers that it is off."""


@dataclass(frozen=True)
class SignIn:
    """How people sign in. The server's own pages are always there; apps lead to them by OAuth."""

    password_login: bool = True
    """Let apps ask for the password themselves, as older Matrix apps do (`m.login.password`), and sign people up.
    Off: passwords are typed on the server's own pages only."""

    test_password_grant: bool = False
    """For test suites of Mastodon apps: take passwords at `/oauth/token` too, weak ones of whoever signs up, and
    moderators' actions without a reason.
    Refused on an address that others can reach."""


@dataclass(frozen=True)
class Upstream:
    """An outside OpenID Connect provider with which people can sign in too."""

    issuer: str | None = None
    """The provider's issuer, such as `https://id.example.org/realms/tea`. When left out there is none."""

    client_id: str = "teahouse"
    """The id under which the provider knows this server. Register `PUBLIC_URL/account/upstream/callback` there
    as its redirect address."""

    client_secret: Secret | None = None
    """The secret that the provider gave this server."""

    name: str = "OpenID"
    """What the button on the sign-in page calls the provider."""

    scope: str = "openid profile"
    """What is asked of the provider; `openid` has to be in it."""

    localpart_claim: str = "preferred_username"
    """The claim that becomes the user name of a new account. A name that is taken or not allowed here lets the
    person choose another."""

    display_name_claim: str = "name"
    """The claim that becomes a new account's display name."""

    sign_up: bool = True
    """Make an account for whoever the provider knows and this server does not yet, whatever the registration
    mode: the provider decides who belongs."""

    only: bool = False
    """Offer nothing else on the sign-in page: no passwords. Without an `issuer` this changes nothing."""

    @property
    def is_only(self) -> bool:
        """Tell whether the provider is the only way in."""
        return self.only and self.issuer is not None


@dataclass(frozen=True)
class Rooms:
    """How new rooms are made."""

    default_version: RoomVersion = "12"
    """The room version of rooms whose creator does not name one."""


@dataclass(frozen=True)
class EndToEnd:
    """What apps are told of end-to-end encryption; whether a room is encrypted is up to who makes it."""

    by_default: bool = True
    """Apps encrypt new private rooms unless their user says otherwise (`io.element.e2ee` in well-known)."""

    dehydrated_devices: bool = False
    """Element leaves a locked device behind for each user, which takes room keys in while the user is signed
    in nowhere (`org.matrix.msc3814` in well-known). Other apps list it as one of the user's sessions."""

    backup_bytes: Annotated[int, Range(0, 1_099_511_627_776)] = 268_435_456
    """How much the key backups of one user may hold in all; 0 for no limit. A key takes about 1,000 bytes, one for
    each sender and week or hundred messages of a room."""


@dataclass(frozen=True)
class Instance:
    """What the server tells of itself to apps of the microblog and to visitors."""

    title: str = "Teahouse"
    """The name of the community."""

    description: str = "A community that chats and writes on a server of its own."
    """What the community is about, in a sentence or two."""

    contact_email: str | None = None
    """An address at which the operators can be reached. When left out: none is told."""

    rules: str | None = None
    """The house rules, one a line. When left out: none are told."""

    extended_description: str | None = None
    """What the community is about, at length. When left out: the description."""

    privacy_policy: str | None = None
    """What the server keeps of people, and who sees it. When left out: nothing is told."""

    terms_of_service: str | None = None
    """On which terms the server serves people. When left out: there are none."""

    public_pages: bool = True
    """Show profiles and public posts to visitors on pages of their own, with feeds. Who does not want a page can
    switch it off for themselves; off here, nobody has one."""

    @property
    def house_rules(self) -> list[str]:
        """The house rules in their order; a rule's number, from 1 on, is its id."""
        return [line.strip() for line in (self.rules or "").splitlines() if line.strip()]


@dataclass(frozen=True)
class Trends:
    """What counts as a trend of the microblog. People are counted, not acts."""

    accounts: Annotated[int, Range(1, 1_000_000)] = 5
    """How many different people must use a tag, or like a post, within a day."""

    account_age_days: Annotated[float, Range(0, 3650)] = 3.0
    """How old an account must be to count: accounts made to push something count for nothing."""

    refresh_s: Annotated[float, Range(0, 86_400)] = 300.0
    """How many seconds what was found is shown before it is looked for anew."""


@dataclass(frozen=True)
class Presence:
    """Who is online."""

    enabled: bool = False
    """Tell people who of their contacts is online. Costs a wake-up of every contact at each change."""


@dataclass(frozen=True)
class RateLimit:
    """One limit: a bucket that holds `burst` and refills at `per_second`."""

    per_second: Annotated[float, Range(0.0001, 1_000_000)]
    """How many are allowed each second in the long run."""

    burst: Annotated[int, Range(1, 1_000_000)]
    """How many may come at once after a quiet time."""


@dataclass(frozen=True)
class RateLimits:
    """How often one user (or, before sign-in, one address) may do the expensive and guessable things."""

    enabled: bool = True
    """Apply the limits. Switch off only for benchmarks and test suites."""

    login: RateLimit = field(default=RateLimit(0.2, 10))
    """Sign-in attempts, counted by address and by the user tried."""

    registration: RateLimit = field(default=RateLimit(0.1, 10))
    """Registration attempts and availability questions, by address."""

    app_registration: RateLimit = field(default=RateLimit(0.1, 50))
    """Apps that register themselves for OAuth, by address."""

    rendezvous: RateLimit = field(default=RateLimit(20, 200))
    """Requests of two devices that sign one of them in by QR code, by address; a new code counts as ten."""

    message: RateLimit = field(default=RateLimit(10, 100))
    """Events sent into rooms (messages, state, redactions), by user."""

    change: RateLimit = field(default=RateLimit(50, 1000))
    """Requests of the Matrix API that may change something, of any kind and on top of their own limits, by user."""

    initial_sync: RateLimit = field(default=RateLimit(1, 100))
    """First syncs, which carry everything, by user."""

    room_creation: RateLimit = field(default=RateLimit(0.2, 20))
    """Rooms created or upgraded, by user."""

    join: RateLimit = field(default=RateLimit(1, 30))
    """Rooms joined or knocked at, by user."""

    invite: RateLimit = field(default=RateLimit(1, 50))
    """Invites sent, by user."""

    report: RateLimit = field(default=RateLimit(0.1, 10))
    """Reports of events, rooms and users, by user."""

    directory_search: RateLimit = field(default=RateLimit(2, 20))
    """Searches of people, rooms and messages, by user."""

    api: RateLimit = field(default=RateLimit(1, 300))
    """Requests of the Mastodon API, by user, and by address for visitors."""

    page: RateLimit = field(default=RateLimit(2, 120))
    """Public pages of profiles, posts and tags, and their feeds, by address."""

    status: RateLimit = field(default=RateLimit(0.2, 60))
    """Posts, reposts and edits, by user."""

    delete: RateLimit = field(default=RateLimit(0.02, 30))
    """Posts deleted, by user."""

    push: RateLimit = field(default=RateLimit(2, 100))
    """Changes of push rules and pushers, by user."""

    preview: RateLimit = field(default=RateLimit(1, 30))
    """Previews of links asked for, by user."""

    upload: RateLimit = field(default=RateLimit(2, 200))
    """Files uploaded, and media ids reserved, by user. A photo is two: itself and the app's thumbnail."""


@dataclass(frozen=True)
class Push:
    """How push notifications reach the apps' push gateways."""

    timeout_s: Annotated[float, Range(1, 300)] = 10.0
    """How many seconds a push gateway may take to answer before the delivery is tried again later."""

    allow_private_addresses: bool = False
    """Deliver to gateways on loopback and private networks. Off, because any user may name a gateway and so
    could reach services that only this machine sees; switch on when your own gateway runs there."""


@dataclass(frozen=True)
class Media:
    """Photos, videos, voice messages and files."""

    store: StoreUrl = field(default=StoreUrl(""))
    """Where the bytes lie: `file:///absolute/folder`, or `s3://bucket/prefix` for an S3-compatible store. When
    left out: the folder `media` in the data folder."""

    s3_endpoint: str | None = None
    """The address of the S3-compatible store, such as `https://minio.example.org:9000`. When left out: Amazon's
    own for the region."""

    s3_region: str = "us-east-1"
    """The region of the bucket."""

    s3_access_key: Secret | None = None
    """The id of the key with which the server reaches the bucket."""

    s3_secret_key: Secret | None = None
    """The secret of that key; better given as a variable than in the file."""

    redirect: bool = False
    """Send apps that allow it straight to the S3-compatible store with a signed address, instead of passing the
    bytes on. Only where people can reach the store's address."""

    max_upload_bytes: Annotated[int, Range(1024, 53_687_091_200)] = 104_857_600
    """The largest file that may be uploaded; apps are told. The reverse proxy needs a limit no smaller."""

    user_quota_bytes: Annotated[int, Range(0, 1_125_899_906_842_624)] = 10_737_418_240
    """How much one user may have stored in all; 0 for no limit."""

    uploads_at_once: Annotated[int, Range(1, 1000)] = 10
    """How many uploads of one user may run at the same time."""

    pending_uploads: Annotated[int, Range(1, 10_000)] = 100
    """How many media ids one user may have reserved for uploads that have not come yet."""

    pending_hours: Annotated[float, Range(0.001, 720)] = 24
    """How long a reserved media id waits for its upload."""

    workers: Annotated[int, Range(0, 64)] = 0
    """How many processes at most look into files at the same time (thumbnails, videos, voice messages); 0 for as
    many as the machine has processors, four at most. None runs while nothing is asked."""

    keep_unused_days: Annotated[float, Range(0, 36_500)] = 0
    """Remove files of chats that nobody has fetched for so many days; 0 keeps them for ever. The server can't see
    which messages of encrypted rooms still name a file, so this forgets files of old messages too."""

    previews: bool = False
    """Tell apps what is behind links: title, description, picture. The server then fetches every page that a
    user asks about, posts, or names in the profile (to see whether it links back); off, it fetches nothing, such
    questions are answered with nothing, and posts have no cards."""

    preview_hours: Annotated[float, Range(0.01, 8760)] = 24
    """How long a preview is kept before its page is fetched anew."""

    preview_private_addresses: bool = False
    """Fetch pages from loopback and private networks too. Off, because any user could then read services that
    only this machine sees; switch on for previews of a wiki in your own network."""

    unauthenticated: bool = False
    """Serve media also under the old paths that ask for no access token, for very old apps. Whoever learns the id
    of a file can then fetch it without an account."""


@dataclass(frozen=True)
class Log:
    """What is written to the terminal. Never messages, tokens or passwords."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least important lines that are still written."""

    format: Literal["console", "json"] = "console"
    """`console` for people, `json` for log collectors (one object a line)."""


@dataclass(frozen=True)
class Metrics:
    """Figures for Prometheus."""

    enabled: bool = True
    """Serve `/metrics`. It tells traffic figures and no names; let your reverse proxy keep it private."""


@dataclass(frozen=True)
class Limits:
    """Sizes beyond which a request is refused."""

    body_bytes: Annotated[int, Range(65_536, 104_857_600)] = 1_048_576
    """The largest JSON request body."""

    devices_per_user: Annotated[int, Range(2, 100_000)] = 500
    """How many devices one person may have. Signing in on one more signs out the one that was seen longest ago."""


@dataclass(frozen=True)
class Config:
    """Everything that an operator can set."""

    server_name: str = "localhost"
    """The name behind the colon in user and room ids, such as `example.org`. It can never be changed once
    people have used it. When left out: `localhost` on a loopback address; any other address needs it."""

    public_url: str = "http://127.0.0.1:8008"
    """The address under which apps reach the server; well-known answers tell it. When left out:
    `http://host:port` on a loopback address, `https://` and the server name on any other."""

    data: Path = Path("teahouse-data")
    """The folder for everything that the server keeps: the SQLite file, files
    that people send, and the keys by which the server signs and seals."""

    database: DatabaseUrl = field(default=DatabaseUrl(""))
    """`sqlite:///absolute/path.db` or `postgresql://user:password@host:5432/name`. When left out: the
    SQLite file `teahouse.db` in the data folder."""

    listen: Listen = field(default_factory=Listen)
    registration: Registration = field(default_factory=Registration)
    sign_in: SignIn = field(default_factory=SignIn)
    upstream: Upstream = field(default_factory=Upstream)
    rooms: Rooms = field(default_factory=Rooms)
    encryption: EndToEnd = field(default_factory=EndToEnd)
    instance: Instance = field(default_factory=Instance)
    trends: Trends = field(default_factory=Trends)
    presence: Presence = field(default_factory=Presence)
    rate_limits: RateLimits = field(default_factory=RateLimits)
    push: Push = field(default_factory=Push)
    media: Media = field(default_factory=Media)
    log: Log = field(default_factory=Log)
    metrics: Metrics = field(default_factory=Metrics)
    limits: Limits = field(default_factory=Limits)

    @property
    def takes_passwords(self) -> bool:
        """Tell whether apps may ask for passwords themselves."""
        return self.sign_in.password_login and not self.upstream.is_only
