"""What operators give everybody and are told: emoji, announcements, texts of the house, reports."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path

import httpx
from PIL import Image

from tests.actors import segment
from tests.cli.commands import command
from tests.microblog.bloggers import Blogger, Json
from tests.microblog.test_streaming import event, hearing
from tests.server_process import ServerProcess

PATIENCE_S = 30


def drawn(folder: Path, name: str, colour: str, *, moves: bool = False) -> Path:
    """Draw a little picture."""
    path = folder / name
    first = Image.new("RGB", (32, 32), colour)
    if moves:
        first.save(path, save_all=True, append_images=[Image.new("RGB", (32, 32), "white")], duration=200)
    else:
        first.save(path)
    return path


async def until_known(who: Blogger, shortcode: str, *, known: bool = True) -> list[Json]:
    """Wait until the server has noticed what the command line wrote."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = list(await who.get("/v1/custom_emojis"))
            if (shortcode in [one["shortcode"] for one in found]) is known:
                return found


async def test_an_emoji_is_shown_wherever_people_write_it(
    house: ServerProcess, people: list[Blogger], tmp_path: Path
) -> None:
    ann, ben = people
    await command(
        house, "emoji", "add", "teapot", str(drawn(tmp_path, "a.png", "green")), "--category", "Tea"
    )
    await command(
        house, "emoji", "add", "steam", str(drawn(tmp_path, "b.gif", "red", moves=True)), "--hidden"
    )
    steam, teapot = sorted(await until_known(ann, "steam"), key=lambda one: str(one["shortcode"]))
    assert (teapot["category"], teapot["visible_in_picker"], steam["visible_in_picker"]) == (
        "Tea",
        True,
        False,
    )
    assert teapot["static_url"] == teapot["url"]
    async with httpx.AsyncClient() as http:
        picture = await http.get(teapot["url"])
        still = await http.get(steam["static_url"])
    assert Image.open(io.BytesIO(picture.content)).size == (32, 32)
    assert getattr(Image.open(io.BytesIO(still.content)), "n_frames", 1) == 1
    poll = {"options": ["a :teapot:", "b"], "expires_in": 600}
    said = await ann.post(
        "a:teapot: is none, :teapot: is one, :unknown: too", spoiler_text=":steam:", poll=poll
    )
    assert [one["shortcode"] for one in said["emojis"]] == ["steam", "teapot"]
    assert [one["shortcode"] for one in said["poll"]["emojis"]] == ["teapot"]
    named = await ben.call("PATCH", "/v1/accounts/update_credentials", json={"display_name": "Ben :teapot:"})
    assert [one["shortcode"] for one in named["emojis"]] == ["teapot"]
    assert (await ann.get(f"/v1/accounts/{ben.id}"))["emojis"] == named["emojis"]


async def test_an_emoji_is_refused_with_the_reason_and_can_be_removed(
    house: ServerProcess, people: list[Blogger], tmp_path: Path
) -> None:
    good, text = drawn(tmp_path, "c.png", "blue"), tmp_path / "text.png"
    text.write_text("no picture")
    assert "2 to 40 characters" in await command(house, "emoji", "add", "t!", str(good), expect=1)
    assert "no picture" in await command(house, "emoji", "add", "blue", str(text), expect=1)
    await command(house, "emoji", "add", "blue", str(good))
    assert "already" in await command(house, "emoji", "add", "blue", str(good), expect=1)
    [blue] = [one for one in await until_known(people[0], "blue") if one["shortcode"] == "blue"]
    assert "blue" in await command(house, "emoji", "list")
    await command(house, "emoji", "remove", "blue")
    await until_known(people[0], "blue", known=False)
    async with httpx.AsyncClient() as http:
        assert (await http.get(blue["url"])).status_code == 404
    assert "There is no emoji" in await command(house, "emoji", "remove", "blue", expect=1)


async def test_an_announcement_is_heard_put_away_and_answered(
    house: ServerProcess, people: list[Blogger]
) -> None:
    ann, ben = people
    async with hearing(ben, "user") as socket:
        said = "We move on Sunday #moving\n\nhttps://tea.example/news"
        number = (await command(house, "announcement", "publish", "-", typed=said)).strip()
        stream, name, heard = await event(socket)
        assert (stream, name, heard["id"]) == (["user"], "announcement", number)
        assert "read" not in heard
        [shown] = await ann.get("/v1/announcements")
        assert (shown["id"], shown["read"], shown["reactions"]) == (number, False, [])
        assert "<p>We move on Sunday" in shown["content"]
        assert [tag["name"] for tag in shown["tags"]] == ["moving"]
        await ann.call("PUT", f"/v1/announcements/{number}/reactions/🍵")
        _, name, told = await event(socket)
        assert (name, told) == (
            "announcement.reaction",
            {"name": "🍵", "count": 1, "announcement_id": number},
        )
        await ben.call("PUT", f"/v1/announcements/{number}/reactions/🍵")
        await event(socket)
        [shown] = await ann.get("/v1/announcements")
        assert shown["reactions"] == [{"name": "🍵", "count": 2, "me": True}]
        await ann.call("DELETE", f"/v1/announcements/{number}/reactions/🍵")
        assert (await event(socket))[2]["count"] == 1
        await ann.do(f"/v1/announcements/{number}/dismiss")
        assert [one["read"] for one in await ann.get("/v1/announcements")] == [True]
        assert [one["read"] for one in await ben.get("/v1/announcements")] == [False]
        await command(house, "announcement", "remove", number)
        assert await event(socket) == (["user"], "announcement.delete", number)
    assert await ann.get("/v1/announcements") == []
    await ann.refused("POST", f"/v1/announcements/{number}/dismiss", 404)


async def test_an_announcement_takes_few_kinds_of_answers_and_only_emoji(
    house: ServerProcess, people: list[Blogger]
) -> None:
    ann, _ = people
    number = (await command(house, "announcement", "publish", "Tell us")).strip()
    for kind in "🍵🍶🍷🍸🍹🍺🍻🥂":
        await ann.call("PUT", f"/v1/announcements/{number}/reactions/{kind}")
    path = f"/v1/announcements/{number}/reactions"
    assert "Limit" in await ann.refused("PUT", f"{path}/🥃", 422)
    for no_emoji in ("tea", "1", "©", "🍵tea", "<b>"):
        assert "not a recognized emoji" in await ann.refused("PUT", f"{path}/{no_emoji}", 422)
    listed = json.loads(await command(house, "announcement", "list", "--json"))
    assert [(one["id"], one["text"]) for one in listed] == [(number, "Tell us")]
    await command(house, "announcement", "change", number, "Told")
    assert "Told" in (await ann.get("/v1/announcements"))[0]["content"]
    await command(house, "announcement", "remove", number)
    over = await command(house, "announcement", "publish", "Past", "--ends", "2020-01-01T00:00")
    assert await ann.get("/v1/announcements") == []
    await command(house, "announcement", "remove", over.strip())
    assert "1 to 10000" in await command(house, "announcement", "publish", " ", expect=1)
    wrong = await command(house, "announcement", "publish", "x", "--ends", "soon", expect=2)
    assert "--ends wants a time" in wrong


async def test_the_house_says_at_length_what_was_configured(people: list[Blogger]) -> None:
    ann, _ = people
    assert [one["text"] for one in await ann.get("/v1/instance/rules")] == ["Be kind.", "No advertising."]
    about = await ann.get("/v1/instance/extended_description")
    assert about["content"] == "<p>A long story.</p><p>With &lt;b&gt;two&lt;/b&gt; parts.</p>"
    privacy = await ann.get("/v1/instance/privacy_policy")
    assert privacy["content"] == "<p>Nobody reads your chats.</p>"
    assert await ann.get("/v1/instance/privacy_policy") == privacy
    terms = await ann.get("/v1/instance/terms_of_service")
    assert (terms["content"], terms["effective"]) == ("<p>Pay with patience.</p>", True)
    assert await ann.get(f"/v1/instance/terms_of_service/{terms['effective_date']}") == terms
    await ann.refused("GET", "/v1/instance/terms_of_service/2001-01-01", 404)


async def test_a_report_reaches_the_operators_with_posts_that_the_reporter_may_see(
    house: ServerProcess, people: list[Blogger]
) -> None:
    ann, ben = people
    rude, hidden = await ben.post("rude words"), await ben.post("for followers", visibility="private")
    told = await ann.do(
        "/v1/reports", account_id=ben.id, status_ids=[rude["id"], hidden["id"]], comment="see <this>", rule_ids=["1"],
        forward=True,
    )  # fmt: skip
    assert (told["status_ids"], told["category"], told["rule_ids"]) == ([rude["id"]], "violation", ["1"])
    assert told["target_account"]["id"] == ben.id
    [listed] = json.loads(await command(house, "report", "list", "--json"))
    assert (listed["id"], listed["by"], listed["about"]) == (told["id"], ann.name, ben.name)
    assert (listed["comment"], [post.rpartition("/")[2] for post in listed["posts"]]) == (
        "see <this>",
        [rude["id"]],
    )
    await command(house, "report", "close", told["id"])
    assert json.loads(await command(house, "report", "list", "--json")) == []
    assert "no open report" in await command(house, "report", "close", told["id"], expect=1)
    path = "/v1/reports"
    assert "too long" in await ann.refused(
        "POST", path, 422, json={"account_id": ben.id, "comment": "x" * 1001}
    )
    assert "Category" in await ann.refused("POST", path, 422, json={"account_id": ben.id, "category": "x"})


async def test_reports_from_chats_are_listed_and_closed_beside_them(
    house: ServerProcess, people: list[Blogger]
) -> None:
    ann, ben = people
    room = await ann.actor.create_room(preset="public_chat")
    await ann.actor.post(f"/rooms/{segment(room)}/report", {"reason": "loud"})
    await ann.actor.post(f"/users/{segment(ben.actor.user_id)}/report", {"reason": "rude"})
    listed = json.loads(await command(house, "report", "list", "--json"))
    assert [(one["by"], one["about"], one["category"], one["comment"]) for one in listed] == [
        (ann.actor.user_id, room, "room", "loud"),
        (ann.actor.user_id, ben.actor.user_id, "user", "rude"),
    ]
    for one in listed:
        assert one["id"].startswith("chat-")
        await command(house, "report", "close", one["id"])
    assert json.loads(await command(house, "report", "list", "--json")) == []
    assert "no open report" in await command(house, "report", "close", listed[0]["id"], expect=1)
