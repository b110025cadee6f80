"""Administrators with an app to which they gave the rights of moderators."""

from __future__ import annotations

from tests.actors import Actor, fresh_localpart, register
from tests.microblog.bloggers import Blogger
from tests.oauth.apps import mastodon_app
from tests.oauth.browser import Browser
from tests.running_server import RunningServer

EVERYTHING = "read write admin:read admin:write"


async def with_app(who: Actor, scope: str) -> Blogger:
    """Give a person as the app speaks for them to which they gave these rights, by way of the pages."""
    async with Browser(who.url) as browser:
        await browser.sign_in(who.user_id)
        app = await mastodon_app(browser.http, scope)
        got = await app.session(browser, scope)
    made = Blogger(Actor(who.url, who.user_id, got["access_token"], "", who.password))
    made.account = await made.get("/v1/accounts/verify_credentials")
    return made


async def moderator(server: RunningServer, scope: str = EVERYTHING) -> Blogger:
    """Make an administrator, and give them with such an app."""
    made = await register(server.url, server.registration_shared_secret, fresh_localpart("mod"), admin=True)
    async with made:
        return await with_app(made, scope)
