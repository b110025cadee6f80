"""The scenarios: each module offers `NAME`, `MEASURES` and `run(stage)`, which returns their values."""

from collections.abc import Awaitable, Sequence
from typing import Protocol

from bench.measures import Measure, Values
from bench.scenarios import (
    backup,
    big_group,
    celebrity,
    files,
    group500,
    history,
    idle,
    incremental_sync,
    initial_sync,
    rooms,
    sends,
    sliding_sync,
    soak,
    start,
    thumbnails,
    to_device,
    web,
)
from bench.stage import Stage


class Scenario(Protocol):
    """What a scenario module looks like."""

    NAME: str
    MEASURES: Sequence[Measure]
    WITH_PEER: bool  # whether Synapse can do it within the time of a run

    def run(self, stage: Stage) -> Awaitable[Values]:
        """Play the scenario against the server on the stage."""
        ...


ALL: dict[str, Scenario] = {
    module.NAME: module
    for module in (
        group500,
        sends,
        initial_sync,
        incremental_sync,
        sliding_sync,
        big_group,
        rooms,
        history,
        idle,
        start,
        thumbnails,
        to_device,
        files,
        celebrity,
        web,
        backup,
        soak,
    )
}
