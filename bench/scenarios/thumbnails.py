"""Photos of 24 megapixels: what their thumbnails cost, and whether chat goes on while 200 are wanted at once."""

import asyncio
import itertools
import time
from urllib.parse import urlencode

from bench.client import Client, decode
from bench.crowd import gather_crowd
from bench.measures import Measure, Values, at_most, times_less
from bench.metering import percentile
from bench.photos import photo
from bench.stage import Stage
from bench.wire import encode_request

NAME = "thumbnails"
MEASURES = [
    Measure("cpu_ms", "CPU a photo: upload, five thumbnails", "ms", times_less(2)),
    Measure("usual_cpu_ms", "CPU a photo: upload, one of 800x600", "ms"),
    Measure("storm_seconds", "200 at once: all given after", "s"),
    Measure("calm_p99_ms", "a message before that, p99", "ms"),
    Measure("chat_p50_ms", "a message meanwhile, median", "ms"),
    Measure("chat_p99_ms", "a message meanwhile, p99", "ms", at_most(200)),
    Measure("chat_missing", "messages missing", "", at_most(0)),
]
WITH_PEER = True
SIZES = [(32, 32, "crop"), (96, 96, "crop"), (320, 240, "scale"), (640, 480, "scale"), (800, 600, "scale")]
"""The specification's, all of which Synapse makes with each upload."""
_BEAT_SECONDS = 0.1
_numbers = itertools.count()


async def run(stage: Stage) -> Values:
    """Measure single photos first, then the storm, which is left out for Synapse: its work lies in the uploads."""
    (sender,) = await stage.people("photographer", 1)
    count = stage.size(20, 5)
    await _photos(stage, sender, 1, SIZES)
    all_five = await _photos(stage, sender, count, SIZES)
    usual = await _photos(stage, sender, count, SIZES[-1:])
    storm = await _storm(stage) if stage.is_ours else {}
    return {"cpu_ms": all_five, "usual_cpu_ms": usual, **storm}


async def _photos(stage: Stage, sender: Client, count: int, sizes: list[tuple[int, int, str]]) -> float:
    """Send photos one after the other, look at each in these sizes, and give the CPU for one."""
    with stage.steps(f"{count} photos, {len(sizes)} sizes", count) as step:
        async with stage.costing() as cost:
            for _ in range(count):
                media_id = await _upload(sender)
                for size in sizes:
                    await _thumbnail(sender, media_id, *size)
                step()
    return cost.cpu_ms(count)


async def _storm(stage: Stage) -> Values:
    """Let twenty people want two hundred thumbnails at once, and two others chat meanwhile."""
    people = await stage.people("viewer", 20)
    talkers = await stage.people("talker", 2)
    room_id = await talkers[0].create_room(name="Calm")
    await talkers[1].join(room_id)
    uploads: list[str] = []

    async def one(_: int) -> None:
        uploads.append(await _upload(people[0]))

    await stage.each("uploading photos", range(stage.size(200, 40)), one, 1)
    calm, crowd = await gather_crowd(stage, talkers[1:])
    for number in range(stage.size(100, 50)):
        await talkers[0].send(room_id, calm.text_of_next())
        await calm.wait_for(number + 1, 30)
    crowd[0].stop()
    heard, crowd = await gather_crowd(stage, [talkers[1].on_own_connection()])
    began = time.perf_counter()
    wanted = [
        asyncio.create_task(_thumbnail(people[number % 20].on_own_connection(), media_id, *SIZES[-1]))
        for number, media_id in enumerate(uploads)
    ]
    storm = asyncio.gather(*wanted)
    sent = 0
    with stage.steps("chatting in the storm", len(uploads)) as step:
        while not storm.done():
            for task in wanted:
                if task.done() and task.get_name() != "seen":
                    task.set_name("seen")
                    step()
            await talkers[0].send(room_id, heard.text_of_next())
            sent += 1
            await asyncio.sleep(_BEAT_SECONDS)
    await storm
    seconds = time.perf_counter() - began
    await heard.wait_for(sent, 30)
    crowd[0].stop()
    return {
        "storm_seconds": seconds,
        "calm_p99_ms": percentile(calm.latencies_ms, 0.99),
        "chat_p50_ms": percentile(heard.latencies_ms, 0.5),
        "chat_p99_ms": percentile(heard.latencies_ms, 0.99),
        "chat_missing": sent - heard.deliveries,
        "chat_messages": sent,
    }


async def _upload(client: Client) -> str:
    """Upload a photo that nobody has sent before, and give its id."""
    data = await asyncio.to_thread(photo, next(_numbers))
    path = "/_matrix/media/v3/upload?filename=photo.jpg"
    request = encode_request("POST", path, client.address, client.token, data, b"image/jpeg")
    answer = decode(await client.connection.ask(request), path)
    return str(answer["content_uri"]).rpartition("/")[2]


async def _thumbnail(client: Client, media_id: str, width: int, height: int, method: str) -> None:
    """Fetch a thumbnail, which must be a picture."""
    host = client.user_id.partition(":")[2]
    query = urlencode({"width": width, "height": height, "method": method})
    path = f"/_matrix/client/v1/media/thumbnail/{host}/{media_id}?{query}"
    answer = await client.connection.ask(encode_request("GET", path, client.address, client.token, None))
    if answer.status != 200 or not answer.body.startswith(b"\xff\xd8\xff"):
        raise RuntimeError(f"{path}: HTTP {answer.status} {answer.body[:200]!r}")
