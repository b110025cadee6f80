"""People who wait on long-poll and note when each message reached them.

Owns the listening side of the delivery scenarios. Refuses to parse more of a sync than the
messages of the bench.
"""

import asyncio
import time
from collections import Counter

import orjson

from bench.client import ELEMENT_FILTER, Client
from bench.stage import Stage
from bench.wire import Answer

POLL_MS = 30_000
_MARK = "bench message "


class Listener:
    """One device that syncs for ever, as Element does."""

    def __init__(self, client: Client, heard: "Heard") -> None:
        self.client = client
        self._heard = heard
        self._since = ""
        self._filter_id = ""
        self._listening = False
        self.polls = 0

    async def prepare(self) -> None:
        """Store the filter and make the initial sync."""
        self._filter_id = await self.client.keep_filter(ELEMENT_FILTER)
        self._since = (await self.client.sync(None, self._filter_id))["next_batch"]

    async def listen(self, poll_ms: int = POLL_MS) -> None:
        """Begin to long-poll; the answers are handled as they come, without a task of its own."""
        await self.client.connection.open()
        self._listening = True
        self._poll_ms = poll_ms
        self._poll()

    def stop(self) -> None:
        """Hang up."""
        self._listening = False
        self.client.close()

    def _poll(self) -> None:
        request = self.client.sync_request(self._since, self._filter_id, self._poll_ms)
        self.client.connection.post(request, self._on_answer)

    def _on_answer(self, answer: Answer | None) -> None:
        now = time.perf_counter()
        if not self._listening:
            return
        if answer is None or answer.status != 200:
            self._heard.failures.append("connection broke" if answer is None else f"HTTP {answer.status}")
            return
        self.polls += 1
        body = orjson.loads(answer.body)
        self._since = body["next_batch"]
        self._poll()
        events = body.get("to_device", {}).get("events", [])
        for room in body.get("rooms", {}).get("join", {}).values():
            events += room.get("timeline", {}).get("events", ())
        for event in events:
            text = event.get("content", {}).get("body")
            if isinstance(text, str) and text.startswith(_MARK):
                self._heard.note(int(text[len(_MARK) :]), self.client.user_id, now)


class Heard:
    """Which message reached whom, and how long that took."""

    def __init__(self) -> None:
        self.failures: list[str] = []
        self.latencies_ms: list[float] = []
        self._sent_at: dict[int, float] = {}
        self._copies: Counter[tuple[int, str]] = Counter()

    def text_of_next(self) -> str:
        """Return the text of a new message, and begin its clock."""
        number = len(self._sent_at)
        self._sent_at[number] = time.perf_counter()
        return f"{_MARK}{number}"

    def note(self, number: int, user_id: str, at: float) -> None:
        """Note that a message reached a listener."""
        self._copies[number, user_id] += 1
        self.latencies_ms.append((at - self._sent_at[number]) * 1000)

    @property
    def deliveries(self) -> int:
        """How many distinct deliveries there were."""
        return len(self._copies)

    @property
    def doubled(self) -> int:
        """How many deliveries came more than once."""
        return sum(copies > 1 for copies in self._copies.values())

    async def wait_for(self, deliveries: int, seconds: float) -> None:
        """Wait until so many deliveries have arrived; raise RuntimeError when a listener failed."""
        deadline = time.perf_counter() + seconds
        while self.deliveries < deliveries and time.perf_counter() < deadline:
            if self.failures:
                raise RuntimeError(f"{len(self.failures)} listeners failed: {self.failures[0]}")
            await asyncio.sleep(0.002)


async def gather_crowd(
    stage: Stage, people: list[Client], poll_ms: int = POLL_MS
) -> tuple[Heard, list[Listener]]:
    """Let all these people sync once and then wait on long-poll."""
    heard = Heard()
    crowd = [Listener(client, heard) for client in people]

    async def prepare(listener: Listener) -> None:
        await listener.prepare()

    await stage.each(f"{len(crowd)} first syncs", crowd, prepare, 4)
    for listener in crowd:
        await listener.listen(poll_ms)
    return heard, crowd
