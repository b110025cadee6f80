"""The people of the microblog's tests: a thin client of the Mastodon API around an actor of the chat's tests."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.actors import Actor, fresh_localpart, register
from tests.microblog.recorded import faults
from tests.running_server import RunningServer

Json = dict[str, Any]


@dataclass
class Blogger:
    """Somebody with an account; an actor without a token makes a visitor."""

    actor: Actor
    account: Json = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The account's id."""
        return str(self.account["id"])

    @property
    def name(self) -> str:
        """The account's name."""
        return str(self.account["username"])

    async def answer(
        self, method: str, path: str, params: Mapping[str, Any] | None = None, **more: Any
    ) -> httpx.Response:
        """Make one request below /api and give the whole answer."""
        headers = dict(more.pop("headers", {}))
        if self.actor.access_token:
            headers["Authorization"] = f"Bearer {self.actor.access_token}"
        return await self.actor.http.request(method, f"/api{path}", params=params, headers=headers, **more)

    async def call(self, method: str, path: str, expect: int = 200, **more: Any) -> Any:
        """Make one request, assert its status, give its JSON."""
        answer = await self.answer(method, path, **more)
        assert answer.status_code == expect, (
            f"{method} {path} by {self.account.get('username', 'a visitor')}: expected {expect}, "
            f"got {answer.status_code}: {answer.text[:1500]}"
        )
        said = answer.json()
        if expect == 200:
            wrong = faults(method, f"/api{path}", said)
            assert not wrong, f"{method} {path} is not as recorded: {wrong}"
        return said

    async def get(self, path: str, **params: Any) -> Any:
        """GET a path and give its JSON; the names of lists end in `__`."""
        sent = {name.replace("__", "[]"): value for name, value in params.items()}
        return await self.call("GET", path, params=sent)

    async def do(self, path: str, **data: Any) -> Any:
        """POST JSON and give the answer's."""
        return await self.call("POST", path, json=data)

    async def refused(self, method: str, path: str, status: int, **more: Any) -> str:
        """Make one request that must be refused so, and give its words."""
        said = await self.call(method, path, expect=status, **more)
        assert set(said) == {"error"}, said
        return str(said["error"])

    async def post(self, text: str = "tea", **data: Any) -> Json:
        """Post."""
        return dict(await self.do("/v1/statuses", status=text, **data))

    async def follow(self, other: Blogger, **how: Any) -> Json:
        """Follow somebody."""
        return dict(await self.do(f"/v1/accounts/{other.id}/follow", **how))

    async def act(self, status: Json | str, verb: str, **data: Any) -> Json:
        """Favourite, reblog, … a post."""
        number = status if isinstance(status, str) else status["id"]
        return dict(await self.do(f"/v1/statuses/{number}/{verb}", **data))

    async def ids(self, path: str, **params: Any) -> list[str]:
        """Give the ids of a page."""
        return [one["id"] for one in await self.get(path, **params)]

    async def home(self, **params: Any) -> list[str]:
        """Give the ids of a page of the home timeline."""
        return await self.ids("/v1/timelines/home", **params)

    async def walk(self, path: str, **params: Any) -> list[list[Json]]:
        """Follow the `next` links from the first page to the last and give all pages."""
        return await self._walk(path, "next", params)

    async def walk_up(self, path: str, **params: Any) -> list[list[Json]]:
        """Follow the `prev` links as far as there is something newer and give all pages."""
        return await self._walk(path, "prev", params)

    async def _walk(self, path: str, way: str, params: Mapping[str, Any]) -> list[list[Json]]:
        pages: list[list[Json]] = []
        answer = await self.answer("GET", path, params)
        while True:
            assert answer.status_code == 200, answer.text
            page = answer.json()
            if page or way == "next":
                pages.append(page)
            if way not in answer.links or (way == "prev" and not page):
                return pages
            assert len(pages) < 200, "the pages never end"
            url = answer.links[way]["url"]
            assert "access_token" not in url
            headers = (
                {"Authorization": f"Bearer {self.actor.access_token}"} if self.actor.access_token else {}
            )
            answer = await self.actor.http.get(url, headers=headers)


async def blogger(server: RunningServer, name: str, *, admin: bool = False) -> Blogger:
    """Make a user and the account that comes with the first use."""
    actor = await register(server.url, server.registration_shared_secret, fresh_localpart(name), admin=admin)
    made = Blogger(actor)
    made.account = await made.get("/v1/accounts/verify_credentials")
    return made


async def bloggers(server: RunningServer, *names: str) -> list[Blogger]:
    """Make several at once."""
    return list(await asyncio.gather(*(blogger(server, name) for name in names)))


def visitor(server: RunningServer) -> Blogger:
    """Somebody who is not signed in."""
    return Blogger(Actor(server.url, "", "", ""))
