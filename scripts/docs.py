"""Write docs/reference anew from the code: settings, sample file, command line, endpoints.

./dev docs            write the pages
./dev docs --check    write nothing; fail when a page is not what the code says
./dev docs --pictures take pictures of the web app (scripts/pictures.py)
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from typer.main import get_command

from endpoints import endpoint_page
from mastodon_endpoints import mastodon_page
from teahouse.cli import app
from teahouse.config import describe, sample_toml

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"
MADE = "<!-- Made by ./dev docs from the code; changes here are lost. -->\n"


def main(arguments: list[str]) -> int:
    """Write every page, or compare every page."""
    if "--pictures" in arguments:
        looks = [one for one in arguments if not one.startswith("--")]
        script = [sys.executable, str(Path(__file__).with_name("pictures.py")), *looks]
        return subprocess.run(script, check=False).returncode
    pages = {
        "configuration.md": settings_page(),
        "teahouse.sample.toml": sample_toml(),
        "command-line.md": command_page(),
        "client-server-api.md": MADE + endpoint_page(),
        "mastodon-api.md": MADE + mastodon_page(),
    }
    old = [name for name, text in pages.items() if not _holds(REFERENCE / name, text)]
    if "--check" in arguments:
        print(f"Out of date: {', '.join(old)}; run ./dev docs" if old else "docs/reference is up to date")
        return 1 if old else 0
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name in old:
        (REFERENCE / name).write_text(pages[name], encoding="utf-8")
        print(f"wrote docs/reference/{name}")
    return 0


def _holds(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


def settings_page() -> str:
    """Describe every setting, with its variable and its option."""
    lines = [MADE, "# Settings", ""]
    lines += ["How settings are read: [Configure](../operate/configure.md). As a file:"]
    lines += ["[teahouse.sample.toml](teahouse.sample.toml).", ""]
    for section, doc, settings in describe():
        lines += [f"## `[{section}]`" if section else "## At the top of the file", "", doc, ""]
        for setting in settings:
            said = [f"`{name}`" for name in setting.env] + ([f"`{setting.flag}`"] if setting.flag else [])
            default = f"`{setting.default}`" if setting.default is not None else "see below"
            lines += [f"### `{setting.path}`", "", setting.doc, ""]
            lines += [f"- Takes: {setting.kind}", f"- Default: {default}", f"- Also: {', '.join(said)}", ""]
    return "\n".join(lines).replace("Default: see below", "Default: as said above")


def command_page() -> str:
    """Print every command's own help text."""
    lines = [MADE, "# Command line", ""]
    for name, help_text in _commands(get_command(app), "teahouse"):
        lines += [f"## `{name}`", "", "```text", help_text, "```", ""]
    return "\n".join(lines)


def _commands(command: object, name: str) -> Iterator[tuple[str, str]]:
    context = command.make_context(name, [], resilient_parsing=True, terminal_width=100)  # type: ignore[attr-defined]
    yield name, command.get_help(context)  # type: ignore[attr-defined]
    for below in getattr(command, "commands", {}).values():
        yield from _commands(below, f"{name} {below.name}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
