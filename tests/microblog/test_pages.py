"""Pages and feeds for people without an account: only what is public, nothing that runs, gone when it is deleted."""

from __future__ import annotations

import html
import re
from xml.etree import ElementTree as ET

import httpx

from tests.microblog.bloggers import Blogger, Json
from tests.microblog.test_hostile_texts import HOSTILE
from tests.microblog.test_media import picture, upload

MEDIA = "{http://search.yahoo.com/mrss/}"
ELEMENTS = re.compile(r"<\s*/?\s*([a-zA-Z!][\w-]*)")
KNOWN = {
    "!doctype", "html", "head", "meta", "title", "link", "body", "header", "a", "svg", "rect", "path", "span", "main",
    "section", "article", "img", "h1", "h2", "p", "br", "dl", "div", "dt", "dd", "strong", "time", "details", "summary",
    "blockquote", "ul", "li", "meter", "nav", "video", "audio",
}  # fmt: skip


async def page(who: Blogger, path: str, expect: int = 200, /, **headers: str) -> httpx.Response:
    """Open a page as a browser does, without a token."""
    sent = {"Accept": "text/html", **{name.replace("_", "-"): value for name, value in headers.items()}}
    answer = await who.actor.http.get(path, headers=sent)
    assert answer.status_code == expect, (path, answer.text[:500])
    return answer


async def change(who: Blogger, **profile: object) -> Json:
    """Change one's profile."""
    return dict(await who.call("PATCH", "/v1/accounts/update_credentials", json=profile))


def items(answer: httpx.Response) -> list[ET.Element]:
    """Give the items of a feed."""
    return ET.fromstring(answer.content).findall("./channel/item")  # noqa: S314 (our own server's)


def meta(text: str) -> dict[str, str]:
    """Give what the head says, by property or name."""
    found = re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)">', text)
    return {name: html.unescape(value) for name, value in found}


async def test_a_profile_and_a_post_are_pages_with_what_previews_read(ann: Blogger, ben: Blogger) -> None:
    await change(ann, display_name="Ann & co", note="I steep", fields_attributes=[
        {"name": "home", "value": "https://ann.example/"}])  # fmt: skip
    shot = await upload(ann, picture(), description="a green field")
    said = await ann.post("Spring #tea", media_ids=[shot["id"]])
    await ben.post("lovely", in_reply_to_id=said["id"])
    profile = await page(ann, f"/@{ann.name}")
    assert "Ann &amp; co" in profile.text
    assert 'rel="me nofollow noopener"' in profile.text
    assert f'href="/@{ann.name}/{said["id"]}"' in profile.text
    assert f'<link rel="canonical" href="{ann.account["url"]}">' in profile.text
    told = meta(profile.text)
    assert (told["og:type"], told["og:url"], told["og:description"]) == (
        "profile",
        ann.account["url"],
        "I steep",
    )
    assert told["og:image"] == (await ann.get(f"/v1/accounts/{ann.id}"))["avatar"]
    assert (await page(ann, f"/%40{ann.name}")).text == profile.text
    post = await page(ann, f"/@{ann.name}/{said['id']}")
    told = meta(post.text)
    assert (told["og:type"], told["og:description"], told["og:url"]) == (
        "article",
        "Spring #tea",
        said["url"],
    )
    assert (told["og:image"], told["twitter:card"]) == (
        said["media_attachments"][0]["preview_url"],
        "summary_large_image",
    )
    assert "lovely" in post.text
    assert 'alt="a green field"' in post.text
    assert "robots" not in told
    assert said["id"] in (await page(ann, "/tags/tea")).text


async def test_pages_run_nothing_load_nothing_from_elsewhere_and_set_nothing(ann: Blogger) -> None:
    said = await ann.post("hello")
    for path in (f"/@{ann.name}", f"/@{ann.name}/{said['id']}", "/tags/tea", "/@nobody.at.all"):
        answer = await page(ann, path, 404 if "nobody" in path else 200)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "<script" not in answer.text
        assert "set-cookie" not in answer.headers
        assert re.findall(r'<(?:img|link rel="stylesheet")[^>]* (?:src|href)="(?!/)', answer.text) == []
    style = re.search(r'<link rel="stylesheet" href="([^"]+)"', answer.text)
    assert style is not None
    assert "prefers-color-scheme: dark" in (await page(ann, style[1])).text


async def test_pages_speak_the_readers_language(ann: Blogger) -> None:
    assert "在应用中打开" in (await page(ann, f"/@{ann.name}", Accept_Language="zh-CN,en;q=0.5")).text
    english = await page(ann, f"/@{ann.name}", Accept_Language="fr")
    assert "Open in the app" in english.text
    assert english.headers["vary"] == "accept-language"


async def test_who_hides_from_searches_or_from_strangers_is_hidden(
    ann: Blogger, ben: Blogger, visitor: Blogger
) -> None:
    said = await ann.post("mine #hidden-tea")
    quoted = await ben.post("look", quoted_status_id=said["id"])
    await ben.act(said, "reblog")
    answer = await ann.post("and more", in_reply_to_id=quoted["id"])
    await change(ann, indexable=False)
    for path in (f"/@{ann.name}", f"/@{ann.name}/{said['id']}"):
        shown = await page(visitor, path)
        assert meta(shown.text)["robots"] == shown.headers["x-robots-tag"] == "noindex"
    assert (await change(ann, public_page=False))["public_page"] is False
    for path in (
        f"/@{ann.name}",
        f"/@{ann.name}.rss",
        f"/@{ann.name}/{said['id']}",
        f"/@{ann.name}/{answer['id']}",
    ):
        assert "noindex" in (await page(visitor, path, 404)).text
    for path in (f"/@{ben.name}", f"/@{ben.name}/{quoted['id']}", "/tags/hidden_tea"):
        shown = await page(visitor, path)
        assert "mine" not in shown.text
        assert "and more" not in shown.text
    assert (await change(ann, public_page=True))["public_page"] is True
    assert "mine" in (await page(visitor, f"/@{ann.name}")).text


async def test_a_feed_has_public_posts_with_their_files(ann: Blogger, visitor: Blogger) -> None:
    shot = await upload(ann, picture(), description="leaves & <b>stems</b>")
    said = await ann.post("one <i>two</i> #feedtea", media_ids=[shot["id"]])
    warned = await ann.post("the end\x0b of it", spoiler_text="about <the> end")
    await ann.post("quietly", visibility="unlisted")
    path = f"/@{ann.name}.rss"
    answer = await page(visitor, path)
    assert answer.headers["content-type"].startswith("application/rss+xml")
    first, second = items(answer)
    assert (first.findtext("link"), second.findtext("guid")) == (warned["url"], said["url"])
    assert first.findtext("description") == (
        f"<p><strong>about &lt;the&gt; end</strong></p><hr>{warned['content']}".replace("\x0b", "")
    )
    assert second.findtext("description") == said["content"]
    enclosure, content = second.find("enclosure"), second.find(f"{MEDIA}content")
    assert enclosure is not None
    assert content is not None
    assert (enclosure.get("url"), enclosure.get("type")) == (
        said["media_attachments"][0]["url"],
        "image/jpeg",
    )
    file = await visitor.actor.http.get(str(enclosure.get("url")))
    assert enclosure.get("length") == str(len(file.content))
    assert content.findtext(f"{MEDIA}description") == "leaves & <b>stems</b>"
    await page(visitor, path, 304, If_None_Match=answer.headers["etag"])
    await page(visitor, path, 304, If_Modified_Since=answer.headers["last-modified"])
    await ann.call("DELETE", f"/v1/statuses/{warned['id']}")
    assert len(items(await page(visitor, path, If_None_Match=answer.headers["etag"]))) == 1
    tagged = items(await page(visitor, "/tags/feedtea.rss"))
    assert [one.findtext("link") for one in tagged] == [said["url"]]


async def test_private_and_deleted_posts_are_on_no_page_and_in_no_feed(
    ann: Blogger, ben: Blogger, visitor: Blogger
) -> None:
    await ben.follow(ann)
    public = await ann.post("for all #open")
    secrets = [
        await ann.post(f"secret @{ben.name} #open https://a.example/secret", visibility=visibility, **more)
        for visibility in ("private", "direct")
        for more in ({}, {"in_reply_to_id": public["id"]})
    ]
    gone = await ann.post("gone #open secret")
    await ann.call("DELETE", f"/v1/statuses/{gone['id']}")
    for one in (*secrets, gone):
        await page(visitor, f"/@{ann.name}/{one['id']}", 404)
    for path in (
        f"/@{ann.name}",
        f"/@{ann.name}.rss",
        f"/@{ann.name}/{public['id']}",
        "/tags/open",
        "/tags/open.rss",
    ):
        # Whoever asks with a token is a stranger here too: what is shown may be kept by anybody.
        for token in ("", f"Bearer {ann.actor.access_token}"):
            shown = await page(visitor, path, Authorization=token)
            assert "for all" in shown.text
            assert "secret" not in shown.text


async def test_hostile_text_is_only_text_on_pages_and_in_feeds(ann: Blogger, visitor: Blogger) -> None:
    texts = [*HOSTILE, "]]><script>alert(1)</script>", "{{ 77777 * 77777 }}<x>"]
    shot = await upload(ann, picture(), description=texts[1])
    poll = {"options": ["<b>a</b>", "b"], "expires_in": 600}
    said = [await ann.post(texts[0], media_ids=[shot["id"]]), await ann.post("which", poll=poll)]
    said += [await ann.post(text, spoiler_text=text) for text in texts]
    for text in texts:
        await change(ann, display_name=text, note=text, fields_attributes=[{"name": text, "value": text}])
        harmless((await page(visitor, f"/@{ann.name}")).text)
    for one in said:
        harmless((await page(visitor, f"/@{ann.name}/{one['id']}")).text)
    found = items(await page(visitor, f"/@{ann.name}.rss"))
    assert {child.tag for item in found for child in item} <= {
        "title", "guid", "link", "pubDate", "description", "enclosure", "category", f"{MEDIA}content",
    }  # fmt: skip
    assert found[-1].findtext("description") == said[0]["content"]


def harmless(shown: str) -> None:
    """Assert that a page holds nothing but elements of ours, without handlers, and leads nowhere but to the web."""
    assert {name.lower() for name in ELEMENTS.findall(shown)} <= KNOWN
    assert not re.search(r"<[^>]*\son\w+\s*=", re.sub(r'"[^"]*"', '""', shown))
    targets = re.findall(r'(?:href|src)="([^"]*)"', shown)
    assert all(target.startswith(("/", "http://", "https://")) for target in targets)
    assert str(77777 * 77777) not in shown


async def test_pages_leave_the_web_app_its_screens(ann: Blogger) -> None:
    start = (await page(ann, "/")).text
    assert "<script" in start
    for path in ("/chats", "/discover", f"/discover/@{ann.name}", "/me/settings", "/@"):
        assert (await page(ann, path)).text == start, path


async def test_older_posts_are_a_page_further(ann: Blogger, visitor: Blogger) -> None:
    said = [await ann.post(f"number {number}") for number in range(22)]
    first = (await page(visitor, f"/@{ann.name}")).text
    older = re.search(r'href="(/@[^"]+\?max_id=\d+)" rel="next"', first)
    assert older is not None
    second = await page(visitor, older[1])
    shown = [number for number in re.findall(r'class="time" href="/@[^/]+/(\d+)"', first + second.text)]
    assert shown == [one["id"] for one in reversed(said)]
    assert meta(second.text)["robots"] == "noindex"
    await page(visitor, f"/@{ann.name}?max_id=nonsense", 404)


async def test_another_website_shows_a_public_post_by_oembed(ann: Blogger) -> None:
    await change(ann, display_name='Ann "<b>"')
    said = await ann.post("Spring <i> #tea")
    head = (await page(ann, f"/@{ann.name}/{said['id']}")).text
    [address] = re.findall(r'type="application/json\+oembed" href="([^"]*)"', head)
    told = (await ann.actor.http.get(html.unescape(address))).json()
    assert (told["type"], told["version"], told["height"], told["width"]) == ("rich", "1.0", None, 400)
    assert (told["author_name"], told["author_url"]) == ('Ann "<b>"', ann.account["url"])
    assert said["content"] in told["html"]
    assert {name.lower() for name in ELEMENTS.findall(told["html"])} <= {"blockquote", "p", "a", "span"}
    private = await ann.post("hush", visibility="private")
    for url in (private["url"], said["url"].replace(ann.name, "nobody"), "https://other.example/@a/1", ""):
        assert await ann.refused("GET", "/oembed", 404, params={"url": url}) == "Record not found"


async def test_addresses_that_apps_of_mastodon_open_lead_to_our_screens(ann: Blogger) -> None:
    for address, screen in (
        ("/disputes/strikes/114000000000000003", "/discover/decisions"),
        ("/auth/edit", "/me/account"),
        ("/settings/profile", "/discover/settings"),
    ):
        led = await ann.actor.http.get(address, headers={"Accept": "text/html"})
        assert (led.status_code, led.headers["location"]) == (302, screen)
        opened = await ann.actor.http.get(screen, headers={"Accept": "text/html"})
        assert opened.headers["content-type"].startswith("text/html")
