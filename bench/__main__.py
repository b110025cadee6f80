"""The command: `python -m bench [scenario...] [--peer synapse|none] [--only-peer] [--quick]`.

Owns the order of a run. Refuses unknown scenarios.
"""

import argparse
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench import report, synapse
from bench.measures import Values
from bench.scenarios import ALL, Scenario
from bench.servers import Homeserver
from bench.stage import Stage

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))
import postgres


def main() -> int:
    """Run the chosen scenarios, print the table, keep the results; 1 when a goal is missed."""
    chosen = _arguments()
    load = os.getloadavg()[0]
    _raise_open_files_limit()
    peer_version = ""
    names = chosen.scenario or [
        name for name, one in ALL.items() if not getattr(one, "ONLY_WHEN_NAMED", False)
    ]
    if chosen.peer == "synapse" and any(ALL[name].WITH_PEER for name in names):
        Console(stderr=True).print("Synapse: installing when missing ...")
        try:
            peer_version = synapse.install()
        except subprocess.CalledProcessError:
            Console(stderr=True).print("Synapse could not be installed: Teahouse is measured alone.")
    sides = [*([] if chosen.only_peer else ["teahouse"]), *(["synapse"] if peer_version else [])]
    found: dict[str, dict[str, Values]] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        for name in names:
            found[name] = {}
            for side in sides:
                if side == "synapse" and not ALL[name].WITH_PEER:
                    continue
                found[name][side] = _run(ALL[name], side, chosen, progress)
                _say_side(progress, name, side, found[name][side])
            if not chosen.quick and not chosen.only_peer:
                on = "" if chosen.database == "sqlite" else f"_{chosen.database}"
                report.keep(
                    f"{name}{on}.txt",
                    {name: ALL[name].MEASURES},
                    found,
                    report.on(chosen.database, peer_version, load),
                )
    measures = {name: ALL[name].MEASURES for name in names}
    is_good = report.show(measures, found)
    if not chosen.quick and not chosen.only_peer and not chosen.scenario:
        report.keep("summary.txt", measures, found, report.on(chosen.database, peer_version, load))
    return 0 if is_good else 1


def _run(scenario: Scenario, side: str, chosen: argparse.Namespace, progress: Progress) -> Values:
    """Play a scenario on an empty database of the chosen kind."""
    if chosen.database == "sqlite":
        return uvloop.run(_play(scenario, Homeserver(side), chosen, progress))
    with postgres.running(kept=chosen.data and chosen.data / "postgres") as url:
        return uvloop.run(_play(scenario, Homeserver(side, url), chosen, progress))


async def _play(
    scenario: Scenario, server: Homeserver, chosen: argparse.Namespace, progress: Progress
) -> Values:
    try:
        await server.start()
        return await scenario.run(Stage(server, chosen.quick, progress, chosen.data, chosen.minutes))
    finally:
        await server.discard()


def _say_side(progress: Progress, name: str, side: str, values: Values) -> None:
    figures = ", ".join(f"{key} {value:,.2f}" for key, value in values.items())
    progress.console.print(f"{name} {side}: {figures}", soft_wrap=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="Measure Teahouse against Synapse.")
    parser.add_argument(
        "scenario", nargs="*", help=f"any of: {', '.join(ALL)} (all but soak when none is named)"
    )
    parser.add_argument("--peer", choices=["synapse", "none"], default="synapse", help="what to compare with")
    parser.add_argument("--only-peer", action="store_true", help="measure only the peer")
    parser.add_argument("--quick", action="store_true", help="smaller sizes; results are not kept")
    parser.add_argument(
        "--database", choices=["sqlite", "postgres"], default="sqlite", help="what Teahouse runs on"
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FOLDER",
        help="keep the city of celebrity here, and take it from here the next time",
    )
    parser.add_argument("--minutes", type=float, metavar="N", help="how long soak goes on (60)")
    chosen = parser.parse_args()
    unknown: Sequence[str] = [name for name in chosen.scenario if name not in ALL]
    if unknown:
        parser.error(f"no such scenario: {', '.join(unknown)}; choose from {', '.join(ALL)}")
    if chosen.database == "postgres":
        able = [name for name, scenario in ALL.items() if getattr(scenario, "ON_POSTGRES", False)]
        chosen.scenario = chosen.scenario or able
        if set(chosen.scenario) - set(able):
            parser.error(
                f"these scenarios fill SQLite's file only; on PostgreSQL there are {', '.join(able)}"
            )
        chosen.peer = "none"
    return chosen


def _raise_open_files_limit() -> None:
    """Let thousands of connections be open at once, here and in the servers that are started from here."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    sys.exit(main())
