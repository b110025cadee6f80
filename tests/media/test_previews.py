"""Previews of links: what a page says of itself, within bounds, and never from our own network."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from teahouse.media.previews.page import read_page
from tests.actors import Actor, Json, fresh_localpart, register
from tests.media.files import PIXEL, fetched
from tests.media.web_site import WebSite
from tests.server_process import SECRET, ServerProcess

PREVIEW = "/_matrix/client/v1/media/preview_url"
OPEN_GRAPH = (
    '<meta property="og:title" content="Green &amp; black">'
    "<meta content='All about tea' property='og:description'>"
    '<META NAME="twitter:title" CONTENT="not this">'
)


async def curious(folder: object, settings: str) -> ServerProcess:
    """Start a server that previews links."""
    process = ServerProcess(folder)  # type: ignore[arg-type]
    (process.data / "teahouse.toml").write_text(f"[media]\npreviews = true\n{settings}")
    process.options = ("--config", str(process.data / "teahouse.toml"))
    await process.start()
    return process


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def open_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """A server whose operator allows pages of private networks, such as the test's."""
    process = await curious(tmp_path_factory.mktemp("open"), "preview_private_addresses = true\n")
    yield process
    await process.remove()


@pytest_asyncio.fixture(loop_scope="session")
async def ada(open_server: ServerProcess) -> AsyncIterator[Actor]:
    """A user of that server."""
    async with await register(open_server.url, SECRET, fresh_localpart("ada")) as actor:
        yield actor


@pytest_asyncio.fixture(loop_scope="session")
async def site() -> AsyncIterator[WebSite]:
    """A web site."""
    async with WebSite() as made:
        yield made


async def preview(actor: Actor, url: str) -> Json:
    """Ask what is behind a link."""
    return dict(await actor.get(PREVIEW, url=url))


async def test_a_page_and_its_picture_are_told_once_for_all(ada: Actor, site: WebSite) -> None:
    site.file("/leaf.png", "image/png", PIXEL)
    url = site.page("/tea", OPEN_GRAPH + '<meta property="og:image" content="leaf.png">')
    told = await preview(ada, url + "#brewing")
    picture = told.pop("og:image")
    assert told == {
        "og:title": "Green & black",
        "og:description": "All about tea",
        "og:image:type": "image/png",
        "og:image:width": 1,
        "og:image:height": 1,
        "matrix:image:size": len(PIXEL),
    }
    assert await fetched(ada, picture.removeprefix("mxc://localhost/")) == PIXEL
    assert (await preview(ada, url))["og:title"] == "Green & black"
    assert (await ada.get("/_matrix/media/v3/preview_url", url=url))["og:image"] == picture
    assert site.visits == ["/tea", "/leaf.png"], "what was fetched is kept"
    assert (await ada.get("/_teahouse/media/uploads"))["uploads"] == [], "it is nobody's upload"


async def test_a_plain_page_is_told_by_its_title_and_description(ada: Actor, site: WebSite) -> None:
    url = site.page("/plain", "<title>\n Tea   house </title><meta name=description content='Since 1883'>")
    assert await preview(ada, url) == {"og:title": "Tea house", "og:description": "Since 1883"}


async def test_oembed_says_what_the_page_does_not(ada: Actor, site: WebSite) -> None:
    site.file("/leaf.png", "image/png", PIXEL)
    said = (
        b'{"type": "video", "title": "Pouring", "provider_name": "TeaTube", "thumbnail_url": "%s/leaf.png"}'
    )
    site.file("/oembed?x=1", "application/json", said % site.url.encode())
    link = '<link rel="alternate" type="application/json+oembed" href="/oembed?x=1">'
    told = await preview(ada, site.page("/film", link))
    assert told["og:title"] == "Pouring"
    assert told["og:site_name"] == "TeaTube"
    assert told["og:image"].startswith("mxc://localhost/")


async def test_a_picture_is_its_own_preview(ada: Actor, site: WebSite) -> None:
    told = await preview(ada, site.file("/leaf.png", "image/png", PIXEL))
    assert told["og:image:type"] == "image/png"
    assert told["matrix:image:size"] == len(PIXEL)


async def test_three_redirects_are_followed_and_no_more(ada: Actor, site: WebSite) -> None:
    site.page("/end", "<title>Arrived</title>")
    site.redirects = {f"/{n}": f"/{n + 1}" for n in range(10)} | {"/3": "/end"}
    assert (await preview(ada, site.url + "/1"))["og:title"] == "Arrived"
    site.redirects["/3"] = "/4"
    assert await preview(ada, site.url + "/0") == {}
    assert site.visits.count("/4") <= 1


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("application/pdf", b"%PDF"),
        ("text/plain", b"<title>no page</title>"),
        ("image/png", b"x" * (1024 * 1024 + 1)),
        ("image/svg+xml", b"<svg/>"),
    ],
)
async def test_what_is_neither_page_nor_small_picture_has_no_preview(
    ada: Actor, site: WebSite, kind: str, data: bytes
) -> None:
    assert await preview(ada, site.file("/file", kind, data)) == {}


async def test_a_page_that_is_too_large_is_read_from_its_beginning(ada: Actor, site: WebSite) -> None:
    url = site.page("/long", "<title>Long</title>", "x" * 3_000_000)
    assert await preview(ada, url) == {"og:title": "Long"}


async def test_what_never_answers_or_is_not_there_has_no_preview(ada: Actor, site: WebSite) -> None:
    site.silent.add("/silent")
    for url in (site.url + "/absent", "http://127.0.0.1:1/", site.url + "/silent"):
        assert await preview(ada, url) == {}
    site.page("/silent", "<title>Now</title>")
    assert await preview(ada, site.url + "/silent") == {}, "that there was nothing is remembered too"


@pytest.mark.parametrize(
    "url", ["", "tea", "ftp://example.com/", "file:///etc/passwd", "http://", "http://[", "http://a b/", "//x/y",
            "http://user:word@127.0.0.1/", "gopher://127.0.0.1/", "http://127.0.0.1:99999/"],
)  # fmt: skip
async def test_what_is_no_address_of_the_web_has_no_preview(ada: Actor, url: str) -> None:
    assert await preview(ada, url) == {}


async def test_an_address_must_be_given_and_not_too_long(ada: Actor) -> None:
    await ada.refused("GET", PREVIEW, 400, "M_MISSING_PARAM")
    await ada.refused("GET", PREVIEW, 400, "M_INVALID_PARAM", params={"url": "http://a/" + "x" * 5000})


async def test_by_default_nothing_is_fetched(alice: Actor, site: WebSite) -> None:
    url = site.page("/tea", OPEN_GRAPH)
    assert await preview(alice, url) == {}
    assert site.visits == []


async def test_g60_nothing_of_our_own_network_is_ever_visited(
    tmp_path_factory: pytest.TempPathFactory, site: WebSite
) -> None:
    process = await curious(tmp_path_factory.mktemp("careful"), "")
    port = site.port
    site.page("/", OPEN_GRAPH)
    hosts = (
        "127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]",  # noqa: S104
        "[64:ff9b::7f00:1]", "169.254.169.254", "10.0.0.1", "[fe80::1]", "192.168.0.1",
    )  # fmt: skip
    async with await register(process.url, SECRET, fresh_localpart("eve")) as eve:
        for host in hosts:
            for url in (f"http://{host}/", f"http://{host}:{port}/", f"https://{host}/"):
                assert await preview(eve, url) == {}
    await process.remove()
    assert site.visits == []


HOSTILE = {
    "nested": b"<div>" * 200_000,
    "attributes": b"<meta " + b"a=b " * 250_000,
    "tags": b"<meta property=og:title content=" * 30_000,
    "comments": b"<!---->" * 140_000,
    "open comments": b"<!--" * 250_000,
    "scripts": b"<script" * 140_000,
    "equals": b"<meta " + b"=" * 1_000_000,
    "spaces": b"<meta content" + b" " * 1_000_000,
    "entities": b"<title>" + b"&amp;" * 200_000,
    "nothing": bytes(1_000_000),
    "charset": b"<meta charset=rot13><title>a</title>",
    "bad charset": b"<meta charset=no-such><title>a</title>",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_page_takes_long_to_read(kind: str) -> None:
    started = time.process_time()
    page = read_page(HOSTILE[kind], "text/html", "http://example.com/")
    assert time.process_time() - started < 2
    assert all(len(text) <= 1000 for text in page.properties.values())


def test_what_is_hidden_in_comments_and_scripts_is_not_read() -> None:
    body = b"<!-- <title>no</title> --><script>'<title>no</title>'</script><style><title>no</style><title>yes</title>"
    assert read_page(body, "text/html", "http://example.com/").properties == {"og:title": "yes"}
