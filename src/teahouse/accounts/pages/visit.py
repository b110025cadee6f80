"""One request of a page: who visits, in which language, what the form holds, and the answer on its way.

A form is taken only with the token that it was shown with, and never from another site. The way on after a sign-in is
always one of our own pages, whatever the request says.
"""

import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import structlog
from litestar import Request, Response, get, post
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler

from teahouse.accounts.addresses import client_address
from teahouse.accounts.browsers import Cookie, form_token, is_form_token
from teahouse.accounts.pages.show import html, page_headers, redirect, render
from teahouse.accounts.pages.texts import LANGUAGES, Words, choose_language
from teahouse.accounts.service import Accounts
from teahouse.accounts.store_browsers import BrowserSession
from teahouse.errors import Forbidden, LimitExceeded, TeahouseError, Unrecognized
from teahouse.kernel.http import AccountLocked, open_to_all
from teahouse.kernel.http.accents import as_teahouse_error
from teahouse.kernel.storage import Tx

log = structlog.get_logger(__name__)

AnyRequest = Request[Any, Any, Any]
Answer = Response[Any]
HOME = "/account"
YEAR_S = 365 * 24 * 60 * 60
MOST_FIELDS = 1100
LONGEST_NEXT = 9000
_NEXT = re.compile(r"/(account|account/[a-z-]+|oauth/authorize|oauth/device)(\?[\x21\x23-\x5b\x5d-\x7e]*)?")


class StaleForm(Forbidden):
    """The form was not shown in this browser and session, or comes from another site."""


@dataclass
class Visit:
    """A visitor of a page."""

    request: AnyRequest
    accounts: Accounts
    t: Words
    session: BrowserSession | None
    locked: BrowserSession | None = None
    """The session of a locked person, who counts as signed out but on the page that says why."""
    form: dict[str, list[str]] = field(default_factory=dict)
    cookies: list[Cookie] = field(default_factory=list)
    form_cookie: str = ""
    session_cookie: str = ""

    # What was asked

    @property
    def address(self) -> str:
        """Where the visitor comes from."""
        return client_address(self.request)

    @property
    def query(self) -> str:
        """The query, to the letter."""
        raw: bytes = self.request.scope["query_string"]
        return raw.decode("latin-1")

    def asked(self, name: str) -> str:
        """Give a parameter of the query, empty when it is missing or can't be read."""
        return dict(_pairs(self.query)).get(name, "")

    def field(self, name: str) -> str:
        """Give a field of the form."""
        return self.form.get(name, [""])[-1]

    @property
    def next(self) -> str:
        """The page to go on with; the home page unless a page of ours was named."""
        return safe_next(self.field("next") or self.asked("next"))

    # The answer

    def show(
        self, template: str, title: str, *, status: int = 200, form_target: str = "", **values: Any
    ) -> Answer:
        """Answer with a page."""
        base, config = self.base, self.accounts.config
        shown = {
            "t": self.t,
            "title": title,
            "server": config.server_name,
            "base": base,
            "user": self.session.user_id if self.session else "",
            "form_token": form_token(self.form_cookie, self.session_cookie),
            "switch": self._switch(),
        }
        body = render(template, shown | values)
        secure = self.accounts.browsers.secure
        return html(body, page_headers(form_target), self.cookies, secure=secure, status=status)

    def message(self, title: str, *lines: str, status: int = 200, **values: Any) -> Answer:
        """Answer with a page that only tells something."""
        return self.show("message.html", title, status=status, lines=lines, **values)

    def go(self, path: str) -> Answer:
        """Send the visitor to one of our pages."""
        return redirect(self.base + path, self.cookies, secure=self.accounts.browsers.secure)

    def leave(self, location: str) -> Answer:
        """Send the visitor to an app or a provider, whose address was checked."""
        return redirect(location, self.cookies, secure=self.accounts.browsers.secure)

    def sign_in_first(self, path: str | None = None) -> Answer:
        """Send the visitor to the sign-in page, and back here after it."""
        if self.locked is not None:
            return self.go("/account/locked")
        here = path or self.request.scope["path"] + (f"?{self.query}" if self.query else "")
        return self.go(f"/account/sign-in?{urlencode({'next': safe_next(here)})}")

    @property
    def base(self) -> str:
        """The path below which a proxy serves this server, nearly always empty."""
        return urlsplit(self.accounts.config.public_url).path.rstrip("/")

    async def begin_session(
        self, user_id: str, within: Callable[[Tx], Awaitable[None]] | None = None
    ) -> None:
        """Sign the visitor in, unless `within` refuses; the session that was there before ends."""
        if self.session is not None:
            await self.accounts.browsers.end(self.session.user_id, [self.session.session_id])
        agent = self.request.headers.get("user-agent", "")
        self.cookies.append(await self.accounts.browsers.begin(user_id, agent, self.address, within))

    def explain(self, error: TeahouseError) -> str:
        """Say in the visitor's language what went wrong."""
        if isinstance(error, LimitExceeded):
            return self.t("error_too_many", seconds=-(-error.retry_after_ms // 1000))
        if isinstance(error, AccountLocked):
            return self.t("error_locked", reason=error.reason)
        if isinstance(error, StaleForm):
            return self.t("error_form")
        if isinstance(error, Unrecognized):
            return self.t("error_not_found")
        if error.status >= 500:
            return self.t("error_server")
        known = {
            "M_USER_IN_USE": "error_name_taken",
            "M_INVALID_USERNAME": "error_bad_name",
            "M_WEAK_PASSWORD": "error_weak_password",
        }
        return self.t(known[error.errcode]) if error.errcode in known else error.message

    def _switch(self) -> str:
        if self.request.method != "GET":
            return ""
        kept = [part for part in self.query.split("&") if part and not part.startswith("lang=")]
        other = self.t("other_language_code")
        return f"{self.base}{self.request.scope['path']}?{'&'.join([*kept, f'lang={other}'])}"


def safe_next(path: str) -> str:
    """Give the path if it is one of our pages to the letter, else the home page."""
    return path if len(path) <= LONGEST_NEXT and _NEXT.fullmatch(path) else HOME


def without(query: str, *names: str) -> str:
    """Give the query without these parameters, the rest to the letter."""
    starts = tuple(f"{name}=" for name in names)
    return "&".join(part for part in query.split("&") if not part.startswith(starts) and part not in names)


def begin_visit(request: AnyRequest, accounts: Accounts) -> Visit:
    """Learn what the request alone tells: the language and the cookies."""
    browsers, jar = accounts.browsers, request.cookies
    visit = Visit(request, accounts, Words(LANGUAGES[0]), None)
    visit.form_cookie = jar.get(browsers.form_cookie, "")
    asked, remembered = visit.asked("lang"), jar.get(browsers.language_cookie, "")
    visit.t = Words(choose_language(asked, remembered, request.headers.get("accept-language", "")))
    if asked:
        visit.cookies.append(Cookie(browsers.language_cookie, visit.t.language, YEAR_S))
    if not re.fullmatch(r"[A-Za-z0-9_-]{43}", visit.form_cookie):
        visit.form_cookie = secrets.token_urlsafe(32)
        visit.cookies.append(Cookie(browsers.form_cookie, visit.form_cookie, YEAR_S))
    return visit


async def provide_visit(request: AnyRequest, accounts: Accounts) -> Visit:
    """Give a page its visit, with its session known, the form read and its token checked; raises StaleForm."""
    visit = begin_visit(request, accounts)
    cookie = request.cookies.get(accounts.browsers.session_cookie, "")
    found = await accounts.browsers.find(cookie, visit.address)
    if found is not None and found.locked_reason is not None:
        visit.locked = found
    else:
        visit.session = found
    visit.session_cookie = cookie if found is not None else ""
    if request.method == "POST":
        # The library's own body: ours takes JSON only.
        for name, value in _pairs((await Request.body(request)).decode("latin-1")):
            visit.form.setdefault(name, []).append(value)
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise StaleForm("This form comes from another site")
        if not is_form_token(visit.field("form_token"), visit.form_cookie, visit.session_cookie):
            raise StaleForm("This form is stale")
    return visit


def _pairs(encoded: str) -> list[tuple[str, str]]:
    try:
        pairs = parse_qsl(encoded, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        return []
    return [] if any("\0" in text for pair in pairs for text in pair) else pairs


def show_error(request: AnyRequest, error: Exception) -> Answer:
    """Answer any exception of a page with a page."""
    known = as_teahouse_error(error)
    visit = begin_visit(request, request.app.state.services.accounts)
    lines = [visit.explain(known)]
    if "error" in known.fields:
        lines = [visit.t("error_request", reason=known.message), visit.t("error_request_hint")]
    title = visit.t("error_title")
    answer = visit.message(title, *lines, status=known.status, link=visit.base + HOME, link_text="account")
    if isinstance(known, LimitExceeded):
        answer.headers["Retry-After"] = str(-(-known.retry_after_ms // 1000))
    return answer


Page = Callable[..., Awaitable[Answer]]


def page_get(path: str) -> Callable[[Page], HTTPRouteHandler]:
    """Make a page that is shown."""
    return _page(get, path)


def page_post(path: str) -> Callable[[Page], HTTPRouteHandler]:
    """Make the taker of a page's form."""
    return _page(post, path, status_code=200)


def _page(method: Any, path: str, **options: Any) -> Callable[[Page], HTTPRouteHandler]:
    decorate: Callable[[Page], HTTPRouteHandler] = method(
        path,
        guards=[open_to_all],
        dependencies={"visit": Provide(provide_visit)},
        exception_handlers={Exception: show_error},
        include_in_schema=False,
        opt={"page": True},
        **options,
    )
    return decorate
