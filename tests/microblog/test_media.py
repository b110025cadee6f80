"""Pictures and films of posts, and the pictures of profiles."""

from __future__ import annotations

import io
from typing import Any

import av
import pytest
from PIL import Image

from tests.microblog.bloggers import Blogger, Json


def picture(width: int = 64, height: int = 48, *, place: bool = False) -> bytes:
    """Make a JPEG, with where it was taken if asked."""
    made = io.BytesIO()
    exif = Image.Exif()
    if place:
        exif[0x010F] = "TeaCam"
        exif.get_ifd(0x8825)[1] = "N"
    Image.new("RGB", (width, height), (40, 120, 60)).save(made, "JPEG", exif=exif.tobytes() if place else b"")
    return made.getvalue()


def film() -> bytes:
    """Make a second of MP4."""
    made = io.BytesIO()
    with av.open(made, "w", format="mp4") as out:
        stream = out.add_stream("mpeg4", rate=10)
        stream.width, stream.height = 64, 48
        for _ in range(10):
            out.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        out.mux(stream.encode())
    return made.getvalue()


async def upload(
    who: Blogger, data: bytes, name: str = "tea.jpg", kind: str = "image/jpeg", **said: str
) -> Json:
    """Upload with the endpoint that waits."""
    return dict(await who.call("POST", "/v1/media", files={"file": (name, data, kind)}, data=said))


async def test_a_picture_is_shown_with_its_post_and_tells_no_place(ann: Blogger, visitor: Blogger) -> None:
    sent = picture(place=True)
    assert b"TeaCam" in sent
    made = await ann.call(
        "POST", "/v2/media", files={"file": ("tea.jpg", sent, "image/jpeg")},
        data={"description": "a green field", "focus": "0.5,-0.5"},
    )  # fmt: skip
    assert (made["type"], made["description"]) == ("image", "a green field")
    assert made["meta"]["original"] == {"width": 64, "height": 48, "size": "64x48", "aspect": 64 / 48}
    assert made["meta"]["focus"] == {"x": 0.5, "y": -0.5}
    assert made["blurhash"]
    said = await ann.post("look", media_ids=[made["id"]])
    assert said["media_attachments"] == [made]
    whole = await visitor.actor.http.get(made["url"])
    assert whole.status_code == 200
    assert b"TeaCam" not in whole.content
    assert Image.open(io.BytesIO(whole.content)).size == (64, 48)
    small = await visitor.actor.http.get(made["preview_url"])
    assert small.headers["content-type"].startswith("image/")
    assert await ann.ids(f"/v1/accounts/{ann.id}/statuses", only_media=True) == [said["id"]]


async def test_an_upload_is_its_owners_until_it_is_posted_and_goes_with_one_post(
    ann: Blogger, ben: Blogger
) -> None:
    made = await upload(ann, picture())
    await ben.refused("GET", f"/v1/media/{made['id']}", 404)
    await ben.refused("PUT", f"/v1/media/{made['id']}", 404, json={"description": "mine"})
    await ben.refused("POST", "/v1/statuses", 422, json={"status": "x", "media_ids": [made["id"]]})
    changed = await ann.call("PUT", f"/v1/media/{made['id']}", json={"description": "tea"})
    assert changed["description"] == "tea"
    await ann.post("first", media_ids=[made["id"]])
    refusal = await ann.refused("POST", "/v1/statuses", 422, json={"status": "x", "media_ids": [made["id"]]})
    assert "Media" in refusal
    await ann.refused("DELETE", f"/v1/media/{made['id']}", 422)
    waiting = await upload(ann, picture(10, 10))
    await ann.call("DELETE", f"/v1/media/{waiting['id']}")
    assert (await ann.actor.http.get(waiting["url"])).status_code == 404


async def test_a_film_is_worked_on_and_then_ready(ann: Blogger) -> None:
    made = await upload(ann, film(), "tea.mp4", "video/mp4")
    assert made["type"] in ("gifv", "video")
    assert made["url"] is not None
    assert made["meta"]["original"]["width"] == 64
    again = await ann.answer("POST", "/v2/media", files={"file": ("tea.mp4", film(), "video/mp4")})
    assert again.status_code == 202
    assert again.json()["url"] is None
    answer = await ann.answer("GET", f"/v1/media/{again.json()['id']}")
    while answer.status_code == 206:
        answer = await ann.answer("GET", f"/v1/media/{again.json()['id']}")
    assert answer.json()["url"] is not None


@pytest.mark.parametrize(
    "sent",
    [
        {"files": {"file": ("x.jpg", b"no picture at all", "image/jpeg")}},
        {"files": {"file": ("x.html", b"<script>alert(1)</script>", "text/html")}},
        {"files": {"thumbnail": ("x.jpg", picture(), "image/jpeg")}},
        {"content": b"--x\r\nbroken", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        {"content": b"", "headers": {"Content-Type": "multipart/form-data"}},
        {"json": {"file": "text"}},
    ],
)
async def test_what_is_no_file_is_refused(ann: Blogger, sent: Json) -> None:
    for path in ("/v1/media", "/v2/media"):
        answer = await ann.answer("POST", path, **sent)
        assert answer.status_code in (400, 422), answer.text
        assert set(answer.json()) == {"error"}


async def test_a_profiles_pictures_are_chats_too(ann: Blogger, visitor: Blogger) -> None:
    before = ann.account
    generated = await visitor.actor.http.get(before["avatar"])
    assert generated.status_code == 200, generated.text[:300]
    assert Image.open(io.BytesIO(generated.content)).format == "PNG"
    assert (await visitor.actor.http.get(before["header"])).status_code == 200
    changed = await ann.call(
        "PATCH", "/v1/accounts/update_credentials",
        files={"avatar": ("me.jpg", picture(500, 500, place=True), "image/jpeg")}, data={"display_name": "Ann"},
    )  # fmt: skip
    assert changed["avatar"] != before["avatar"]
    shown = await visitor.actor.http.get(changed["avatar"])
    assert shown.status_code == 200, shown.text[:300]
    assert Image.open(io.BytesIO(shown.content)).size == (480, 480)
    assert b"TeaCam" not in shown.content
    in_chat = await ann.actor.get(f"/profile/{ann.actor.user_id}")
    assert in_chat["displayname"] == "Ann"
    assert in_chat["avatar_url"].startswith("mxc://")


async def test_a_profile_can_be_set_apart_from_chats(ann: Blogger) -> None:
    apart = {
        "profile_apart": True,
        "display_name": "The Author",
        "note": "writes",
        "source[privacy]": "unlisted",
    }
    changed = await ann.call("PATCH", "/v1/accounts/update_credentials", data=apart)
    assert (changed["display_name"], changed["source"]["privacy"]) == ("The Author", "unlisted")
    await ann.actor.put(f"/profile/{ann.actor.user_id}/displayname", {"displayname": "Ann at home"})
    assert (await ann.get(f"/v1/accounts/{ann.id}"))["display_name"] == "The Author"
    one = await ann.call("PATCH", "/v1/accounts/update_credentials", json={"profile_apart": False})
    assert one["display_name"] == "Ann at home"
    assert (await ann.post())["visibility"] == "unlisted"


async def test_a_file_that_comes_without_its_kind_is_what_its_name_says(ann: Blogger) -> None:
    made = await upload(ann, picture(), name="tea.jpg", kind="application/octet-stream")
    assert (made["type"], made["meta"]["original"]["width"]) == ("image", 64)
    files = {"file": ("tea", b"some words", "application/octet-stream")}
    said = await ann.refused("POST", "/v1/media", 422, files=files)
    assert said == "Validation failed: File content type is not supported"


async def test_a_profiles_picture_can_be_taken_away(ann: Blogger) -> None:
    files = {"avatar": ("a.jpg", picture(), "image/jpeg"), "header": ("h.jpg", picture(), "image/jpeg")}
    bare, put = ann.account, await ann.call("PATCH", "/v1/accounts/update_credentials", files=files)
    assert put["avatar"] != bare["avatar"]
    without = await ann.call("DELETE", "/v1/profile/avatar")
    assert (without["avatar"], without["header"]) == (bare["avatar"], put["header"])
    assert (await ann.call("DELETE", "/v1/profile/header"))["header"] == bare["header"]


async def test_a_file_without_a_type_or_a_telling_name_is_known_by_its_bytes(ann: Blogger) -> None:
    for data, kind in ((picture(), "image"), (film(), "gifv")):
        made = await upload(ann, data, "blob", "application/octet-stream")
        assert (made["type"], made["meta"]["original"]["width"]) == (kind, 64)


def form(lines: bytes, data: bytes) -> dict[str, Any]:
    """Write a form of one part byte by byte, as no HTTP client would."""
    body = b"--x\r\nContent-Disposition: form-data; " + lines + b"\r\n\r\n" + data + b"\r\n--x--\r\n"
    return {"content": body, "headers": {"Content-Type": "multipart/form-data; boundary=x"}}


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (b"a\0b.jpg", "ab.jpg"),
        (b"../../tea.jpg", "tea.jpg"),
        ("\u202egnp.jpg".encode(), "gnp.jpg"),
        (b"\x1b[31m.jpg", "[31m.jpg"),
    ],
)
async def test_a_file_of_a_hostile_name_is_kept_under_a_harmless_one(
    ann: Blogger, visitor: Blogger, said: bytes, shown: str
) -> None:
    lines = b'name="file"; filename="' + said + b'"\r\nContent-Type: image/\xe8\x8c\xb6\0'
    made = await ann.call("POST", "/v2/media", **form(lines, picture()))
    await ann.post("look", media_ids=[made["id"]])
    kept = await visitor.actor.http.get(made["url"])
    assert f'filename="{shown}"' in kept.headers["content-disposition"]


@pytest.mark.parametrize(
    ("lines", "data"),
    [
        (b'name="display_name"', b"a\0b"),
        (b'name="display\0name"', b"ann"),
        (b'name="status"\r\nContent-Type: text/plain; charset=nonsense', b"tea"),
        (b'name="status"', b"\xff\xfe"),
    ],
)
async def test_a_form_that_cannot_be_read_is_refused(ann: Blogger, lines: bytes, data: bytes) -> None:
    method, path = (
        ("POST", "/v1/statuses") if b"status" in lines else ("PATCH", "/v1/accounts/update_credentials")
    )
    answer = await ann.answer(method, path, **form(lines, data))
    assert answer.status_code in (400, 422)
    assert list(answer.json()) == ["error"]
