"""Downloading: parts, conditions, and headers that keep a file from running in anybody's name."""

from __future__ import annotations

import pytest
import pytest_asyncio

from tests.actors import Actor
from tests.media.files import OLD_DOWNLOAD, fetch, gone, upload

DATA = bytes(range(256)) * 2000
LAST = len(DATA) - 1


@pytest_asyncio.fixture(loop_scope="session")
async def film(alice: Actor) -> str:
    """The id of a file of half a MiB that calls itself a film."""
    return await upload(alice, DATA, "video/mp4", "film.mp4")


@pytest.mark.parametrize(
    ("wish", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-99", 0, 99),
        ("bytes=300000-", 300_000, LAST),
        ("bytes=-500", LAST - 499, LAST),
        ("bytes=500000-99999999", 500_000, LAST),
        ("bytes=-99999999", 0, LAST),
    ],
)
async def test_a_part_is_given(alice: Actor, film: str, wish: str, first: int, last: int) -> None:
    answer = await fetch(alice, film, headers={"Range": wish})
    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{len(DATA)}"
    assert answer.headers["content-length"] == str(last - first + 1)
    assert answer.content == DATA[first : last + 1]


@pytest.mark.parametrize("wish", ["bytes=512000-", "bytes=999999999-", "bytes=-0"])
async def test_a_part_beyond_the_end_is_refused_with_the_size(alice: Actor, film: str, wish: str) -> None:
    answer = await fetch(alice, film, headers={"Range": wish})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(DATA)}"
    assert answer.json()["errcode"] == "M_INVALID_PARAM"


@pytest.mark.parametrize(
    "wish",
    ["bytes=", "bytes=-", "bytes=9-3", "lines=0-1", "bytes=a-b", "bytes=0-1,5-9", "bytes=" + "9" * 99 + "-"],
)
async def test_a_wish_that_cannot_be_read_gets_the_whole(alice: Actor, film: str, wish: str) -> None:
    answer = await fetch(alice, film, headers={"Range": wish})
    assert (answer.status_code, answer.content) == (200, DATA)


async def test_a_part_is_given_only_of_the_same_file(alice: Actor, film: str) -> None:
    tag = (await fetch(alice, film)).headers["etag"]
    assert tag.startswith('"'), "the tag is strong"
    same = await fetch(alice, film, headers={"Range": "bytes=0-9", "If-Range": tag})
    assert (same.status_code, same.content) == (206, DATA[:10])
    for other in ('"other"', f"W/{tag}", "Wed, 21 Oct 2026 07:28:00 GMT"):
        whole = await fetch(alice, film, headers={"Range": "bytes=0-9", "If-Range": other})
        assert (whole.status_code, whole.content) == (200, DATA)


async def test_who_has_the_file_is_told_so(alice: Actor, film: str) -> None:
    tag = (await fetch(alice, film)).headers["etag"]
    for known in (tag, f'"x", {tag}', f"W/{tag}", "*"):
        answer = await fetch(alice, film, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b""), known
        assert answer.headers["etag"] == tag
    assert (await fetch(alice, film, headers={"If-None-Match": '"x"'})).status_code == 200


async def test_head_tells_everything_but_the_bytes(alice: Actor, film: str) -> None:
    whole = await fetch(alice, film)
    head = await fetch(alice, film, method="HEAD", headers={"Range": "bytes=0-9"})
    assert (head.status_code, head.content) == (200, b"")
    names = (
        "content-length",
        "content-type",
        "content-disposition",
        "etag",
        "accept-ranges",
        "cache-control",
    )
    assert {name: head.headers[name] for name in names} == {name: whole.headers[name] for name in names}
    assert head.headers["content-length"] == str(len(DATA))


async def test_a_file_can_do_nothing_in_anybodys_name(alice: Actor, film: str) -> None:
    headers = (await fetch(alice, film)).headers
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "private, max-age=86400, immutable"


SAFE = (
    "text/css", "text/plain", "text/csv", "application/json", "application/ld+json",
    "image/jpeg", "image/gif", "image/png", "image/apng", "image/webp", "image/avif",
    "video/mp4", "video/webm", "video/ogg", "video/quicktime",
    "audio/mp4", "audio/webm", "audio/aac", "audio/mpeg", "audio/ogg", "audio/wave",
    "audio/wav", "audio/x-wav", "audio/x-pn-wav", "audio/flac", "audio/x-flac",
)  # fmt: skip
UNSAFE = (
    "text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/pdf", "application/zip",
    "TEXT/HTML; charset=utf-8", "application/octet-stream", "image/heic",
)  # fmt: skip
SCRIPTS = (
    "text/javascript",
    "application/javascript",
    "Text/ECMAScript",
    "application/wasm",
    "text/vbscript",
)


async def test_only_types_that_cannot_run_are_shown_in_the_window(alice: Actor) -> None:
    assert len(SAFE) == 26
    for kind in (*SAFE, "text/plain; charset=utf-8", "Image/PNG"):
        shown = (await fetch(alice, await upload(alice, b"x", kind))).headers
        assert (shown["content-type"], shown["content-disposition"]) == (kind, "inline")
    for kind in UNSAFE:
        shown = (await fetch(alice, await upload(alice, b"x", kind))).headers
        assert (shown["content-type"], shown["content-disposition"]) == (kind, "attachment")
    for kind in SCRIPTS:
        shown = (await fetch(alice, await upload(alice, b"x", kind))).headers
        assert shown["content-type"] == "application/octet-stream", kind
        assert shown["content-disposition"] == "attachment"


@pytest.mark.parametrize(
    ("name", "disposition"),
    [
        ("tea.txt", 'inline; filename="tea.txt"'),
        ("two words.txt", 'inline; filename="two words.txt"'),
        ("grün.txt", "inline; filename=\"gr_n.txt\"; filename*=utf-8''gr%C3%BCn.txt"),
        ("чай.txt", "inline; filename=\"___.txt\"; filename*=utf-8''%D1%87%D0%B0%D0%B9.txt"),
        ("شاي.txt", "inline; filename=\"___.txt\"; filename*=utf-8''%D8%B4%D8%A7%D9%8A.txt"),
        ("茶🍵.txt", "inline; filename=\"__.txt\"; filename*=utf-8''%E8%8C%B6%F0%9F%8D%B5.txt"),
        (
            'say "hi"; x=1.txt',
            "inline; filename=\"say _hi__ x=1.txt\"; filename*=utf-8''say%20%22hi%22%3B%20x%3D1.txt",
        ),
        ("100%.txt", "inline; filename=\"100_.txt\"; filename*=utf-8''100%25.txt"),
        ("../../etc/passwd", 'inline; filename=".._.._etc_passwd"'),
        ("..\\..\\boot.ini", 'inline; filename=".._.._boot.ini"'),
        (
            "a\r\nSet-Cookie: b=c",
            "inline; filename=\"aSet-Cookie_ b=c\"; filename*=utf-8''aSet-Cookie%3A%20b%3Dc",
        ),
        ("photo\u202egpj.exe", 'inline; filename="photogpj.exe"'),
        ("\u2066zero\u200bwidth\u2069.txt", 'inline; filename="zerowidth.txt"'),
        ("..", "inline"),
        ("/", "inline"),
    ],
)
async def test_a_name_in_any_script_is_harmless(alice: Actor, name: str, disposition: str) -> None:
    media_id = await upload(alice, b"x", "text/plain", name)
    assert (await fetch(alice, media_id)).headers["content-disposition"] == disposition
    unnamed = await upload(alice, b"x", "text/plain")
    if name not in ("..", "/"):
        chosen = await fetch(alice, unnamed, name)
        assert chosen.headers["content-disposition"] == disposition


async def test_a_long_name_keeps_its_ending(alice: Actor) -> None:
    media_id = await upload(alice, b"x", "text/plain", "é" * 1000 + ".txt")
    said = (await fetch(alice, media_id)).headers["content-disposition"]
    assert said.endswith("%A9.txt")
    assert said.count("%C3%A9") == 125
    refused = await alice.http.post(
        "/_matrix/media/v3/upload",
        params={"filename": "a" * 5000},
        headers={"Authorization": f"Bearer {alice.access_token}"},
    )
    assert (refused.status_code, refused.json()["errcode"]) == (400, "M_INVALID_PARAM")


async def test_nul_in_a_name_is_refused(alice: Actor) -> None:
    refused = await alice.http.post(
        "/_matrix/media/v3/upload?filename=a%00b",
        headers={"Authorization": f"Bearer {alice.access_token}"},
    )
    assert (refused.status_code, refused.json()["errcode"]) == (400, "M_INVALID_PARAM")


async def test_only_who_is_signed_in_gets_a_file(alice: Actor, film: str) -> None:
    stranger = Actor(alice.url, "", "", "")
    answer = await fetch(stranger, film)
    assert (answer.status_code, answer.json()["errcode"]) == (401, "M_MISSING_TOKEN")
    for base in (OLD_DOWNLOAD, OLD_DOWNLOAD.replace("v3", "r0")):
        old = await fetch(stranger, film, base=base)
        assert (old.status_code, old.json()["errcode"]) == (404, "M_NOT_FOUND"), "the old paths are off"
    public = await stranger.http.get(f"/media/{film}/film.mp4")
    assert public.status_code == 404, "a file of a chat has no public address"
    await stranger.close()


async def test_a_wait_that_is_no_number_is_refused(alice: Actor) -> None:
    answer = await fetch(alice, "a" * 32, timeout_ms="soon")
    assert (answer.status_code, answer.json()["errcode"]) == (400, "M_INVALID_PARAM")
    assert await gone(alice, "a" * 32)
