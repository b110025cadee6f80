"""Where apps may not ask for passwords, people sign in on the server's own pages, and their tokens are renewed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.actors import PASSWORD
from tests.server_process import ServerProcess
from tests.web.conftest import NewPerson
from tests.web.person import Person, until

# Reads or changes what the browser keeps of the session.
SESSION = """async (change) => {
    const opening = indexedDB.open("teahouse");
    await new Promise((done) => (opening.onsuccess = done));
    const store = opening.result.transaction("kept", "readwrite").objectStore("kept");
    const reading = store.get("session");
    await new Promise((done) => (reading.onsuccess = done));
    const session = { ...reading.result, ...change };
    if (change) store.put(session, "session");
    opening.result.close();
    return session;
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def strict(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """A server where apps may not ask for passwords."""
    folder = tmp_path_factory.mktemp("pages-only")
    file = folder / "teahouse.toml"
    file.write_text('[sign_in]\npassword_login = false\n[registration]\nmode = "open"\n')
    process = ServerProcess(folder, "--config", str(file))
    await process.start()
    yield process
    await process.remove()


async def sign_up_on_pages(one: Person) -> None:
    """Make the account on the server's pages, up to the question whether the app may be let in."""
    await one.open("/contacts/add")
    await one.page.get_by_role("button", name="New here? Create an account").click()
    await one.page.locator("input[name=username]").fill(one.name)
    await one.page.locator("input[name=password]").fill(PASSWORD)
    await one.page.get_by_role("button", name="Create account").click()
    await expect(one.page.locator("button[value=allow]")).to_be_visible()


async def test_somebody_signs_in_on_pages_and_stays_when_tokens_end(
    person: NewPerson, strict: ServerProcess
) -> None:
    lin = await person("lin", url=strict.url)
    await sign_up_on_pages(lin)
    await lin.page.locator("button[value=allow]").click()
    # One arrives where one wanted to go.
    await expect(lin.page.get_by_role("heading", name="Add a friend")).to_be_visible()
    await lin.visit("/chats")
    await expect(lin.page.get_by_text("No chats yet")).to_be_visible()
    first = await lin.page.evaluate(SESSION, None)
    assert first["userId"] == lin.user_id
    assert first["refreshToken"]
    await lin.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await lin.page.evaluate(SESSION, {"expiresAt": 1})
    await lin.page.reload()
    await expect(lin.page.get_by_text("No chats yet")).to_be_visible()
    renewal = f"async (old) => (await ({SESSION})()).accessToken !== old"
    await until(lin.page, renewal, first["accessToken"])
    renewed = await lin.page.evaluate(SESSION, None)
    who = "fetch('/_matrix/client/v3/account/whoami', {headers: {Authorization: 'Bearer ' + %r}}).then((a) => a.status)"
    assert await lin.page.evaluate(who % renewed["accessToken"]) == 200
    assert await lin.page.evaluate(who % first["accessToken"]) == 401
    assert renewed["refreshToken"] != first["refreshToken"]


async def test_whoever_says_no_is_back_at_the_sign_in(person: NewPerson, strict: ServerProcess) -> None:
    lin = await person("lin", url=strict.url)
    await sign_up_on_pages(lin)
    await lin.page.locator("button[value=deny]").click()
    await expect(lin.page.get_by_role("alert")).to_have_text("You did not allow it. Nothing has changed.")
    await expect(lin.page.locator("input[name=password]")).to_have_count(0)
