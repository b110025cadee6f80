"""What the command line says: versions, help with examples, one clear line for each mistake."""

import subprocess
import sys
from pathlib import Path

import pytest
import typer

from teahouse.cli import app, run

TOP = typer.main.get_command(app)
COMMANDS = [
    [name, *verb]
    for name, command in TOP.commands.items()  # type: ignore[attr-defined]
    for verb in ([[verb] for verb in command.commands] if hasattr(command, "commands") else [[]])
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_shows_an_example_of_itself(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command, "--help"]) == 0
    shown = capsys.readouterr().out
    assert "Example" in shown
    assert f"teahouse {' '.join(command)}" in shown.partition("Example")[2]


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("teahouse 0.")


def test_the_server_is_loaded_only_by_commands_that_need_it() -> None:
    loaded = "import sys, teahouse.cli; print('teahouse.app' in sys.modules, 'litestar' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["False", "False"]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["brew"], "brew"),
        ([], "Missing command"),
        (["user"], "Missing command"),
        (["serve", "--prot", "1"], "--port"),
        (["serve", "--port", "tea"], "--port: 'tea' is not a whole number; write"),
        (["serve", "--registration", "maybe"], "open, token, closed"),
        (["serve", "--default-room-version", "9"], "10, 11, 12"),
        (["serve", "--config", "/nowhere/teahouse.toml"], "no such file"),
        (["registration-token", "revoke"], "token"),
        (["user", "create", "@alice:elsewhere.org", "--password-stdin"], "elsewhere.org"),
    ],
)
def test_wrong_usage_is_told_in_one_line(
    arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert said.err.startswith("teahouse: ")
    assert word in said.err


def test_every_mistake_in_the_settings_gets_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "teahouse.toml"
    file.write_text("[listen]\nport = 99999\nhots = '::'\n[log]\nformat = 'xml'\n")
    assert run(["config", "check", "--config", str(file)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("teahouse: ") for line in lines)


def test_the_checked_settings_are_shown_without_secrets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "teahouse.toml"
    file.write_text(
        "database = 'postgresql://tea:hush@127.0.0.1/tea'\n[registration]\nshared_secret = 'hush'\n"
    )
    assert run(["config", "check", "--config", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "listen.port = 8008" in shown
    assert "postgresql://tea:***@127.0.0.1/tea" in shown
    assert "hush" not in shown


def test_a_sample_is_a_file_that_can_be_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "sample"]) == 0
    file = tmp_path / "teahouse.toml"
    file.write_text(capsys.readouterr().out)
    assert run(["config", "check", "--config", str(file)]) == 0


def test_a_database_is_made_once_and_its_state_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(tmp_path / "data")]
    assert run(["database", "status", *data]) == 2
    assert not (tmp_path / "data").exists()
    capsys.readouterr()
    assert run(["database", "migrate", *data]) == 0
    assert "applied 0001_" in capsys.readouterr().out
    assert run(["database", "migrate", *data]) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert run(["database", "status", *data]) == 0
    assert "up to date" in capsys.readouterr().out
