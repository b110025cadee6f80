"""The Me tab: who I am, where I am signed in, what notifies me, and taking my data or my leave."""

from __future__ import annotations

import io
import json
import zipfile

from playwright.async_api import expect

from tests.actors import PASSWORD, Actor, segment
from tests.web.conftest import NewPerson
from tests.web.made_files import photo
from tests.web.person import DESK, Person, learned
from tests.web.test_chatting import befriend
from tests.web.test_media import attach, group_of

NEW_PASSWORD = "jasmine-and-fog"


async def as_actor(one: Person, password: str = PASSWORD) -> Actor:
    """Sign the person in a second time, with an app that is no browser."""
    stranger = Actor(one.url, one.user_id, "", "", password)
    actor = await stranger.log_in_again()
    await stranger.close()
    return actor


def bearer(actor: Actor) -> dict[str, str]:
    """Give the header that says who asks, for the other protocol's API."""
    return {"Authorization": f"Bearer {actor.access_token}"}


async def test_a_new_name_and_picture_are_seen_by_others(person: NewPerson, alice: Actor) -> None:
    lin = await person("lin")
    await lin.sign_up()
    await lin.open("/me/profile")
    await lin.page.get_by_role("button", name=f"Name {lin.name}", exact=True).click()
    await lin.page.get_by_label("Name", exact=True).last.fill("琳 Lin")
    await lin.confirm()
    await lin.page.locator("input[type=file]").set_input_files(
        {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": photo(900, 600)}
    )
    frame = lin.page.get_by_role("application")
    await frame.focus()
    await lin.page.keyboard.press("ArrowRight")
    await lin.page.get_by_role("slider").fill("0.5")
    await lin.page.get_by_role("button", name="Use this").click()
    await expect(lin.page.get_by_role("button", name="Remove the picture")).to_be_visible()
    seen = await alice.get(f"/profile/{segment(lin.user_id)}")
    assert seen["displayname"] == "琳 Lin"
    kept = seen["avatar_url"].removeprefix("mxc://")
    picture = await alice.answer("GET", f"/_matrix/client/v1/media/download/{kept}")
    assert picture.headers["content-type"] == "image/jpeg"
    assert b"Exif" not in picture.content


async def test_a_sign_in_elsewhere_is_told_and_can_be_ended(person: NewPerson) -> None:
    lin = await person("lin", **DESK)
    await lin.sign_up()
    await expect(lin.page.get_by_text("No chats yet")).to_be_visible()
    other = await as_actor(lin)
    notice = lin.page.get_by_role("region", name="Somebody signed in to your account")
    await expect(notice).to_be_visible()
    await notice.get_by_role("button", name="That was not me").click()
    await lin.page.get_by_role("button", name="Sign out all other devices").click()
    field = lin.page.get_by_label("Your password")
    await field.fill("not the password")
    await lin.page.get_by_role("dialog").get_by_role("button", name="Sign out").click()
    await expect(lin.page.get_by_role("alert")).to_have_text("This is not your password.")
    await field.fill(PASSWORD)
    await lin.page.get_by_role("dialog").get_by_role("button", name="Sign out").click()
    await expect(lin.page.get_by_text("You are signed in nowhere else.")).to_be_visible()
    assert (await other.answer("GET", "/account/whoami")).status_code == 401
    await other.close()


async def test_password_is_changed_and_the_account_closed(person: NewPerson) -> None:
    lin = await person("lin")
    await lin.sign_up()
    await lin.open("/me/account")
    await lin.page.get_by_role("button", name="Change password").click()
    await lin.page.get_by_label("New password").fill(NEW_PASSWORD)
    await lin.page.get_by_label("Your password").fill(PASSWORD)
    await lin.page.get_by_role("dialog").get_by_role("button", name="Change password").click()
    await expect(lin.page.get_by_text("Your password is changed")).to_be_visible()
    other = await as_actor(lin, NEW_PASSWORD)
    await lin.page.get_by_role("button", name="Close account").click()
    await lin.page.get_by_label("Your password").fill(NEW_PASSWORD)
    await lin.page.get_by_role("switch", name="Hide my messages").click()
    await lin.page.get_by_role("button", name="Close for ever").click()
    await expect(lin.page.get_by_role("heading", name="Welcome to Teahouse")).to_be_visible()
    assert (await other.answer("GET", "/account/whoami")).status_code == 401
    await other.close()


async def test_what_notifies_is_chosen_for_all_devices(person: NewPerson, alice: Actor) -> None:
    lin = await person("lin")
    await lin.sign_up()
    other = await as_actor(lin)
    await lin.open("/me/notifications")
    await lin.page.get_by_text("When I am mentioned").click()
    await lin.page.get_by_role("switch", name="Invitations").click()
    await expect(lin.page.get_by_role("switch", name="Invitations")).to_have_attribute(
        "aria-checked", "false"
    )

    async def is_on(kind: str, rule: str) -> bool:
        return bool((await other.get(f"/pushrules/global/{kind}/{rule}"))["enabled"])

    async def both_are_off() -> bool:
        wished = [("override", ".m.rule.invite_for_me"), ("underride", ".m.rule.encrypted")]
        return not any([await is_on(*one) for one in wished])

    await learned(both_are_off)
    assert not await is_on("underride", ".m.rule.message")
    assert await is_on("override", ".m.rule.is_user_mention")
    await other.close()


async def test_private_read_marks_stay_private(person: NewPerson, alice: Actor) -> None:
    lin = await person("lin")
    room = await group_of(lin, alice)
    await lin.open("/me/privacy")
    await lin.page.get_by_role("switch", name="Tell others what I have read").click()
    sent: list[str] = []
    lin.page.on("request", lambda request: sent.append(request.url) if "/receipt/" in request.url else None)
    await alice.send_text(room, "did you see this?")
    await lin.page.go_back()
    await lin.sees("did you see this?")
    async with lin.page.expect_request("**/receipt/m.read.private/**"):
        await alice.send_text(room, "and this?")
    assert [url for url in sent if "/receipt/m.read/" in url] == []


POLL = "org.matrix.msc3381.poll"


async def test_my_data_is_in_the_file_also_what_is_encrypted(person: NewPerson, alice: Actor) -> None:
    lin, bao = await person("lin", **DESK), await person("bao")
    await befriend(lin, bao)
    await lin.say("between the two of us")
    await bao.sees("between the two of us")
    room = await alice.create_room(name="Pictures", invite=[lin.user_id])
    await lin.open("/chats")
    await lin.accept_request()
    await attach(
        lin, "Photos and videos", [{"name": "tea.jpg", "mimeType": "image/jpeg", "buffer": photo(40, 30)}]
    )
    await lin.page.locator("dialog").get_by_role("button", name="Send", exact=True).click()
    await expect(lin.page.locator("article[data-state=sent] img")).to_be_visible()
    await alice.send_text(room, "said in the open")
    await lin.sees("said in the open")
    poll = {"question": {"body": "Again?"}, "answers": [{"id": "y", "org.matrix.msc1767.text": "Yes"}]}
    asked = await alice.put(f"/rooms/{segment(room)}/send/{POLL}.start/1", {f"{POLL}.start": poll})
    about = {"m.relates_to": {"rel_type": "m.reference", "event_id": asked["event_id"]}}
    vote = {f"{POLL}.response": {"answers": ["y"]}, **about}
    await alice.put(f"/rooms/{segment(room)}/send/{POLL}.response/2", vote)
    other = await as_actor(lin)
    await other.http.post("/api/v1/statuses", json={"status": "written for all"}, headers=bearer(other))
    await other.close()
    await lin.open("/me/export")
    await lin.page.get_by_role("button", name="Begin").click()
    save = lin.page.get_by_role("link", name="Save the file")
    await expect(save).to_be_visible()
    async with lin.page.expect_download() as waiting:
        await save.click()
    path = await (await waiting.value).path()
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        assert archive.testzip() is None
        chats = {
            name: json.loads(archive.read(name))
            for name in archive.namelist()
            if name.endswith("messages.json")
        }
        account = json.loads(archive.read("account.json"))
        posts = json.loads(archive.read("microblog/posts.json"))
        told = [one for chat in chats.values() for one in chat if one["type"] == "m.room.message"]
        (asked,) = [one for chat in chats.values() for one in chat if one["type"] == f"{POLL}.start"]
        pictures = [archive.read(one["file"]) for one in told if "file" in one]
    said = {one["content"]["body"] for one in told if "file" not in one}
    assert said >= {"between the two of us", "said in the open"}
    answers = [{"text": "Yes", "votes": [alice.user_id]}]
    assert asked["poll"] == {"question": "Again?", "answers": answers, "ended": False}
    assert [picture[:3] for picture in pictures] == [b"\xff\xd8\xff"]
    assert [post["content"] for post in posts] == ["<p>written for all</p>"]
    assert account["user_id"] == lin.user_id
