"""Hostile text never becomes markup, and no parameter makes a fault (G26, G51)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.microblog.bloggers import Blogger

HOSTILE = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "javascript:alert(1)", "<p>not mine</p>",
    'https://x.example/"onmouseover="alert(1)', "https://x.example/<script>", "#<b>tag</b>", "#a\"b#", "@<i>x</i>",
    "&lt;script&gt;", "[x](javascript:alert(1))", "\u202egnp.exe", "data:text/html,<script>alert(1)</script>",
    "http://user:pw@evil.example/", "#topic with <b>markup</b>#",
]  # fmt: skip
ALLOWED = re.compile(r"</?(?:p|br|a|span)(?: (?:href|class|rel|target|translate)=\"[^\"<>]*\")*>")


def only_harmless(content: str) -> bool:
    """Tell whether HTML holds nothing but the elements and attributes that posts are made of."""
    rest = ALLOWED.sub("", content)
    links = re.findall(r'href="([^"]*)"', content)
    return (
        "<" not in rest
        and ">" not in rest
        and all(link.startswith(("http://", "https://")) for link in links)
    )


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text_is_only_text_everywhere(ann: Blogger, text: str) -> None:
    said = await ann.post(text)
    assert only_harmless(said["content"]), said["content"]
    assert (await ann.get(f"/v1/statuses/{said['id']}/source"))["text"] == text
    changed = await ann.call(
        "PATCH", "/v1/accounts/update_credentials",
        json={"note": text, "fields_attributes": [{"name": "x", "value": text}]},
    )  # fmt: skip
    assert only_harmless(changed["note"]), changed["note"]
    assert only_harmless(changed["fields"][0]["value"])


async def test_texts_lists_and_names_have_their_ends(ann: Blogger) -> None:
    most = (await ann.get("/v2/instance"))["configuration"]["statuses"]["max_characters"]
    await ann.post("x" * most)
    cases: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/v1/statuses", {"status": "x" * (most + 1)}),
        ("POST", "/v1/statuses", {"status": "x", "media_ids": [str(n) for n in range(10)]}),
        ("POST", "/v1/statuses", {"status": " ".join(f"#t{n}" for n in range(31))}),
        ("POST", "/v1/statuses", {"status": " ".join(f"@t{n}" for n in range(51))}),
        ("POST", "/v1/statuses", {"status": "x", "poll": {"options": ["a"] * 2, "expires_in": 600}}),
        ("POST", "/v1/statuses", {"status": "x", "poll": {"options": list("abcdefghi"), "expires_in": 600}}),
        ("POST", "/v1/statuses", {"status": "x", "poll": {"options": ["a", "b"], "expires_in": 1}}),
        ("POST", "/v1/statuses", {"status": "x", "visibility": "everybody"}),
        ("POST", "/v1/lists", {"title": "x" * 256}),
        ("POST", "/v1/lists", {"title": "x", "replies_policy": "some"}),
        ("POST", "/v2/filters", {"title": "x", "context": ["nowhere"]}),
        ("POST", "/v2/filters", {"title": "x" * 600, "context": ["home"]}),
        ("POST", f"/v1/accounts/{ann.id}/note", {"comment": "x" * 2001}),
        ("PATCH", "/v1/accounts/update_credentials", {"note": "x" * 2001}),
        (
            "PATCH",
            "/v1/accounts/update_credentials",
            {"fields_attributes": [{"name": "x", "value": "y"}] * 9},
        ),
        ("PATCH", "/v1/accounts/update_credentials", {"source": {"privacy": "secret"}}),
    ]
    for method, path, body in cases:
        words = await ann.refused(method, path, 422, json=body)
        assert words.startswith("Validation failed"), (path, words)


NONSENSE: list[Any] = [
    None, True, -1, 2**63, 1.5, "", "x" * 300, "\u202e茶", "'; DROP TABLE statuses; --", [], [None], {}, {"a": []},
    "1e9",    "99999999999999999999", "../..", [[]],
]  # fmt: skip
FIELDS = {
    "/v1/statuses": (
        "status",
        "media_ids",
        "poll",
        "in_reply_to_id",
        "visibility",
        "scheduled_at",
        "quoted_status_id",
    ),
    "/v2/filters": ("title", "context", "keywords_attributes", "expires_in"),
    "/v1/lists": ("title", "replies_policy", "exclusive"),
    "/v1/markers": ("home", "notifications"),
    "/v1/featured_tags": ("name",),
}


@pytest.mark.parametrize("path", FIELDS)
async def test_no_value_of_a_parameter_makes_a_fault(ann: Blogger, path: str) -> None:
    for field in FIELDS[path]:
        for value in NONSENSE:
            body = {"status": "x", "title": "x", "context": ["home"], field: value}
            answer = await ann.answer("POST", path, json=body)
            assert answer.status_code in (200, 400, 404, 422), (field, value, answer.text[:300])
            if answer.status_code != 200:
                assert set(answer.json()) == {"error"}, (field, value, answer.text[:300])


async def test_no_cursor_makes_a_fault(ann: Blogger) -> None:
    paths = ["/v1/timelines/home", "/v1/timelines/public", "/v1/bookmarks", "/v1/conversations", "/v1/blocks",
             f"/v1/accounts/{ann.id}/statuses", f"/v1/accounts/{ann.id}/followers", "/v1/followed_tags"]  # fmt: skip
    for path in paths:
        for name in ("max_id", "since_id", "min_id", "limit"):
            for value in ("", "0", "-1", "abc", "9" * 40, "9223372036854775807", "1.5", "٣"):
                answer = await ann.answer("GET", path, params={name: value})
                assert answer.status_code in (200, 422), (path, name, value, answer.text[:200])


async def test_an_id_that_is_none_is_no_record(ann: Blogger) -> None:
    for wrong in ("abc", "0", "-1", "9" * 30, "1e5", "٣", "1%00", "..%2F", "1;"):
        for path in (
            f"/v1/statuses/{wrong}",
            f"/v1/accounts/{wrong}",
            f"/v1/polls/{wrong}",
            f"/v1/lists/{wrong}",
        ):
            answer = await ann.answer("GET", path)
            assert answer.status_code in (404, 422), (path, answer.text[:200])
            assert set(answer.json()) == {"error"}
