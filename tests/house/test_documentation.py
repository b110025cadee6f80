"""What the pages say exists: commands, options, files, links; and the generated pages are fresh."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from teahouse.cli import app
from tests.house.sources import PACKAGE, ROOT, count_lines, pages, tracked

COMMAND = re.compile(
    r"(?:^|[\s`/])teahouse ((?:serve|user|registration-token|media|backup|config|database)\b[^`\n|>]*)", re.M
)
VERB = re.compile(r"\./dev ([a-z]+)")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
FILE = re.compile(r"`((?:[a-z_]+/)+[a-z_0-9]+\.(?:py|sql|tsv|md|service))`")


def written() -> Iterator[tuple[str, str]]:
    """Give every page that people write."""
    return ((path, text) for path, text in pages() if not path.startswith("docs/reference/"))


def test_every_command_in_the_pages_exists_with_its_options() -> None:
    wrong = []
    for path, text in written():
        for said in COMMAND.findall(text):
            complaint = complaint_about(shlex.split(said.rstrip(" .,;:)")))
            if complaint:
                wrong.append(f"{path}: teahouse {said}: {complaint}")
    assert not wrong


def complaint_about(words: list[str]) -> str | None:
    """Say what is wrong with a command line, None when nothing is."""
    command: Any = get_command(app)
    while words and getattr(command, "commands", None):
        if words[0] not in command.commands:
            return f"there is no command {words[0]}"
        command = command.commands[words.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    unknown = [word for word in words if word.startswith("--") and word.split("=")[0] not in known]
    return f"there is no option {unknown[0]}" if unknown else None


def test_every_verb_in_the_pages_exists() -> None:
    verbs = set(re.findall(r'"(\w+)"', re.findall(r"VERBS = \((.*?)\)", (ROOT / "dev").read_text())[0]))
    for path, text in written():
        assert set(VERB.findall(text)) <= verbs, path


def test_every_link_leads_somewhere() -> None:
    dead = [
        f"{path}: {link}"
        for path, text in pages()
        for link in LINK.findall(text)
        if not (ROOT / path).parent.joinpath(link).exists()
    ]
    assert not dead


def test_every_file_that_a_page_names_exists() -> None:
    missing = [
        f"{path}: {name}"
        for path, text in pages()
        for name in FILE.findall(text)
        if not any((folder / name).exists() for folder in (ROOT, PACKAGE))
    ]
    assert not missing


def test_the_readme_names_the_two_commands_and_they_run() -> None:
    text = (ROOT / "README.md").read_text()
    assert "./dev serve" in text
    assert "./dev test" in text
    told = subprocess.run(
        [sys.executable, ROOT / "dev", "--help"], capture_output=True, text=True, check=True, timeout=30
    )
    assert "./dev serve" in told.stdout


def test_a_decision_is_at_most_forty_lines() -> None:
    records = [path for path in tracked() if re.match(r"docs/decisions/\d{4}-[a-z0-9-]+\.md", path)]
    assert records
    assert not [path for path in records if count_lines((ROOT / path).read_text()) > 40]


def test_the_map_stays_a_map() -> None:
    assert count_lines((ROOT / "ARCHITECTURE.md").read_text()) < 200


def test_the_reference_is_what_the_code_says() -> None:
    command = [sys.executable, "scripts/docs.py", "--check"]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=100)
    assert checked.returncode == 0, checked.stdout + checked.stderr
