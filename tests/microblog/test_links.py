"""What is behind links: cards of posts, links as trends, and pages that say whose profile is whose."""

from __future__ import annotations

import asyncio
import html
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio

from teahouse.media.previews.back_links import me_links, same_form
from teahouse.media.previews.description import describe, web_address
from teahouse.media.previews.page import read_page
from tests.media.web_site import WebSite
from tests.microblog.bloggers import Blogger, Json, bloggers
from tests.microblog.test_media import picture
from tests.microblog.test_pages import harmless
from tests.microblog.test_streaming import event, hearing
from tests.running_server import RunningServer
from tests.server_process import SECRET, ServerProcess

SETTINGS = """
[media]
previews = true
preview_private_addresses = true
[trends]
accounts = 3
account_age_days = 0
refresh_s = 0
"""
PATIENCE_S = 30


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def linking(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """A server that looks at links, also at those of the test's own site, and where three people make a trend."""
    data = tmp_path_factory.mktemp("linking")
    (data / "teahouse.toml").write_text(SETTINGS)
    process = ServerProcess(data, "--config", str(data / "teahouse.toml"))
    await process.start()
    yield process
    await process.remove()


@pytest_asyncio.fixture(loop_scope="session")
async def people(linking: ServerProcess) -> AsyncIterator[list[Blogger]]:
    """Ann, Ben and Cleo on that server."""
    made = await bloggers(RunningServer(linking.url, linking.server_name, SECRET), "ann", "ben", "cleo")
    yield made
    await asyncio.gather(*(one.actor.close() for one in made))


@pytest_asyncio.fixture(loop_scope="session")
async def site() -> AsyncIterator[WebSite]:
    """A web site."""
    async with WebSite() as made:
        yield made


async def until(look: Callable[[], Awaitable[Any]]) -> Any:
    """Look until there is something, and give it."""
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        found = await look()
        if found:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError("it never came")


async def card_of(reader: Blogger, status: Json) -> Json:
    """Wait for the card of a post, and give it."""

    async def look() -> Any:
        return (await reader.get(f"/v1/statuses/{status['id']}"))["card"]

    return dict(await until(look))


async def test_a_card_comes_after_its_post_and_is_told_on_the_stream(
    people: list[Blogger], site: WebSite
) -> None:
    ann, ben, _ = people
    await ben.follow(ann)
    site.file("/leaf.jpg", "image/jpeg", picture(1200, 600))
    url = site.page(
        "/tea",
        '<meta property="og:title" content="Green &amp; black"><meta property="og:description" content="All of it">'
        '<meta property="og:site_name" content="The Leaf"><meta name="author" content="Li Wei">'
        '<meta property="og:image" content="leaf.jpg"><meta property="og:image:alt" content="A leaf">'
        '<meta property="article:published_time" content="2026-03-04T05:06:07+00:00">',
    )
    site.held["/tea"] = asyncio.Event()
    async with hearing(ben, "user") as socket:
        said = await ann.post(f"read {url}#steeping and {site.url}/other")
        assert said["card"] is None, "the post did not wait"
        stream, name, heard = await event(socket)
        assert (stream, name, heard["id"], heard["card"]) == (["user"], "update", said["id"], None)
        site.held["/tea"].set()
        stream, name, heard = await event(socket)
        assert (stream, name, heard["id"]) == (["user"], "status.update", said["id"])
    card = dict(heard["card"])
    image = card.pop("image")
    assert card.pop("blurhash")
    assert card == {
        "url": f"{url}#steeping", "title": "Green & black", "description": "All of it", "type": "link",
        "language": None, "author_name": "Li Wei", "author_url": "", "provider_name": "The Leaf",
        "provider_url": f"{site.url}/", "html": "", "width": 640, "height": 320, "image_description": "A leaf",
        "embed_url": "", "published_at": "2026-03-04T05:06:07.000Z",
        "authors": [{"name": "Li Wei", "url": "", "account": None}],
    }  # fmt: skip
    assert image.startswith(f"{ann.actor.url}/media/")
    shown = await ben.actor.http.get(image)
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert heard["edited_at"] is None
    assert await ben.get(f"/v1/statuses/{said['id']}/card") == heard["card"]
    assert (await ben.get("/v1/timelines/home"))[0]["card"] == heard["card"]


async def test_many_posts_of_a_link_fetch_it_once(people: list[Blogger], site: WebSite) -> None:
    url = site.page("/many", "<title>Many</title>")
    posts = await asyncio.gather(*(one.post(f"{url} {n}") for one in people for n in range(3)))
    for said in posts:
        assert (await card_of(people[0], said))["title"] == "Many"
    assert site.visits.count("/many") == 1
    again = await people[1].post(f"once more {url}")
    assert again["card"]["title"] == "Many", "what is known is there with the post"
    assert site.visits.count("/many") == 1


async def test_a_card_tells_nothing_of_the_private_post_that_has_it(
    people: list[Blogger], site: WebSite
) -> None:
    ann, ben, cleo = people
    url = site.page("/private", "<title>Behind</title>")
    secret = await ann.post(f"only @{ben.name} {url}", visibility="direct")
    assert (await card_of(ben, secret))["title"] == "Behind"
    await cleo.refused("GET", f"/v1/statuses/{secret['id']}/card", 404)
    await cleo.refused("GET", "/v1/timelines/link", 404, params={"url": url})
    assert all(link["url"] != url for link in await cleo.get("/v1/trends/links"))


async def test_a_changed_link_has_another_card_and_a_deleted_post_leaves_none(
    people: list[Blogger], site: WebSite
) -> None:
    ann, ben, _ = people
    site.file("/first.jpg", "image/jpeg", picture(80, 40))
    first = site.page("/first", '<title>First</title><meta property="og:image" content="/first.jpg">')
    second = site.page("/second", "<title>Second</title>")
    said = await ann.post(first)
    image = (await card_of(ben, said))["image"]
    assert (await ben.actor.http.get(image)).status_code == 200
    await ann.call("PUT", f"/v1/statuses/{said['id']}", json={"status": second})

    async def second_card() -> bool:
        card = (await ben.get(f"/v1/statuses/{said['id']}"))["card"]
        assert card is None or card["title"] == "Second"
        return card is not None

    async def is_gone() -> bool:
        return (await ben.actor.http.get(image)).status_code == 404

    await until(second_card)
    await until(is_gone)
    await ann.call("PUT", f"/v1/statuses/{said['id']}", json={"status": "no link"})
    assert (await ben.get(f"/v1/statuses/{said['id']}"))["card"] is None


async def test_films_and_pictures_have_cards_of_their_kind(people: list[Blogger], site: WebSite) -> None:
    ann, *_ = people
    oembed = (
        b'{"type": "video", "title": "Steam", "author_name": "Mei", "author_url": "https://film.example/mei", '
        b'"width": 640, "height": 360, "html": "<script>alert(1)</script>'
        b"<iframe width='1' src='https://film.example/embed?a=1&amp;b=2' onload='alert(1)'></iframe>\"}"
    )
    site.file("/oembed", "application/json", oembed)
    film = site.page("/film", '<link rel="alternate" type="application/json+oembed" href="/oembed">')
    card = await card_of(ann, await ann.post(film))
    assert (card["type"], card["title"], card["author_name"]) == ("video", "Steam", "Mei")
    assert (card["author_url"], card["width"], card["height"]) == ("https://film.example/mei", 640, 360)
    assert re.fullmatch(
        r'<iframe src="https://film\.example/embed\?a=1&amp;b=2" width="640" height="360" [^<>]*></iframe>',
        card["html"],
    )
    still = await card_of(ann, await ann.post(site.file("/cup.jpg", "image/jpeg", picture(640, 480))))
    assert (still["type"], still["title"], still["width"]) == ("photo", "cup.jpg", 640)
    assert still["embed_url"] == still["image"]


HOSTILE_PAGE = """
<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;</title>
<meta property="og:title" content="&quot;&gt;&lt;img src=x onerror=alert(1)&gt;&lt;script&gt;alert(2)&lt;/script&gt;">
<meta property="og:description" content="&lt;svg onload=alert(3)&gt;&lt;iframe src=javascript:alert(4)&gt;">
<meta property="og:site_name" content="&lt;b&gt;bold&lt;/b&gt;"><meta name="author" content="&lt;i&gt;me&lt;/i&gt;">
<meta property="og:image" content="javascript:alert(5)"><meta property="og:url" content="javascript:alert(6)">
<meta property="og:image:alt" content="&quot; onmouseover=&quot;alert(7)">
<meta property="og:type" content="video.other">
<meta property="og:video:secure_url" content="javascript:alert(8)"><meta property="og:video:type" content="text/html">
<meta property="article:author" content="javascript:alert(9)"><link rel="canonical" href="data:text/html,x">
"""


async def test_a_hostile_page_gives_words_and_never_markup(people: list[Blogger], site: WebSite) -> None:
    ann, ben, _ = people
    said = await ann.post(f"look {site.page('/evil', HOSTILE_PAGE, '<script>alert(0)</script>')}")
    card = await card_of(ben, said)
    assert card["title"] == '"><img src=x onerror=alert(1)><script>alert(2)</script>'
    assert (card["html"], card["image"], card["embed_url"], card["author_url"]) == ("", None, "", "")
    assert card["url"] == f"{site.url}/evil"
    assert "javascript:" not in json.dumps({name: card[name] for name in card if name.endswith("url")})
    shown = (await ben.actor.http.get(f"/@{ann.name}/{said['id']}")).text
    assert "&lt;img src=x onerror=alert(1)&gt;" in shown
    harmless(shown)


async def test_a_link_with_nothing_behind_it_has_no_card(people: list[Blogger], site: WebSite) -> None:
    ann, *_ = people
    said = await ann.post(f"{site.url}/nothing")
    await card_of(ann, await ann.post(site.page("/after", "<title>After</title>")))
    assert (await ann.get(f"/v1/statuses/{said['id']}"))["card"] is None
    assert await ann.get(f"/v1/statuses/{said['id']}/card") == {}


async def test_a_server_that_looks_at_no_links_makes_no_cards(server: RunningServer, ann: Blogger) -> None:
    async with WebSite() as site:
        url = site.page("/tea", "<title>Tea</title>")
        said = await ann.post(url)
        await ann.call(
            "PATCH",
            "/v1/accounts/update_credentials",
            json={"fields_attributes": [{"name": "me", "value": url}]},
        )
        assert (await ann.get(f"/v1/statuses/{said['id']}"))["card"] is None
        assert await ann.get("/v1/trends/links") == []
        assert site.visits == []


async def test_links_trend_by_people_and_not_by_posts(people: list[Blogger], site: WebSite) -> None:
    ann, ben, cleo = people
    loud = site.page("/loud", "<title>Loud</title>")
    liked = site.page("/liked", "<title>Liked</title>")
    hidden = site.page("/hidden", "<title>Hidden</title>")
    for _ in range(4):
        await card_of(ann, await ann.post(loud))
    said = [await one.post(f"{one.name} likes {liked}") for one in people]
    for one in people:
        await one.post(hidden, visibility="unlisted")
    await card_of(cleo, said[-1])
    trends = {link["title"]: link for link in await ben.get("/v1/trends/links", limit=20)}
    assert "Liked" in trends
    assert not {"Loud", "Hidden"} & set(trends)
    assert [len(trends["Liked"]["history"]), trends["Liked"]["history"][0]["accounts"]] == [7, "3"]
    pages = await ben.walk("/v1/timelines/link", url=liked, limit=2)
    assert [one["id"] for page in pages for one in page] == [one["id"] for one in reversed(said)]
    await ann.call("DELETE", f"/v1/statuses/{said[0]['id']}")
    assert "Liked" not in [link["title"] for link in await ben.get("/v1/trends/links", limit=20)]
    await ben.refused("GET", "/v1/timelines/link", 404, params={"url": liked})


async def fields_of(owner: Blogger, *values: str) -> list[Json]:
    """Put these into the fields of a profile and give the fields."""
    fields = [{"name": f"field {number}", "value": value} for number, value in enumerate(values)]
    changed = await owner.call("PATCH", "/v1/accounts/update_credentials", json={"fields_attributes": fields})
    return list(changed["fields"])


async def test_a_page_that_links_back_proves_a_field(people: list[Blogger], site: WebSite) -> None:
    ann, ben, _ = people
    profile = ann.account["url"]
    mine = site.page("/mine", "", f'<p>me: <a class="x" rel="noopener me" href="{profile}">ann</a>')
    other = site.page("/other", "", f'<a href="{profile}">ann</a> <!-- <a rel="me" href="{profile}"> -->')
    assert [one["verified_at"] for one in await fields_of(ann, mine, other)] == [None, None]

    async def proofs() -> list[bool]:
        return [one["verified_at"] is not None for one in (await ben.get(f"/v1/accounts/{ann.id}"))["fields"]]

    async def first_is_proved() -> bool:
        return (await proofs())[0]

    await until(first_is_proved)
    await until(lambda: _visited(site, "/other"))
    assert await proofs() == [True, False]
    kept = await fields_of(ann, other, mine)
    assert kept[1]["verified_at"] is not None, "an address that stays keeps its proof"
    moved = site.page("/moved", "", "nothing")
    assert [one["verified_at"] for one in await fields_of(ann, moved)] == [None]
    assert [one["verified_at"] for one in await fields_of(ben, mine)] == [None]
    await until(lambda: _visited(site, "/moved"))
    assert await proofs() == [False]


async def _visited(site: WebSite, path: str) -> bool:
    return path in site.visits


def test_links_with_rel_me_are_read_and_nothing_else() -> None:
    body = (
        b"<html><head><link rel=me href='https://tea.example/@ann/'></head><body>"
        b'<a rel="nofollow ME" href="/@ben">b</a><a rel="home" href="/@no">c</a><abbr rel="me" href="/@no">'
        b'<script>var x = \'<a rel="me" href="/@no">\'</script><!-- <a rel="me" href="/@no"> -->'
    )
    assert me_links(body, "text/html", "https://TEA.example/x") == {
        "https://tea.example/@ann",
        "https://tea.example/@ben",
    }
    assert same_form("https://Tea.example/%40ann/") == "https://tea.example/@ann"


@pytest.mark.parametrize(
    "said",
    ["javascript:alert(1)", "https://a.example/\"onload='x", "https://u:p@a.example/", "//a.example", 7, None,
     "https://[", "data:text/html,x", "https://a.example/<b>", "https://\u202ea.example/"],
)  # fmt: skip
def test_only_plain_addresses_of_the_web_go_into_cards(said: object) -> None:
    assert web_address(said) == ""
    page = read_page(
        b'<title>x</title><meta property="og:video:type" content="text/html">', "", "http://a.example/"
    )
    frame = f'<iframe src="{html.escape(str(said))}">'
    card = describe(page, {"type": "video", "author_url": said, "html": frame}, "http://a.example/")
    assert (card.embed, card.author_url, card.kind) == ("", "", "link")
