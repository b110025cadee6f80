"""Whatever operators do to somebody leaves an entry in the log, in the same commit, which tells nobody who it was."""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable

import pytest

from teahouse.app import Services
from teahouse.errors import TeahouseError
from teahouse.kernel.storage import Tx
from teahouse.microblog.moderation import Decided, Moderation, Order, Orders
from teahouse.microblog.moderation.store_warnings import WarningRow, add
from teahouse.microblog.people.records import Viewer
from teahouse.trust.entries import commitment
from tests.accounts.conftest import SetClock
from tests.trust.courts import Draft, entries, name_of, person, raw_entries

WORDS = "ann said something rude"
WEEK_S = 7 * 24 * 3600
REASON = "Rule 1, as everybody was told."
Act = Callable[[Services, Viewer], Awaitable[object]]


async def take_down(services: Services, ann: Viewer) -> object:
    """Take a post of hers down."""
    post = await services.microblog.publish.post(ann, Draft(WORDS))
    return await services.microblog.moderation.take_down(post, REASON)


async def lift(services: Services, ann: Viewer) -> object:
    """Limit her no longer."""
    await services.microblog.moderation.restrain(name_of(ann), "silence", REASON)
    return await services.microblog.moderation.lift(name_of(ann), REASON)


async def answer(services: Services, ann: Viewer) -> object:
    """Answer an appeal of hers."""
    number = await services.microblog.moderation.warn(name_of(ann), REASON)
    await services.microblog.moderation.appeal(ann, number, WORDS)
    await services.microblog.moderation.answer(number, REASON, accept=True)
    return number


async def order(services: Services, ann: Viewer) -> object:
    """Lock her from an app, and let her in again."""
    orders, admin = services.microblog.moderators.orders, await person(services, "root")
    before = len(await entries(services))
    await orders.act(admin, ann.id, Order("disable", REASON))
    await orders.lift(admin, ann.id, "disable", REASON)
    assert len(await entries(services)) == before + 2
    return None


ACTS: dict[str, Act] = {
    "warn": lambda services, ann: services.microblog.moderation.warn(name_of(ann), REASON),
    "restrain": lambda services, ann: services.microblog.moderation.restrain(name_of(ann), "suspend", REASON),
    "lift": lift,
    "take_down": take_down,
    "answer": answer,
    "order": order,
}
NO_ACTS = {"appeals", "about", "one", "appeal"}
"""What is only read, and what a person does for himself."""


def test_every_function_of_moderation_is_known_here() -> None:
    public = {name for name, _ in inspect.getmembers(Moderation, inspect.isfunction) if name[0] != "_"}
    assert public == ACTS.keys() - {"order"} | NO_ACTS
    orders = {name for name, _ in inspect.getmembers(Orders, inspect.isfunction) if name[0] != "_"}
    assert orders == {"act", "lift", "erase"}, "add it to `order`"


async def test_every_act_leaves_an_entry_that_names_nobody(services: Services) -> None:
    ann = await person(services, "ann")
    for name, act in ACTS.items():
        before = len(await entries(services))
        await act(services, ann)
        decisions = await services.microblog.moderation.about(ann)
        after = await entries(services)
        assert len(after) > before, name
        assert after[-1]["kind"] == ("appeal" if name == "answer" else "decision")
        assert after[-1].keys() - {"about"} == {"kind", "seq", "commitment"}
        if ann.user_id in (await services.microblog.core.restraints.current()).suspended:
            await services.microblog.moderation.lift(name_of(ann), REASON)
    everything = "\n".join(await raw_entries(services))
    posts = [post["id"] for one in decisions for post in one.taken_down]
    assert posts
    for secret in (name_of(ann), WORDS, REASON, str(ann.id), *posts, *(one.id for one in decisions)):
        assert secret not in everything


async def test_an_act_that_the_log_has_no_word_for_does_not_happen(services: Services) -> None:
    ann, before = await person(services, "ann"), await raw_entries(services)
    moderation = services.microblog.moderation

    async def job(tx: Tx) -> int:
        account = await services.microblog.book.row_in(tx, ann.id)
        await moderation.holds.change(tx, account, "suspend", REASON)
        return await moderation.door.decide(tx, Decided(account, "shadow_ban", REASON))

    with pytest.raises(TeahouseError, match="no action"):
        await services.db.write(job)
    assert await raw_entries(services) == before
    assert ann.user_id not in (await services.microblog.core.restraints.current()).suspended


async def test_a_decision_without_an_entry_can_not_be_kept(services: Services) -> None:
    ann = await person(services, "ann")

    async def job(tx: Tx) -> None:
        await add(tx, WarningRow(1, ann.id, "none", REASON, [], None, 1, None))  # type: ignore[arg-type]

    with pytest.raises(Exception, match=r"(?i)null|log_seq|entry"):
        await services.db.write(job)
    assert await services.microblog.moderation.about(ann) == []


async def test_whom_it_concerns_can_check_and_a_stranger_gets_nothing(services: Services) -> None:
    ann, ben = await person(services, "ann"), await person(services, "ben")
    await take_down(services, ann)
    [decision] = await services.microblog.moderation.about(ann)
    number = len(await raw_entries(services)) - 1
    proof = await services.trust.log.proof(number, ann.user_id)
    record = json.loads(proof.record)
    assert (record["decision"], record["reason"], record["action"]) == (decision.id, REASON, "remove")
    assert record["posts"][0]["text"] == WORDS
    entry = (await entries(services))[number]
    assert entry["commitment"] == commitment(proof.salt, proof.record.encode())
    for other, who in ((number, ben), (0, ann), (number + 1, ann)):
        with pytest.raises(TeahouseError):
            await services.trust.log.proof(other, who.user_id)


async def test_who_erases_the_account_leaves_a_commitment_to_nothing(services: Services) -> None:
    ann = await person(services, "ann")
    await take_down(services, ann)
    before = await raw_entries(services)
    await services.accounts.deactivate_user(ann.user_id, erase=True)
    assert await raw_entries(services) == before
    rows = await services.db.read(lambda tx: tx.fetch_all("SELECT * FROM log_records"))
    assert [row for row in rows if row[1] is None]
    assert all(ann.user_id not in str(row) for row in rows)


async def test_an_answer_names_the_entry_that_it_is_about(services: Services) -> None:
    ann = await person(services, "ann")
    await answer(services, ann)
    start, *_, decision, result = await entries(services)
    assert start["log"] == f"{services.config.server_name}/transparency"
    assert result["about"] == decision["seq"]
    shown = (await services.trust.log.shown("decision", None, 1)).entries
    assert shown[0].answered_by == result["seq"]


async def test_a_week_is_told_once_it_is_over_and_few_of_a_kind_are_told_together(
    services: Services, clock: SetClock
) -> None:
    clock.forward(WEEK_S)
    await services.trust.log.tell_weeks()
    ann, first = await person(services, "ann"), len(await raw_entries(services))
    for _ in range(6):
        await services.microblog.moderation.warn(name_of(ann), REASON)
    await take_down(services, ann)
    await answer(services, ann)
    assert await services.trust.log.tell_weeks() == 0
    clock.forward(WEEK_S)
    await services.microblog.moderation.warn(name_of(ann), REASON)
    assert await services.trust.log.tell_weeks() == 1
    assert await services.trust.log.tell_weeks() == 0
    week = (await entries(services))[-1]
    assert (week["from"], week["to"]) == (first, first + 8)
    assert week["decisions"]["action"] == {"warn": 7, "other": 1}
    assert week["decisions"]["origin"] == {"own": 8}
    assert week["appeals"] == {"count": 1, "result": {"other": 1}, "days": {"other": 1}}
    shown = (await services.trust.log.shown(None, None, 11)).entries
    assert [one.seq for one in shown if one.kind != "week" and one.week is None] == [first + 9]


async def test_the_house_rules_are_in_the_log_whenever_they_have_changed(services: Services) -> None:
    log, before = services.trust.log, len(await entries(services))
    for rules in (["Be kind."], ["Be kind."], ["Be kind.", "No advertising."], []):
        await log.begin(rules)
    written = (await entries(services))[before:]
    assert [one["rules"] for one in written if one["kind"] == "rules"] == [
        ["Be kind."], ["Be kind.", "No advertising."], []
    ]  # fmt: skip


async def test_a_decision_that_is_older_than_the_log_can_still_be_appealed(services: Services) -> None:
    ann = await person(services, "ann")
    number = await services.microblog.moderation.warn(name_of(ann), REASON)
    await services.db.write(
        lambda tx: tx.execute("UPDATE account_warnings SET log_seq = -1 WHERE id = ?", number)
    )
    await services.microblog.moderation.appeal(ann, number, "long ago")
    assert number in [one.id for one in await services.microblog.moderation.appeals()]
    await services.microblog.moderation.answer(number, REASON, accept=False)
    assert "about" not in (await entries(services))[-1]
