"""Requests of the microblog's API by the people of the city, each on a connection of its own."""

import time
from typing import Any

import orjson

from bench.blog.filling import City
from bench.client import Client
from bench.metering import percentile
from bench.stage import Stage
from bench.wire import encode_request


class Asking:
    """Asks as anybody who can sign in."""

    def __init__(self, stage: Stage, plan: City) -> None:
        self._stage = stage
        self._plan = plan
        self._clients: dict[int, Client] = {}

    def client(self, account_id: int) -> Client:
        """Give the connection of an account."""
        if account_id not in self._clients:
            self._clients[account_id] = Client(self._stage.server.address, "", self._plan.token(account_id))
        return self._clients[account_id]

    def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            client.close()

    async def ask(self, account_id: int, method: str, path: str, body: Any = None) -> tuple[Any, float]:
        """Give an answer, and the milliseconds until it came; refuses any that is not a success."""
        client = self.client(account_id)
        payload = None if body is None else orjson.dumps(body)
        request = encode_request(method, f"/api{path}", client.address, client.token, payload)
        begun = time.perf_counter()
        answer = await client.connection.ask(request)
        spent = (time.perf_counter() - begun) * 1000
        assert answer.status == 200, (method, path, answer.status, answer.body[:200])
        return orjson.loads(answer.body), spent

    async def nothing(self) -> float:
        """Ask for an answer that costs the server nothing, and give the milliseconds until it came."""
        client = self.client(self._plan.beginner)
        begun = time.perf_counter()
        await client.connection.ask(encode_request("GET", "/health", client.address, None, None))
        return (time.perf_counter() - begun) * 1000

    async def post(self, account_id: int, text: str) -> float:
        """Post, and give the milliseconds until it was answered."""
        return (await self.ask(account_id, "POST", "/v1/statuses", {"status": text}))[1]

    async def cost(
        self, asks: list[tuple[int, str, str, Any]], warm: int = 0
    ) -> tuple[float, float, list[Any]]:
        """Ask one after another; give p95 in ms, CPU of one, and the answers; the first `warm` don't count."""
        answers, spent = [], []
        for one in asks[:warm]:
            await self.ask(*one)
        async with self._stage.costing() as cost:
            for one in asks[warm:]:
                answer, ms = await self.ask(*one)
                answers.append(answer)
                spent.append(ms)
        return percentile(spent, 0.95), cost.cpu_ms(len(spent)), answers
