"""What somebody does not want to see is found by its words, and never at everybody's cost (G26, G54)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.microblog.bloggers import Blogger


def named(*words: str, whole: bool = True) -> list[dict[str, Any]]:
    """Give keywords as apps send them."""
    return [{"keyword": word, "whole_word": whole} for word in words]


@pytest.mark.parametrize(
    ("word", "whole", "met", "missed"),
    [
        ("tea", True, "Tea, again", "the teapot"),
        ("tea", False, "the TEAPOT", "the te a"),
        ("#tea", True, "my#tea", "#teapot"),
        ("tea!", True, "tea!pot", "steam!"),
        ("green tea", True, "a GREEN TEA.", "evergreen tea"),
        ("茶", False, "喝茶吧", "喝水吧"),
        ("a.c", True, "a.c", "abc"),
        ("(*a", False, "x(*ay", "xay"),
    ],
)
async def test_a_word_is_met_as_its_owner_means_it(
    ann: Blogger, ben: Blogger, word: str, whole: bool, met: str, missed: str
) -> None:
    kept = await ann.do(
        "/v2/filters", title="x", context=["thread"], keywords_attributes=named(word, whole=whole)
    )
    root = await ben.post("a thread")
    for text in (met, missed):
        await ben.post(text, in_reply_to_id=root["id"])
    said = (await ann.get(f"/v1/statuses/{root['id']}/context"))["descendants"]
    found = [(one["filtered"][0]["filter"]["id"], one["filtered"][0]["keyword_matches"]) for one in said[:1]]
    assert found == [(kept["id"], [word])]
    assert said[1]["filtered"] == []


async def test_all_filters_together_hold_a_thousand_words_and_what_a_page_tells_stays_small(
    ann: Blogger, ben: Blogger
) -> None:
    long = "a" * 400
    for number in range(5):
        words = named(*(f"{long} {number} {word}" for word in range(199)), f"a{number}", whole=True)
        await ann.do("/v2/filters", title=str(number), context=["thread"], keywords_attributes=words)
    sixth = await ann.do("/v2/filters", title="one too many", context=["thread"])
    one = {"keywords_attributes": named("more")}
    await ann.refused("PUT", f"/v2/filters/{sixth['id']}", 422, json=one)
    await ann.refused("POST", "/v2/filters", 422, json={"title": "x", "context": ["thread"], **one})
    root = await ben.post("a thread")
    for _ in range(5):
        await ben.post("a " * 2400 + "a0 a1 a2 a3 a4", in_reply_to_id=root["id"])
    answer = await ann.answer("GET", f"/v1/statuses/{root['id']}/context")
    said = answer.json()["descendants"]
    assert [len(one["filtered"]) for one in said] == [5] * 5
    assert [one["filter"]["keywords"] for one in said[0]["filtered"]] == [[]] * 5
