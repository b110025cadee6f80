"""A group with 10,000 members of whom 50 are online, against a group of those 50 alone."""

from bench import cloning
from bench.measures import Measure, Values, at_most
from bench.scenarios.group500 import measure_deliveries
from bench.stage import Stage

NAME = "big_group"
MEASURES = [
    Measure("small_us", "CPU a message, 50 members, 50 online", "us"),
    Measure("big_us", "CPU a message, 10,000 members, 50 online", "us"),
    Measure("ratio", "big group against small", "times", at_most(1.3)),
    Measure("big_p99_ms", "sent to received, p99, big group", "ms", at_most(100)),
    Measure("missing", "deliveries missing", "", at_most(0)),
    Measure("doubled", "deliveries doubled", "", at_most(0)),
]
WITH_PEER = False
_ONLINE = 50


async def run(stage: Stage) -> Values:
    """Measure the small group, add the silent members to its database, and measure it again."""
    online = await stage.people("online", _ONLINE)
    template = (await stage.people("silent", 1))[0]
    small = await online[0].create_room(name="A village")
    big = await online[0].create_room(name="A town")
    await stage.all_join(small, online[1:])
    await stage.all_join(big, [*online[1:], template])
    await stage.server.stop()
    cloning.clone_member(stage.server.database_file, big, template.user_id, stage.size(10_000, 2_000) - 51)
    await stage.server.start()
    members = await online[0].joined_members(big)
    assert members == stage.size(10_000, 2_000), f"{members} members"
    in_small = await measure_deliveries(stage, small, online)
    in_big = await measure_deliveries(stage, big, online)
    return {
        "small_us": in_small["cpu_us_message"],
        "big_us": in_big["cpu_us_message"],
        "ratio": in_big["cpu_us_message"] / in_small["cpu_us_message"],
        "big_p99_ms": in_big["p99_ms"],
        "missing": in_small["missing"] + in_big["missing"],
        "doubled": in_small["doubled"] + in_big["doubled"],
    }
