"""Pages out of templates, with the headers that protect them: no frame, no script, no form that leads elsewhere."""

import hashlib
from collections.abc import Iterable
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Response

from teahouse.accounts.browsers import Cookie

STYLE = files("teahouse.accounts.pages").joinpath("style.css").read_bytes()
STYLE_VERSION = hashlib.sha256(STYLE).hexdigest()[:12]


def _host(url: str) -> str:
    return urlsplit(url).netloc


_TEMPLATES = Environment(
    loader=PackageLoader("teahouse.accounts.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["host"] = _host
_DEFAULTS: dict[str, Any] = {
    "style_version": STYLE_VERSION,
    "place": "",
    "message": "",
    "wrong": "",
    "switch": "",
    "lines": (),
    "code": "",
    "link": "",
    "link_text": "back",
    "ticket": "",
}


def render(template: str, values: dict[str, Any]) -> str:
    """Fill a template in; everything is escaped."""
    return _TEMPLATES.get_template(template).render(_DEFAULTS | values)


def page_headers(form_target: str = "") -> dict[str, str]:
    """Give the headers of a page whose forms lead to this server, and by a redirect to `form_target` at most."""
    target = f" {form_target}" if form_target else ""
    policy = (
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self'{target}"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "private, no-store",
    }


def html(
    body: str, headers: dict[str, str], cookies: Iterable[Cookie], *, secure: bool, status: int = 200
) -> Response[str]:
    """Answer with a page."""
    answer = Response(body, status_code=status, headers=headers, media_type="text/html")
    return with_cookies(answer, cookies, secure=secure)


def redirect(location: str, cookies: Iterable[Cookie], *, secure: bool) -> Response[Any]:
    """Send the browser elsewhere, with GET."""
    headers = {"Location": location, "Referrer-Policy": "no-referrer", "Cache-Control": "private, no-store"}
    return with_cookies(
        Response("", status_code=303, headers=headers, media_type="text/html"), cookies, secure=secure
    )


def with_cookies(answer: Response[Any], cookies: Iterable[Cookie], *, secure: bool) -> Response[Any]:
    """Set cookies with an answer."""
    for cookie in cookies:
        answer.set_cookie(
            cookie.name,
            cookie.value,
            max_age=cookie.max_age_s,
            path="/",
            secure=secure,
            httponly=True,
            samesite="lax",
        )
    return answer
