"""Fixtures of the journeys: one browser for the session, and people who each have a context of their own."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.actors import fresh_localpart
from tests.chromium import SWITCHES, require_chromium
from tests.running_server import RunningServer
from tests.server_process import CLUSTER
from tests.web import made_files
from tests.web.person import PHONE, Person
from tests.web.results import keep_failure

NewPerson = Callable[..., Awaitable[Person]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Run the journeys on one of the databases: what they prove is above the storage.

    One that fails is tried once more (decision 0042). The summary names it as RERUN, and its picture stays.
    """
    for item in items:
        if "tests/web/" in str(item.path):
            if CLUSTER:
                item.add_marker(pytest.mark.skip(reason="journeys run on SQLite only"))
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Let fixtures know whether their test failed."""
    outcome = yield
    report = outcome.get_result()
    if report.when == "call":
        item.stash[FAILED] = report.failed


FAILED = pytest.StashKey[bool]()


@pytest_asyncio.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium without a window."""
    program = require_chromium()
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=program, chromium_sandbox=os.geteuid() != 0, args=SWITCHES
        )
        yield launched
        await launched.close()


@pytest_asyncio.fixture(scope="session")
async def speaking(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """A browser whose microphone hears a WAV of ours."""
    sound = made_files.speak(tmp_path_factory.mktemp("sound") / "speech.wav")
    microphone = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={sound}%noloop"]
    program = require_chromium()
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=program, chromium_sandbox=os.geteuid() != 0, args=[*SWITCHES, *microphone]
        )
        yield launched
        await launched.close()


@pytest_asyncio.fixture
async def person(
    browser: Browser, server: RunningServer, request: pytest.FixtureRequest
) -> AsyncIterator[NewPerson]:
    """Give `person(name, **context options)`: somebody new, on a phone unless said otherwise."""
    made: list[Person] = []

    async def new(
        name: str,
        *,
        localpart: str | None = None,
        using: Browser | None = None,
        url: str | None = None,
        **options: Any,
    ) -> Person:
        settings = {"locale": "en", **(options or PHONE)}
        context = await (using or browser).new_context(**settings)
        page = await context.new_page()
        one = Person(context, page, url or server.url, localpart or fresh_localpart(name))
        made.append(one)
        return one

    yield new
    failed = request.node.stash.get(FAILED, False)
    for number, one in enumerate(made):
        if failed:
            await keep_failure(one, f"{request.node.name}-{number}")
        await one.context.close()
    if not failed:
        assert [error for one in made for error in one.errors] == []
