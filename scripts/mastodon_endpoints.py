"""Compares the routes of the server with the endpoints of the Mastodon API (mastodon_endpoints.tsv).

*Real*, *fixed answer* and *refused* mean what they do in endpoints.py, and the table may say "refused" too. *Partial*
is a real one of which it says what is left out; *absent* has no route, and is answered 404, "Record not found".
"""

from collections import Counter
from pathlib import Path

from endpoints import WORDS, Served, served, shape

TABLE = Path(__file__).with_name("mastodon_endpoints.tsv")
ROOTS = ("/api/", "/oauth/", "/.well-known/")
MATRIX_ONLY = ("/.well-known/matrix",)


def mastodon_page() -> str:
    """Describe each endpoint of the Mastodon API, and those of our own below the same paths."""
    routes = {(one.method, shape(one.path)): one for one in served() if _is_ours(one)}
    rows, counts = [], Counter[str]()
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            method, path, remark = line.split("\t")
            one = routes.pop((method, shape(path)), None)
            state = _state(one, remark)
            counts[state] += 1
            name = f"`{one.function}`" if one else ""
            rows.append(f"| {method} | `{path}` | {state} | {name} | {remark} |")
    told = ", ".join(
        f"{counts[state]} are {state}" for state in ("real", "partial", "fixed answer", "refused", "absent")
    )
    lines = [
        "# The Mastodon API, endpoint by endpoint",
        "",
        f"Of {len(rows)} pairs of method and path {told}.",
        "",
    ]
    lines += ["| method | path | answer | function | remark |", "|---|---|---|---|---|", *rows, ""]
    lines += ["## Besides", "", "| method | path | function |", "|---|---|---|"]
    lines += [
        f"| {one.method} | `{one.path.replace(':str}', '}')}` | `{one.function}` |" for one in routes.values()
    ]
    return "\n".join(lines) + "\n"


def _is_ours(one: Served) -> bool:
    return one.path.startswith(ROOTS) and not one.path.startswith(MATRIX_ONLY)


def _state(one: Served | None, remark: str) -> str:
    if one is None:
        return "absent"
    if remark.startswith("refused"):
        return "refused"
    return "partial" if one.answer == "real" and remark else WORDS[one.answer]
