"""A day with Mastodon.py, a client library that many bots and apps are built on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from mastodon import Mastodon

from tests.microblog.bloggers import Blogger
from tests.microblog.test_media import picture


def client(who: Blogger) -> Any:
    """Open the library for somebody, without its own waiting for limits."""
    return Mastodon(
        access_token=who.actor.access_token, api_base_url=who.actor.url, ratelimit_method="throw",
        request_timeout=60,
    )  # fmt: skip


async def test_people_follow_mute_block_and_list_each_other(ann: Blogger, ben: Blogger) -> None:
    def day() -> None:
        a, b = client(ann), client(ben)
        assert a.me().id == a.account_verify_credentials().id
        assert str(b.account_lookup(ann.name).id) == ann.id
        assert [str(one.id) for one in b.account_search(ann.name)] == [ann.id]
        assert b.account_follow(ann.id, reblogs=False, notify=True).notifying is True
        assert [str(one.id) for one in a.account_followers(ann.id)] == [ben.id]
        assert [str(one.id) for one in b.account_following(ben.id)] == [ann.id]
        made = b.list_create("friends", exclusive=True)
        b.list_accounts_add(made, [ann.id])
        assert [str(one.id) for one in b.list_accounts(made)] == [ann.id]
        said = a.status_post("for the list")
        assert [one.id for one in b.timeline_list(made)] == [said.id]
        assert b.timeline_home() == []
        b.list_delete(made)
        assert [one.id for one in b.timeline_home()] == [said.id]
        assert b.account_mute(ann.id, duration=3600).muting is True
        assert b.timeline_home() == []
        assert [str(one.id) for one in b.mutes()] == [ann.id]
        b.account_unmute(ann.id)
        b.account_note_set(ann.id, "likes oolong")
        assert b.account_relationships(ann.id)[0].note == "likes oolong"
        assert a.account_block(ben.id).blocking is True
        assert [str(one.id) for one in a.blocks()] == [ben.id]
        a.account_unblock(ben.id)

    await asyncio.to_thread(day)


async def test_posts_are_written_edited_marked_and_deleted(ann: Blogger, ben: Blogger) -> None:
    def day() -> None:
        a, b = client(ann), client(ben)
        media = a.media_post(picture(), "image/jpeg", description="a field", focus=(0.1, 0.2))
        said = a.status_post(
            "look #tea", media_ids=[media], sensitive=True, spoiler_text="green", language="en"
        )
        assert (said.media_attachments[0].description, said.spoiler_text, said.language) == (
            "a field",
            "green",
            "en",
        )
        assert a.status_update(said, "look #tea again").content.count("again") == 1
        assert len(a.status_history(said)) == 2
        assert a.status_source(said).text == "look #tea again"
        assert b.status_favourite(said).favourited
        assert b.status_bookmark(said).bookmarked
        assert b.status_reblog(said).reblog.id == said.id
        answer = b.status_reply(said, "nice")
        assert [one.id for one in a.status_context(said).descendants] == [answer.id]
        assert [str(one.id) for one in a.status_favourited_by(said)] == [ben.id]
        assert [str(one.id) for one in a.status_reblogged_by(said)] == [ben.id]
        assert [one.id for one in b.bookmarks()] == [said.id]
        assert [one.id for one in b.favourites()] == [said.id]
        assert a.status_pin(said).pinned
        quote = b.status_post("so true", quoted_status_id=said.id)
        assert quote.quote.quoted_status.id == said.id
        assert [one.id for one in a.status_quotes(said)] == [quote.id]
        assert "quote" in [one.type for one in a.grouped_notifications().notification_groups]
        poll = a.status_post("which?", poll=a.make_poll(["x", "y"], expires_in=600)).poll
        assert b.poll_vote(poll, [1]).own_votes == [1]
        assert [one.id for one in a.timeline_hashtag("tea", limit=40) if one.id == said.id] == [said.id]
        a.status_delete(said)
        assert said.id not in [one.id for one in a.timeline_hashtag("tea", limit=40)]
        assert b.bookmarks() == []

    await asyncio.to_thread(day)


async def test_filters_markers_tags_and_the_instance(ann: Blogger, ben: Blogger) -> None:
    def day() -> None:
        a, b = client(ann), client(ben)
        assert a.instance_v2().configuration.statuses.max_media_attachments == 9
        assert a.instance_v1().uri == ann.actor.url.partition("://")[2]
        assert a.preferences()["posting:default:visibility"] == "public"
        made = a.create_filter_v2(
            "dull",
            ["home", "public"],
            "warn",
            keywords_attributes=[{"keyword": "coffee", "whole_word": True}],
        )
        a.account_follow(ben.id)
        said = b.status_post("coffee, anyone?")
        assert a.timeline_home()[0].filtered[0].keyword_matches == ["coffee"]
        a.delete_filter_v2(made)
        assert a.timeline_home()[0].filtered == []
        a.markers_set(["home"], [said.id])
        assert str(a.markers_get(["home"]).home.last_read_id) == str(said.id)
        assert a.tag_follow("oolong").following is True
        tagged = b.status_post("#oolong")
        a.account_unfollow(ben.id)
        assert [one.id for one in a.timeline_home()] == [tagged.id]
        assert [tag.name for tag in a.followed_tags()] == ["oolong"]
        assert a.featured_tag_create("oolong").name == "oolong"
        assert a.custom_emojis() == []

    await asyncio.to_thread(day)


@pytest.mark.parametrize("limit", [3])
async def test_its_pages_go_both_ways_without_gaps(ann: Blogger, limit: int) -> None:
    said = [(await ann.post(f"number {n}"))["id"] for n in range(8)][::-1]

    def walk() -> tuple[list[str], list[str]]:
        a = client(ann)
        page = a.account_statuses(ann.id, limit=limit)
        down = [str(one.id) for one in a.fetch_remaining(page)]
        up: list[str] = []
        page = a.account_statuses(ann.id, limit=limit, min_id=said[-1])
        while page:
            up = [str(one.id) for one in page] + up
            page = a.fetch_previous(page)
        return down, up

    down, up = await asyncio.to_thread(walk)
    assert down == said
    assert up == said[:-1]
