"""Whatever people do while the server or its database falls over: what was acknowledged is there once, and counted.

`TEAHOUSE_TEST_KILLS=100` goes on for so many troubles instead of a few (G1, G4, G46).
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from tests.actors import PASSWORD, Actor, Json, fresh_localpart, register
from tests.faults.nursery import QuickServer, quick_server
from tests.microblog.bloggers import Blogger

TROUBLES = int(os.environ.get("TEAHOUSE_TEST_KILLS", "6"))
WRITERS = 3
AWAY = (502, 503, 507)


async def until_answered(actor: Actor, method: str, path: str, **sent: Any) -> httpx.Response:
    """Ask the same again until the server is there to answer."""
    headers = {"Authorization": f"Bearer {actor.access_token}", **sent.pop("headers", {})}
    for _ in range(6000):
        try:
            answer = await actor.http.request(method, path, headers=headers, **sent)
            if answer.status_code not in AWAY:
                assert answer.status_code < 500, f"{method} {path}: {answer.status_code} {answer.text}"
                return answer
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.01)
    raise AssertionError(f"no answer to {method} {path} for a minute")


@dataclass
class Writer:
    """Posts, likes, reposts, follows and votes without end, and remembers what was acknowledged."""

    blogger: Blogger
    number: int
    dice: random.Random
    posts: dict[str, str] = field(default_factory=dict)
    polls: dict[str, str] = field(default_factory=dict)
    """The poll of each post that has one."""
    gone: set[str] = field(default_factory=set)
    liked: set[str] = field(default_factory=set)
    reposted: set[str] = field(default_factory=set)
    follows: set[str] = field(default_factory=set)
    voted: set[str] = field(default_factory=set)
    count: int = 0

    async def ask(self, method: str, path: str, **sent: Any) -> httpx.Response:
        """Ask below /api until there is an answer."""
        return await until_answered(self.blogger.actor, method, f"/api/v1{path}", **sent)

    async def go_on(self, others: list[Writer], over: asyncio.Event) -> None:
        """Do one thing after the other until it is over; the last one is waited for."""
        while not over.is_set():
            roll = self.dice.random()
            other = self.dice.choice([one for one in others if one is not self])
            if roll < 0.4 or not other.posts:
                await self._post(other)
            elif roll < 0.5:
                await self._delete()
            elif roll < 0.6:
                await self._follow(other)
            else:
                await self._mark(other, roll)

    async def _post(self, other: Writer) -> None:
        self.count += 1
        body: Json = {"status": f"writer {self.number} says {self.count}."}
        if self.dice.random() < 0.3:
            body["poll"] = {"options": ["yes", "no"], "expires_in": 3600}
        elif other.posts and self.dice.random() < 0.4:
            body["in_reply_to_id"] = self.dice.choice(list(other.posts))
        headers = {"Idempotency-Key": f"{self.number}-{self.count}"}
        said = await self.ask("POST", "/statuses", json=body, headers=headers)
        if said.status_code in (404, 422):
            return  # What it answers was deleted meanwhile.
        assert said.status_code == 200, said.text
        self.posts[said.json()["id"]] = body["status"]
        if said.json()["poll"]:
            self.polls[said.json()["id"]] = said.json()["poll"]["id"]
        if self.dice.random() < 0.2:
            again = await self.ask("POST", "/statuses", json=body, headers=headers)
            assert again.json()["id"] == said.json()["id"]

    async def _delete(self) -> None:
        if len(self.posts) > 3:
            victim = self.dice.choice(list(self.posts))
            text = self.posts.pop(victim)
            answer = await self.ask("DELETE", f"/statuses/{victim}")
            assert answer.status_code in (200, 404), answer.text
            self.gone.add(text)

    async def _follow(self, other: Writer) -> None:
        verb = "unfollow" if other.blogger.id in self.follows else "follow"
        answer = await self.ask("POST", f"/accounts/{other.blogger.id}/{verb}")
        assert answer.json()["following"] == (verb == "follow"), answer.text
        self.follows ^= {other.blogger.id}

    async def _mark(self, other: Writer, roll: float) -> None:
        status = self.dice.choice(list(other.posts))
        verb, marked = ("favourite", self.liked) if roll < 0.8 else ("reblog", self.reposted)
        if roll > 0.9 and other.polls:
            poll = self.dice.choice(list(other.polls.values()))
            sent = {"choices": [self.dice.randrange(2)]}
            # Who has voted already is refused; a poll may be gone with its post.
            if (await self.ask("POST", f"/polls/{poll}/votes", json=sent)).status_code in (200, 422):
                self.voted.add(poll)
            return
        verb = f"un{verb}" if status in marked else verb
        answer = await self.ask("POST", f"/statuses/{status}/{verb}")
        if answer.status_code == 200:
            marked ^= {status}


@dataclass
class Renewer:
    """Renews its session and its password again and again; a lost answer is asked for once more."""

    actor: Actor
    refresh_token: str = ""
    renewed: int = 0

    async def go_on(self, over: asyncio.Event) -> None:
        """Do so until it is over."""
        while not over.is_set():
            pair = await until_answered(
                self.actor, "POST", "/_matrix/client/v3/refresh", json={"refresh_token": self.refresh_token}
            )
            assert pair.status_code == 200, pair.text
            self.actor.access_token = pair.json()["access_token"]
            self.refresh_token = pair.json()["refresh_token"]
            whoami = await until_answered(self.actor, "GET", "/_matrix/client/v3/account/whoami")
            assert whoami.status_code == 200, whoami.text
            self.renewed += 1


async def make_trouble(server: QuickServer, dice: random.Random, number: int) -> None:
    """Kill the server, stop it for a moment, or take its database connections away."""
    await asyncio.sleep(dice.uniform(0.1, 0.6))
    if server.database and number % 3 == 1:
        connection = await asyncpg.connect(server.database)
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await connection.close()
    elif number % 3 == 2:
        assert server.pid
        os.kill(server.pid, signal.SIGSTOP)
        await asyncio.sleep(0.3)
        os.kill(server.pid, signal.SIGCONT)
    else:
        server.kill()
        await server.start()


@pytest.mark.timeout(60 + 20 * TROUBLES)
async def test_posts_likes_follows_and_votes_are_kept_once_and_counted_right(tmp_path: Path) -> None:
    dice = random.Random(20_261_127)  # noqa: S311
    server = await quick_server(tmp_path / "server")
    await server.start()
    try:
        actors = [
            await register(server.url, server.registration_shared_secret, fresh_localpart(f"w{number}"))
            for number in range(WRITERS + 1)
        ]
        writers = []
        for number, actor in enumerate(actors[:WRITERS]):
            blogger = Blogger(actor)
            blogger.account = await blogger.get("/v1/accounts/verify_credentials")
            writers.append(Writer(blogger, number, random.Random(number)))  # noqa: S311
        renewer = Renewer(actors[-1], await refreshable(actors[-1]))
        over = asyncio.Event()
        tasks = [asyncio.create_task(writer.go_on(writers, over)) for writer in writers]
        tasks.append(asyncio.create_task(renewer.go_on(over)))
        for number in range(TROUBLES):
            await make_trouble(server, dice, number)
        await asyncio.sleep(0.3)
        # A request that is given up may still be carried out, so nothing is counted before all are answered.
        over.set()
        await asyncio.gather(*tasks)
        for writer in writers:
            await check(writer, writers)
        assert renewer.renewed > TROUBLES
    finally:
        for actor in actors:
            await actor.close()
        await server.remove()


async def refreshable(actor: Actor) -> str:
    """Sign in with a session that has to be renewed, and give what renews it."""
    body = {
        "type": "m.login.password", "identifier": {"type": "m.id.user", "user": actor.user_id},
        "password": PASSWORD, "refresh_token": True,
    }  # fmt: skip
    got = await actor.post("/login", body)
    actor.access_token = got["access_token"]
    return str(got["refresh_token"])


async def pages(blogger: Blogger, path: str, **params: Any) -> list[Json]:
    """Page through a list to its end."""
    found: list[Json] = []
    url = f"/api{path}"
    sent: dict[str, Any] | None = {"limit": 40, **params}
    while url:
        answer = await blogger.actor.http.get(
            url, params=sent, headers={"Authorization": f"Bearer {blogger.actor.access_token}"}
        )
        assert answer.status_code == 200, answer.text
        found += answer.json()
        link = re.search(r'<([^>]+)>; rel="next"', answer.headers.get("link", ""))
        url, sent = (link[1] if link and answer.json() else ""), None
    return found


async def check(writer: Writer, writers: list[Writer]) -> None:
    """Compare one writer's records with what the server tells, and every count with what it counts."""
    blogger = writer.blogger
    account = await blogger.get(f"/v1/accounts/{blogger.id}")
    listed = await pages(blogger, f"/v1/accounts/{blogger.id}/statuses")
    own = {one["id"]: one for one in listed if one["reblog"] is None}
    texts = [re.sub("<[^>]*>", "", one["content"]) for one in own.values()]
    assert len(set(texts)) == len(texts), "a post is there twice"
    assert set(writer.posts) <= set(own), "an acknowledged post is missing"
    assert not writer.gone & set(texts), "a deleted post is there"
    assert account["statuses_count"] == len(listed)
    for path, count in (("followers", "followers_count"), ("following", "following_count")):
        people = await pages(blogger, f"/v1/accounts/{blogger.id}/{path}")
        assert account[count] == len({one["id"] for one in people}) == len(people), count
    await check_marks(blogger, own)
    for poll_id in writer.polls.values():
        poll = await blogger.answer("GET", f"/v1/polls/{poll_id}")
        if poll.status_code == 200:
            said = poll.json()
            votes = sum(poll_id in one.voted for one in writers)
            assert sum(option["votes_count"] for option in said["options"]) == said["votes_count"] == votes


async def check_marks(blogger: Blogger, own: dict[str, Json]) -> None:
    """Compare the counts of posts with who liked and reposted them, and with the comments that are there."""
    told = await pages(blogger, "/v1/notifications", **{"types[]": "favourite"})
    heard = [(one["account"]["id"], one["status"]["id"]) for one in told]
    assert len(set(heard)) == len(heard), "a like was told twice"
    for status_id, shown in own.items():
        likers = {one["id"] for one in await pages(blogger, f"/v1/statuses/{status_id}/favourited_by")}
        reposters = await pages(blogger, f"/v1/statuses/{status_id}/reblogged_by")
        assert (shown["favourites_count"], shown["reblogs_count"]) == (len(likers), len(reposters)), status_id
        assert likers <= {liker for liker, status in heard if status == status_id}
        if shown["replies_count"]:
            below = (await blogger.get(f"/v1/statuses/{status_id}/context"))["descendants"]
            direct = [one for one in below if one["in_reply_to_id"] == status_id]
            assert shown["replies_count"] == len(direct), status_id
