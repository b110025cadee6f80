"""A person with a browser: opens the server's pages, fills their forms in and follows redirects within the server.

It knows HTML forms and cookies and nothing of the server. A redirect to elsewhere is where it stops, as a test wants
to see it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from tests.actors import PASSWORD, open_client


@dataclass
class Form:
    """A form of a page, with the values that it has already."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        self.ids.add(given.get("id", ""))
        if tag == "form":
            self.found.append(Form(given["action"]))
        elif tag == "input" and self.found and "name" in given:
            if given.get("type") == "checkbox" and "checked" not in given:
                return
            self.found[-1].fields.append((given["name"], given.get("value", "")))
        elif tag == "button" and self.found:
            self.found[-1].buttons.append((given.get("name", ""), given.get("value", "")))


@dataclass
class Page:
    """What a browser shows: a page, or an address elsewhere at which it stopped."""

    answer: httpx.Response
    elsewhere: str = ""

    @property
    def status(self) -> int:
        """The answer's status."""
        return self.answer.status_code

    @property
    def text(self) -> str:
        """The page's source."""
        return self.answer.text

    @property
    def path(self) -> str:
        """The path that the page has."""
        return self.answer.request.url.path

    @property
    def forms(self) -> list[Form]:
        """The page's forms."""
        parser = _Forms()
        parser.feed(self.text)
        return parser.found

    @property
    def ids(self) -> set[str]:
        """The ids of the page's elements."""
        parser = _Forms()
        parser.feed(self.text)
        return parser.ids

    @property
    def told(self) -> dict[str, str]:
        """What the address elsewhere carries, in its query or its fragment."""
        parts = urlsplit(self.elsewhere)
        return dict(parse_qsl(parts.query or parts.fragment, keep_blank_values=True))


class Browser:
    """One browser with its own cookies."""

    def __init__(self, url: str, language: str = "en") -> None:
        self.url = url
        self.http = open_client(url)
        self.http.headers["Accept-Language"] = language

    async def __aenter__(self) -> Self:
        """Enter a block that closes the browser at its end."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the browser."""
        await self.http.aclose()

    async def open(self, address: str, **query: Any) -> Page:
        """Open an address, and follow redirects within the server."""
        return await self._show(await self.http.get(address, params=query or None))

    async def submit(
        self, page: Page, button: str | None = None, form: int = 0, **filled: str | list[str]
    ) -> Page:
        """Submit a form of the page with some fields filled in, by the button of that value."""
        chosen = page.forms[form]
        fields = [(name, value) for name, value in chosen.fields if name not in filled]
        for name, value in filled.items():
            fields += [(name, one) for one in ([value] if isinstance(value, str) else value)]
        fields += [pressed for pressed in chosen.buttons if pressed[1] == button and button is not None]
        return await self.post(chosen.action, fields)

    async def post(self, action: str, fields: list[tuple[str, str]], **headers: str) -> Page:
        """Send fields as a form does."""
        body = urlencode(fields)
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self._show(await self.http.post(action, content=body, headers={**kind, **headers}))

    async def _show(self, answer: httpx.Response) -> Page:
        for _ in range(10):
            if answer.status_code not in (302, 303):
                return Page(answer)
            location = answer.headers["location"]
            if not location.startswith(("/", self.url + "/")) or location.startswith("//"):
                return Page(answer, elsewhere=location)
            answer = await self.http.get(location)
        raise AssertionError(f"redirects without an end, at {answer.request.url}")

    async def sign_up(self, username: str, page: Page | None = None, **more: str) -> Page:
        """Make an account on the sign-up page."""
        shown = page or await self.open("/account/sign-up")
        return await self.submit(shown, None, 0, username=username, password=PASSWORD, **more)

    async def sign_in(self, username: str, password: str = PASSWORD, page: Page | None = None) -> Page:
        """Sign in on the sign-in page."""
        shown = page or await self.open("/account/sign-in")
        return await self.submit(shown, username=username, password=password)
