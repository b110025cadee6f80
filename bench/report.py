"""The table, on the screen and in `bench/results`.

Owns the shape of the results. Refuses dates and host names in kept files, so that a run that changes nothing
shows no difference but in the figures.
"""

import io
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.measures import Measure, Values

RESULTS = Path(__file__).parent / "results"
Found = Mapping[str, Mapping[str, Values]]


def show(measures: Mapping[str, Sequence[Measure]], found: Found) -> bool:
    """Print the table; say whether every goal that could be judged is met."""
    console = Console()
    # Wrapped into eighty columns, as where there is no terminal, nobody could read it.
    console.width = max(console.width, 130)
    console.print(_table(measures, found))
    return all(is_met is not False for name in measures for *_, is_met in _rows(measures[name], found[name]))


def keep(file_name: str, measures: Mapping[str, Sequence[Measure]], found: Found, software: str) -> None:
    """Write the table as text."""
    text = io.StringIO()
    Console(file=text, width=130, color_system=None).print(_table(measures, found))
    lines = [line.rstrip() for line in text.getvalue().splitlines()]
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / file_name).write_text("\n".join([machine(software), "", *lines, ""]))


def on(database: str, peer_version: str, load: float) -> str:
    """Name the software that was measured on, and against, and how busy others kept the machine before."""
    name = "SQLite" if database == "sqlite" else "PostgreSQL"
    named = f"{name}, Synapse {peer_version}" if peer_version else name
    return f"{named}; load of the machine before the run: {load:.1f}"


def machine(software: str) -> str:
    """Describe what the figures depend on."""
    cpu = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            cpu = line.partition(":")[2].strip()
            break
    return f"{os.cpu_count()} cores ({cpu}), Python {platform.python_version()}, {software}"


def _table(measures: Mapping[str, Sequence[Measure]], found: Found) -> Table:
    table = Table(title=None)
    for heading in ("scenario", "measure"):
        table.add_column(heading)
    for heading in ("Teahouse", "Synapse", "better", "goal", "met"):
        table.add_column(heading, justify="right")
    for name, listed in measures.items():
        for number, (measure, ours, peer, is_met) in enumerate(_rows(listed, found[name])):
            table.add_row(
                name if number == 0 else "",
                measure.label,
                _amount(ours, measure.unit),
                _amount(peer, measure.unit),
                _times(measure.ratio(ours, peer)),
                str(measure.goal or ""),
                {True: "yes", False: "NO", None: ""}[is_met],
            )
        table.add_section()
    return table


def _rows(
    listed: Sequence[Measure], values: Mapping[str, Values]
) -> list[tuple[Measure, float | None, float | None, bool | None]]:
    rows = []
    for measure in listed:
        ours = values.get("teahouse", {}).get(measure.key)
        peer = values.get("synapse", {}).get(measure.key)
        is_met = None if measure.goal is None or ours is None else measure.goal.is_met(ours, peer)
        rows.append((measure, ours, peer, is_met))
    return rows


def _amount(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    digits = 0 if value == int(value) or value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}".strip()


def _times(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:,.1f}x"
