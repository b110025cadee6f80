"""Small files, small functions, honest names, a docstring on top."""

import ast
import re

from tests.house import waivers
from tests.house.sources import python_files, server_files, tracked

BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base"}
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
NEVER_COMMITTED = re.compile(
    r"(^|/)(\.venv|__pycache__|node_modules|dist|\.cache|teahouse-data)/|\.(pyc|db|db-wal|db-shm|log)$"
)


def test_no_file_is_longer_than_its_budget() -> None:
    too_long = {
        source.path: source.lines
        for source in python_files()
        if source.lines > (600 if source.path.startswith("tests/") else 400)
    }
    assert too_long.keys() == waivers.FILE_LENGTH.keys(), too_long


def test_no_function_is_longer_than_sixty_lines() -> None:
    too_long = {
        f"{source.path}::{function.name}": source.length(function)
        for source in python_files()
        for function in source.functions()
        if source.length(function) > 60
    }
    assert too_long.keys() == waivers.FUNCTION_LENGTH.keys(), too_long


def test_no_file_has_a_name_that_says_nothing() -> None:
    named = [path for path in tracked() if BANNED_NAMES & set(re.split(r"[/._]", path.lower())[-3:-1])]
    assert not named


def test_every_module_says_what_it_owns() -> None:
    silent = [
        source.path
        for source in python_files()
        if len(ast.get_docstring(source.tree) or "") < 10
        and (source.text or not source.path.startswith("tests/"))
    ]
    assert not silent


def test_every_public_function_of_the_server_has_a_docstring() -> None:
    silent = [
        f"{source.path}::{node.name}"
        for source in server_files()
        for node in source.tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
        and not (isinstance(node, ast.ClassDef) and is_wire_type(node))
    ]
    assert not silent


def is_wire_type(node: ast.ClassDef) -> bool:
    """Tell whether a class is a request or an answer, which the specification describes."""
    return any(getattr(kind, "attr", getattr(kind, "id", "")) == "Struct" for kind in node.bases)


def test_nothing_is_left_for_later() -> None:
    later = [source.path for source in python_files() if UNFINISHED.search(source.text)]
    assert not later


def test_nothing_that_a_tool_makes_is_committed() -> None:
    assert [path for path in tracked() if NEVER_COMMITTED.search(path)] == []


def test_a_change_fragment_is_one_sentence_under_a_known_heading() -> None:
    for path in tracked():
        if path.startswith("changes/") and not path.endswith(".gitkeep"):
            assert re.fullmatch(r"changes/[a-z0-9-]+\.(added|changed|fixed|security)\.md", path), path
