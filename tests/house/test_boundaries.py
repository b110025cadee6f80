"""Who may import whom, and who may speak SQL."""

import ast
import re
import subprocess
import sys
from pathlib import Path

from tests.house import waivers
from tests.house.sources import PACKAGE, ROOT, Source, server_files

SLICES = {folder.name for folder in PACKAGE.iterdir() if (folder / "__init__.py").exists()} - {
    "kernel",
    "cli",
}
SQL = re.compile(
    r"\s*(SELECT\s.+\sFROM\s|INSERT\s+(OR \w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s"
    r"|WITH\s+\w+.*\sAS\s*\("
    r"|(CREATE|ALTER|DROP)\s+(TABLE|INDEX|UNIQUE|VIRTUAL)\s|PRAGMA\s)",
    re.DOTALL,
)


def test_the_import_contracts_are_kept() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--no-cache"]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_another_slice_is_entered_only_by_its_front_door() -> None:
    trespasses = [
        f"{source.module} imports {name}"
        for source in server_files()
        for name in imported(source)
        if is_inside_a_slice(name) and not source.module.startswith(".".join(name.split(".")[:2]))
    ]
    assert not trespasses


def test_sql_is_spoken_only_in_stores() -> None:
    outside = {
        source.path
        for source in server_files()
        if not source.path.startswith("src/teahouse/kernel/storage/")
        and not source.path.split("/")[-1].startswith("store")
        and any(SQL.match(text) for text in spoken(source))
    }
    assert outside == waivers.SQL_OUTSIDE_STORE.keys(), outside


def is_inside_a_slice(name: str) -> bool:
    """Tell whether a module lies behind a slice's front door (records and facts are meant to be shared)."""
    parts = name.split(".")
    return len(parts) > 2 and parts[0] == "teahouse" and parts[1] in SLICES


def imported(source: Source) -> list[str]:
    """Give the modules that a file imports from."""
    names = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
            # `from teahouse.chat import store` walks in through the window.
            names += [
                f"{node.module}.{alias.name}" for alias in node.names if is_module(node.module, alias.name)
            ]
    return names


def is_module(package: str, name: str) -> bool:
    """Tell whether a name of a package is a module file rather than something that the package offers."""
    folder = PACKAGE.parent.joinpath(*package.split("."))
    return package.count(".") == 1 and ((folder / f"{name}.py").exists() or (folder / name).is_dir())


def spoken(source: Source) -> list[str]:
    """Give the strings of a file, docstrings left out, the fixed parts of f-strings joined."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    found = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            found.append(node.value)
        elif isinstance(node, ast.JoinedStr):
            found.append("".join(str(part.value) for part in node.values if isinstance(part, ast.Constant)))
    return found
