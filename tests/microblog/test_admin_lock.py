"""Locks by Matrix's own endpoints, and how the databases read what moderators ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from teahouse.accounts import store_oversight
from teahouse.microblog.moderators import store_moderators
from teahouse.microblog.moderators.store_moderators import Wanted
from teahouse.microblog.reports import store_reports
from tests.actors import Actor, fresh_localpart, register, segment
from tests.microblog.bloggers import Blogger
from tests.microblog.test_plans import SPAN, Explaining, Query, explaining
from tests.oauth.apps import API, matrix_app
from tests.oauth.apps import who as whoami
from tests.oauth.browser import Browser
from tests.oauth.conftest import alices_browser
from tests.running_server import RunningServer

__all__ = ["alices_browser", "explaining"]


def lock_of(user_id: str) -> str:
    """Give the path of somebody's lock."""
    return f"/_matrix/client/v1/admin/lock/{segment(user_id)}"


@pytest_asyncio.fixture(loop_scope="session")
async def root(server: RunningServer) -> AsyncIterator[Actor]:
    """An administrator with a Matrix app."""
    name = fresh_localpart("root")
    async with await register(server.url, server.registration_shared_secret, name, admin=True) as made:
        yield made


async def locked(by: Actor, user_id: str, *, wanted: bool | None = None) -> tuple[int, Any]:
    """Ask for somebody's lock, or set it."""
    headers, path = {"Authorization": f"Bearer {by.access_token}"}, lock_of(user_id)
    if wanted is None:
        answer = await by.http.get(path, headers=headers)
    else:
        answer = await by.http.put(path, headers=headers, json={"locked": wanted})
    return answer.status_code, answer.json()


async def test_an_administrator_locks_somebody_who_hears_it_and_may_appeal(root: Actor, ann: Blogger) -> None:
    who = ann.actor
    told = (await root.get("/capabilities"))["capabilities"]
    assert told["m.account_moderation"] == {"lock": True}
    assert "m.account_moderation" not in (await who.get("/capabilities"))["capabilities"]
    assert await locked(root, who.user_id) == (200, {"locked": False})
    for _ in range(2):
        assert await locked(root, who.user_id, wanted=True) == (200, {"locked": True})
    assert await locked(root, who.user_id) == (200, {"locked": True})
    assert (await who.answer("GET", "/account/whoami")).json()["errcode"] == "M_USER_LOCKED"
    [warning] = await ann.get("/v1/account_warnings")
    assert (warning["action"], "can't say why" in warning["text"]) == ("disable", True)
    assert (await ann.do(f"/v1/account_warnings/{warning['id']}/appeal", text="Why?"))["appeal"][
        "state"
    ] == "pending"
    assert await locked(root, who.user_id, wanted=False) == (200, {"locked": False})
    assert (await who.get("/account/whoami"))["user_id"] == who.user_id


async def test_somebody_who_only_chats_can_be_locked(root: Actor, alice: Actor) -> None:
    assert (await locked(root, alice.user_id, wanted=True))[0] == 200
    assert (await alice.answer("GET", "/sync")).json()["errcode"] == "M_USER_LOCKED"


async def test_an_app_of_somebody_locked_goes_on_refreshing_and_is_let_in_again(
    root: Actor, alice: Actor, alices_browser: Browser
) -> None:
    app = await matrix_app(alices_browser.http)
    first = await app.session(alices_browser, API)
    assert (await locked(root, alice.user_id, wanted=True))[0] == 200
    newer = await app.refresh(first["refresh_token"])
    assert (await whoami(app.http, newer["access_token"])).json()["errcode"] == "M_USER_LOCKED"
    assert (await locked(root, alice.user_id, wanted=False))[0] == 200
    assert (await whoami(app.http, newer["access_token"])).json()["user_id"] == alice.user_id


async def test_locks_are_refused_before_anybody_is_looked_up(root: Actor, alice: Actor, bob: Actor) -> None:
    for who in (bob.user_id, "@nobody:localhost"):
        status, said = await locked(alice, who, wanted=True)
        assert (status, said["errcode"]) == (403, "M_FORBIDDEN")
    for who, status, code in (
        (root.user_id, 403, "M_FORBIDDEN"),
        ("@nobody:localhost", 404, "M_NOT_FOUND"),
        ("@bob:elsewhere.example", 400, "M_INVALID_PARAM"),
        ("bob", 400, "M_INVALID_PARAM"),
    ):
        for wanted in (None, True):
            got, said = await locked(root, who, wanted=wanted)
            assert (got, said["errcode"]) == (status, code), who


NOBODY: frozenset[str] = frozenset()
QUERIES: dict[str, tuple[Query, str]] = {
    "suspended": (
        lambda tx: store_moderators.page(tx, Wanted(frozenset({"suspended"}), "", (), None, NOBODY), SPAN),
        "accounts_suspended",
    ),
    "sensitized": (
        lambda tx: store_moderators.page(tx, Wanted(frozenset({"sensitized"}), "", (), None, NOBODY), SPAN),
        "accounts_sensitized",
    ),
    "by name": (
        lambda tx: store_moderators.page(tx, Wanted(frozenset(), "ann", ("a",), None, NOBODY), SPAN),
        "word",
    ),
    "of users": (
        lambda tx: store_moderators.page(tx, Wanted(frozenset(), "", (), {"@a:b"}, NOBODY), SPAN),
        "account",
    ),
    "open reports": (
        lambda tx: store_reports.page(tx, SPAN, closed=False, by=None, about=None),
        "microblog_reports",
    ),
    "closed reports": (
        lambda tx: store_reports.page(tx, SPAN, closed=True, by=None, about=None),
        "microblog_reports",
    ),
    "reports about somebody": (
        lambda tx: store_reports.page(tx, SPAN, closed=None, by=None, about=1),
        "microblog_reports_about",
    ),
    "seen in a network": (
        lambda tx: store_oversight.seen_between(tx, "10.1.", "10.1.~"),
        "devices_by_address",
    ),
    "reports by somebody": (
        lambda tx: store_reports.page(tx, SPAN, closed=None, by=1, about=None),
        "microblog_reports_by",
    ),
}


@pytest.mark.parametrize("name", QUERIES)
async def test_what_moderators_list_is_read_by_its_index(explaining: Any, name: str) -> None:
    query, index = QUERIES[name]
    tx = Explaining(explaining)
    await query(tx)
    assert index in tx.plan, tx.plan
    for bad in ("SCAN a\n", "SCAN devices", "SCAN microblog_reports\n", "SCAN w\n", "Seq Scan"):
        assert bad not in tx.plan, tx.plan
