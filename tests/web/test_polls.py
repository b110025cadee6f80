"""Polls in chats: made, answered, answered otherwise and ended; in encrypted chats, and with other apps."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Locator, expect

from tests.actors import Actor, segment
from tests.web.conftest import NewPerson
from tests.web.person import DESK, Person, learned
from tests.web.test_chatting import befriend
from tests.web.test_media import group_of


def answer(one: Person, words: str) -> Locator:
    """Find what can be chosen in a poll."""
    return one.page.get_by_role("group").get_by_role("button").filter(has_text=words)


async def ask(one: Person, question: str, answers: list[str]) -> None:
    """Start a poll from the panel beside the field."""
    await one.page.get_by_role("button", name="Add a picture or file").click()
    await one.page.get_by_role("button", name="Poll").click()
    await one.page.get_by_label("Question").fill(question)
    for number, words in enumerate(answers, 1):
        await one.page.get_by_label(f"Answer {number}", exact=True).fill(words)
    await one.page.get_by_role("button", name="Start the poll").click()


async def test_two_people_decide_in_an_encrypted_chat(person: NewPerson) -> None:
    lin, bao = await person("lin"), await person("bao", **DESK)
    await befriend(lin, bao)
    await ask(lin, "Which tea?", ["Oolong", "Pu'er"])
    await answer(bao, "Oolong").click()
    await expect(answer(lin, "Oolong").get_by_text("1 vote")).to_have_count(1)
    await answer(bao, "Pu'er").click()
    await expect(answer(lin, "Pu'er").get_by_text("1 vote")).to_have_count(1)
    await expect(answer(lin, "Oolong").get_by_text("0 votes")).to_have_count(1)
    await answer(lin, "Pu'er").click()
    await expect(answer(bao, "Pu'er").get_by_text("2 votes")).to_have_count(1)

    await lin.page.get_by_role("button", name="End the poll").click()
    await lin.confirm()
    await expect(bao.page.get_by_text("The poll is over")).to_be_visible()
    await expect(answer(bao, "Oolong")).to_be_disabled()
    # Neither votes nor the end of it are messages of their own.
    await expect(bao.page.locator("article")).to_have_count(1)


async def test_a_poll_of_another_app_is_answered_in_the_words_that_it_reads(
    person: NewPerson, alice: Actor
) -> None:
    lin = await person("lin")
    room = await group_of(lin, alice)
    poll = {
        "question": {"m.text": [{"body": "When?"}]},
        "kind": "m.undisclosed",
        "max_selections": 2,
        "answers": [{"m.id": day, "m.text": [{"body": day}]} for day in ("Monday", "Friday", "Sunday")],
    }
    path = f"/rooms/{segment(room)}/send/m.poll.start/{alice.next_txn_id()}"
    start = (await alice.put(path, {"m.poll": poll, "m.text": [{"body": "When?"}]}))["event_id"]
    await expect(lin.page.get_by_text("Choose up to 2 · votes are shown at the end")).to_be_visible()
    await answer(lin, "Monday").click()
    await answer(lin, "Friday").click()

    async def told() -> list[Any]:
        page = await alice.get(f"/rooms/{segment(room)}/messages", dir="f", limit=50)
        found = [
            event["content"]["org.matrix.msc3381.poll.response"]["answers"]
            for event in page["chunk"]
            if event["content"].get("m.relates_to", {}).get("event_id") == start
        ]
        return found if len(found) == 2 else []

    assert await learned(told) == [["Monday"], ["Monday", "Friday"]]

    # The server finds it by its answers too.
    await lin.visit(f"/chats/{segment(room)}/search")
    await lin.page.get_by_label("Words to look for").fill("friday")
    await expect(lin.page.locator("mark")).to_have_text("Friday")
