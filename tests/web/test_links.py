"""Links in chats: what is behind them is shown, and in encrypted chats only to those who want it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import expect

from tests.actors import Actor, fresh_localpart, register, segment
from tests.media.test_previews import curious
from tests.media.web_site import WebSite
from tests.server_process import SECRET
from tests.web.conftest import NewPerson
from tests.web.test_media import group_of


@pytest_asyncio.fixture(loop_scope="session")
async def ada(tmp_path: Path) -> AsyncIterator[Actor]:
    """Somebody on a server that looks at links, even at those of this machine."""
    server = await curious(tmp_path, "preview_private_addresses = true\n")
    async with await register(server.url, SECRET, fresh_localpart("ada")) as actor:
        yield actor
    await server.remove()


async def test_a_link_shows_what_is_behind_it_and_in_an_encrypted_chat_only_on_demand(
    person: NewPerson, ada: Actor
) -> None:
    lin = await person("lin", url=ada.url)
    async with WebSite() as site:
        room = await group_of(lin, ada)
        cards = lin.page.locator("article").get_by_role("link", name="All about tea")
        about = '<meta property="og:title" content="All about tea">'
        link = site.page("/open", about)
        await ada.send_text(room, f"see {link} for more")
        await expect(cards).to_be_visible()
        assert await cards.get_attribute("href") == link
        await lin.visit("/chats")

        algorithm = {"algorithm": "m.megolm.v1.aes-sha2"}
        await ada.put(f"/rooms/{segment(room)}/state/m.room.encryption", algorithm)
        await ada.send_text(room, f"between us: {site.page('/quiet', about)}")
        await lin.go_to_chat(room)
        await lin.sees("between us:")
        await expect(cards).to_have_count(0)
        await lin.visit("/me/privacy")
        await lin.page.get_by_role("switch", name="Look at links in encrypted chats").click()
        assert site.visits == ["/open"]
        await lin.visit("/chats")
        await lin.go_to_chat(room)
        await expect(cards).to_have_count(2)
        assert site.visits == ["/open", "/quiet"]
