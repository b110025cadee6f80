"""Runs the operator's commands in the tests, on the data of a server that runs or not."""

from __future__ import annotations

import asyncio
import contextlib
import io
import sys

import pytest

from teahouse.cli import run
from tests.server_process import ServerProcess


def place(house: ServerProcess) -> list[str]:
    """Give the options that name the server's database."""
    return ["--data", str(house.data)] + (["--database", house.database] if house.database else [])


async def command(house: ServerProcess, *arguments: str, typed: str = "", expect: int = 0) -> str:
    """Run one command on the server's database, beside the server, and give what it says."""
    return await plain_command(*arguments, *place(house), typed=typed, expect=expect)


async def plain_command(*arguments: str, typed: str = "", expect: int = 0) -> str:
    """Run one command, and give what it says."""
    said = io.StringIO()
    with (
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
        pytest.MonkeyPatch.context() as terminal,
    ):
        terminal.setattr(sys, "stdin", io.StringIO(typed))
        status = await asyncio.to_thread(run, [*arguments])
    assert status == expect, said.getvalue()
    return said.getvalue()
