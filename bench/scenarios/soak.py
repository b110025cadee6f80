"""The same people do the same things for as long as one likes: does the server's memory grow (G27)?"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from urllib.parse import quote

import orjson

from bench.client import ELEMENT_FILTER, Client
from bench.crowd import gather_crowd
from bench.measures import Measure, Values
from bench.stage import Stage
from bench.wire import encode_request

NAME = "soak"
MEASURES = [
    Measure("minutes", "minutes under load", ""),
    Measure("acts", "things done a second", "/s"),
    Measure("cpu_percent", "CPU meanwhile", "% of a core"),
    Measure("first_mib", "memory after the warm-up", "MiB"),
    Measure("last_mib", "memory at the end", "MiB"),
    Measure("slope", "memory's slope (a day's goal: 1)", "MB/h"),
    Measure("late_slope", "the same in the last third alone", "MB/h"),
]
WITH_PEER = False
ON_POSTGRES = True
ONLY_WHEN_NAMED = True
_PEOPLE = 20
_ROOMS = 10
_SHARE_OF_WARM_UP = 1 / 3
_LOOK_EVERY_SECONDS = 2.0
_FILE = bytes(range(256)) * 64
Act = Callable[[Client], Awaitable[None]]


class Town:
    """Twenty people in ten rooms, and what they do all day."""

    def __init__(self, people: list[Client], room_ids: list[str]) -> None:
        self.people = people
        self.room_ids = room_ids
        self.dice = random.Random(27)  # noqa: S311
        self.done = 0
        self._acts: dict[Act, int] = {
            self.say: 40, self.read: 15, self.page_back: 8, self.search: 4, self.post: 8, self.look_at_home: 15,
            self.share_file: 6, self.come_and_go: 2, self.reconnect: 2,
        }  # fmt: skip

    async def act(self) -> None:
        """Let somebody do one thing."""
        (act,) = self.dice.choices(list(self._acts), list(self._acts.values()))
        await act(self.dice.choice(self.people))
        self.done += 1

    async def say(self, client: Client) -> None:
        """Send a message."""
        await client.send(self.dice.choice(self.room_ids), f"{self.done} cups of tea")

    async def read(self, client: Client) -> None:
        """Read a room up to its newest message."""
        room_id = self.dice.choice(self.room_ids)
        newest = (await client.page_back(room_id, None, 1))["chunk"][0]["event_id"]
        await client.call(
            "POST", f"/_matrix/client/v3/rooms/{quote(room_id)}/receipt/m.read/{quote(newest)}", {}
        )

    async def page_back(self, client: Client) -> None:
        """Look at what was said before."""
        room_id = self.dice.choice(self.room_ids)
        page = await client.page_back(room_id, None, 50)
        await client.page_back(room_id, page.get("end"), 50)

    async def search(self, client: Client) -> None:
        """Look for a word."""
        asked = {"search_categories": {"room_events": {"search_term": "tea", "filter": {"limit": 10}}}}
        await client.call("POST", "/_matrix/client/v3/search", asked)

    async def post(self, client: Client) -> None:
        """Post, and like it."""
        made = await client.call("POST", "/api/v1/statuses", {"status": f"{self.done} pots of #tea"})
        await client.call("POST", f"/api/v1/statuses/{made['id']}/favourite", {})

    async def look_at_home(self, client: Client) -> None:
        """Read the home timeline."""
        await _ask(client, "GET", "/api/v1/timelines/home")

    async def share_file(self, client: Client) -> None:
        """Upload a file that nobody had, and fetch it."""
        body = self.dice.randbytes(16) + _FILE
        answer = await _ask(client, "POST", "/_matrix/media/v3/upload?filename=leaf", body)
        uri: str = orjson.loads(answer)["content_uri"]
        await _ask(client, "GET", f"/_matrix/client/v1/media/download/{uri.removeprefix('mxc://')}")

    async def come_and_go(self, client: Client) -> None:
        """Sign in on a new device, sync, sign out."""
        device = await client.log_in()
        await device.sync(None, await device.keep_filter(ELEMENT_FILTER))
        await device.call("POST", "/_matrix/client/v3/logout", {})
        device.close()

    async def reconnect(self, client: Client) -> None:
        """Sync from the start over a new connection."""
        again = client.on_own_connection()
        await again.sync(None, await again.keep_filter(ELEMENT_FILTER))
        again.close()


async def run(stage: Stage) -> Values:
    """Do so many things a second that the server is a third busy, and fit a line through its memory."""
    minutes = stage.minutes or stage.size(60, 2)
    rate = stage.size(40, 20)
    people = await stage.people("soaker", _PEOPLE)
    room_ids = [await people[0].create_room(name=f"Table {number}") for number in range(_ROOMS)]
    for room_id in room_ids:
        await stage.all_join(room_id, people[1:])
    _, crowd = await gather_crowd(stage, [client.on_own_connection() for client in people])
    town = Town([client.on_own_connection() for client in people], room_ids)
    seconds = int(minutes * 60)
    seen: list[tuple[float, int]] = []
    async with stage.costing() as cost:
        begun = time.monotonic()
        watching = asyncio.create_task(_watch(stage, seconds, begun, seen))
        await _go_on(town, rate, begun + seconds)
        await watching
    for listener in crowd:
        listener.stop()
    kept = seen[int(len(seen) * _SHARE_OF_WARM_UP) :]
    return {
        "minutes": minutes,
        "acts": town.done / cost.wall_seconds,
        "cpu_percent": cost.cpu_seconds / cost.wall_seconds * 100,
        "first_mib": kept[0][1] / 2**20,
        "last_mib": kept[-1][1] / 2**20,
        "slope": slope(kept) * 3600 / 1e6,
        "late_slope": slope(kept[len(kept) // 2 :]) * 3600 / 1e6,
    }


async def _go_on(town: Town, rate: int, until: float) -> None:
    """Begin one act after the other at an even pace; each person's connection does one at a time."""
    while (now := time.monotonic()) < until:
        await town.act()
        await asyncio.sleep(max(0.0, now + 1 / rate - time.monotonic()))


async def _watch(stage: Stage, seconds: int, begun: float, seen: list[tuple[float, int]]) -> None:
    """Note the server's memory now and then."""
    with stage.steps("soaking", seconds) as step:
        for second in range(seconds):
            await asyncio.sleep(max(0.0, begun + second + 1 - time.monotonic()))
            step()
            if second % _LOOK_EVERY_SECONDS == 0:
                seen.append((time.monotonic() - begun, stage.server.resident_bytes()))


def slope(points: list[tuple[float, int]]) -> float:
    """Give the growth of a straight line through the points, by least squares."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread


async def _ask(client: Client, method: str, path: str, body: bytes | None = None) -> bytes:
    """Make a request whose answer is no JSON object."""
    content_type = b"application/octet-stream"
    request = encode_request(method, path, client.address, client.token, body, content_type)
    answer = await client.connection.ask(request)
    if answer is None or answer.status != 200:
        raise RuntimeError(f"{path}: {answer and answer.status} {answer and answer.body[:300]!r}")
    return bytes(answer.body)
