"""Finds and parses the project's own files for the house tests."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "teahouse"


@dataclass(frozen=True)
class Source:
    """One Python file: its path from the project's root, its text, its syntax tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        """Count the lines that are not blank."""
        return count_lines(self.text)

    @property
    def module(self) -> str:
        """Give the dotted name of a module of the server."""
        dotted = self.path.removeprefix("src/").removesuffix(".py").replace("/", ".")
        return dotted.removesuffix(".__init__")

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Give every function of the file, nested ones too."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def length(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
        """Count the lines of a function that are neither blank nor its docstring."""
        body = "\n".join(self.text.splitlines()[function.lineno - 1 : function.end_lineno])
        return count_lines(body) - count_lines(ast.get_docstring(function) or "")


def count_lines(text: str) -> int:
    """Count the lines that are not blank."""
    return sum(1 for line in text.splitlines() if line.strip())


@cache
def tracked() -> tuple[str, ...]:
    """Give the project's files as git knows them: committed, or new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(sorted(path for path in set(listed.stdout.splitlines()) if (ROOT / path).is_file()))


@cache
def python_files() -> tuple[Source, ...]:
    """Give every Python file of the project, parsed."""
    found = []
    for path in tracked():
        if path.endswith(".py") or path == "dev":
            text = (ROOT / path).read_text(encoding="utf-8")
            found.append(Source(path, text, ast.parse(text, path)))
    return tuple(found)


@cache
def server_files() -> tuple[Source, ...]:
    """Give the Python files of the server alone."""
    return tuple(source for source in python_files() if source.path.startswith("src/teahouse/"))


@cache
def pages() -> tuple[tuple[str, str], ...]:
    """Give every Markdown page as (path, text), the generated ones too."""
    return tuple(
        (path, (ROOT / path).read_text(encoding="utf-8")) for path in tracked() if path.endswith(".md")
    )
