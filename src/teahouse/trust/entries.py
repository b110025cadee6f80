"""What stands in the log: the words an entry may use, how one is written, and what is wrong with a foreign one (pure).

An entry says next to nothing when it is made: that something was decided, and a commitment to the record of it. What it
was is told in the entry of the week, counted, and what was fewer than five together as "other": so that on a small
server nobody is found by the numbers.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from teahouse.errors import InvalidParam
from teahouse.kernel.signing import canonical_json

START, DECISION, APPEAL, WEEK, RULES = "start", "decision", "appeal", "week", "rules"
KINDS = (START, DECISION, APPEAL, WEEK, RULES)
FEWEST = 5
OTHER = "other"
NONE = "none"
MOST_BYTES = 60_000
COMMITMENT = re.compile(r"[0-9a-f]{64}")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_RULE = re.compile(r"none|other|\d{1,3}@[0-9a-f]{8}")

ACTIONS = frozenset({"warn", "sensitive", "limit", "hide", "remove", "suspend", "lock", "close", "restore"})
DIMENSIONS: Mapping[str, Mapping[str, frozenset[str] | re.Pattern[str]]] = {
    DECISION: {
        "action": ACTIONS,
        "scope": frozenset({"account", "post", "room", "media"}),
        "category": frozenset({"spam", "violation", "legal", "none"}),
        "rule": _RULE,
        "origin": frozenset({"report", "own"}),
        "automated": frozenset({"no", "yes"}),
        "duration": frozenset({"once", "unlimited"}),
        "days": frozenset({"0", "1-2", "3-7", "8+", "none"}),
    },
    APPEAL: {
        "result": frozenset({"overturned", "upheld"}),
        "days": frozenset({"0", "1-2", "3-7", "8+"}),
    },
}


class BadEntry(InvalidParam):
    """An entry is not one that a log of ours may hold; the message says why."""


@dataclass(frozen=True, slots=True)
class Logged:
    """One decision, or the answer to one appeal, as whoever made it gives it to the log.

    `record` is everything about it, for `subject` alone (a user id): any JSON without floats. `details` are what the
    week's entry will count: one word of each of the kind's DIMENSIONS. `about` is the entry that an appeal was about.
    """

    kind: str
    subject: str
    record: Mapping[str, Any]
    details: Mapping[str, str] = field(default_factory=dict)
    about: int | None = None


def check_details(kind: str, details: Mapping[str, str]) -> None:
    """Raise BadEntry for words that the log does not know: they might say whom it is about."""
    wanted = DIMENSIONS[kind]
    if details.keys() != wanted.keys():
        raise BadEntry(f"A log entry of kind {kind} tells: {', '.join(wanted)}")
    for name, word in details.items():
        if not _is_word(wanted[name], word):
            raise BadEntry(f"The log knows no {name} {word[:40]!r}")


def _is_word(wanted: frozenset[str] | re.Pattern[str], word: str) -> bool:
    return word in wanted if isinstance(wanted, frozenset) else wanted.fullmatch(word) is not None


def commitment(salt: bytes, record: bytes) -> str:
    """Give the hash that binds the log to a record and tells nothing of it."""
    return hashlib.sha256(salt + record).hexdigest()


def start_body(origin: str, key: str) -> str:
    """Write the first entry of a log: whose it is, and the key that signs it."""
    return _text({"kind": START, "seq": 0, "log": origin, "key": key})


def rules_body(seq: int, rules: Sequence[str]) -> str:
    """Write the house rules as they hold from now on; a week names one by its number and the start of its hash."""
    return _text({"kind": RULES, "seq": seq, "rules": list(rules)})


def body(kind: str, seq: int, committed: str, about: int | None) -> str:
    """Write the entry of a decision or of an answer to an appeal."""
    entry: dict[str, Any] = {"kind": kind, "seq": seq, "commitment": committed}
    return _text(entry if about is None else {**entry, "about": about})


def week_body(
    seq: int, monday: str, span: tuple[int, int], details: Iterable[tuple[str, Mapping[str, str]]]
) -> str:
    """Write what a week's entries were, counted; `span` are the first and the last of them."""
    told: dict[str, Any] = {"kind": WEEK, "seq": seq, "week": monday, "from": span[0], "to": span[1]}
    by_kind: dict[str, list[Mapping[str, str]]] = {DECISION: [], APPEAL: []}
    for kind, one in details:
        by_kind[kind].append(one)
    for kind, rows in by_kind.items():
        counts: dict[str, Any] = {"count": len(rows)}
        if rows:
            counts |= {name: merged(Counter(one[name] for one in rows)) for name in DIMENSIONS[kind]}
        told[f"{kind}s"] = counts
    return _text(told)


def merged(counts: Mapping[str, int]) -> dict[str, int]:
    """Give the counts with those under five together as "other"."""
    kept = {word: count for word, count in counts.items() if count >= FEWEST}
    rest = sum(counts.values()) - sum(kept.values())
    return {**kept, OTHER: rest} if rest else kept


def read_entry(text: bytes, seq: int) -> dict[str, Any]:
    """Read entry `seq` of any log of this form; raises BadEntry for one that says more or less than it may."""
    try:
        entry = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise BadEntry(f"Entry {seq} is no JSON") from None
    if not isinstance(entry, dict) or len(text) > MOST_BYTES or canonical_json(entry) != text:
        raise BadEntry(f"Entry {seq} is not written as entries are")
    check = {
        START: _check_start, DECISION: _check_commitment, APPEAL: _check_commitment, WEEK: _check_week,
        RULES: _check_rules,
    }  # fmt: skip
    kind = entry.get("kind")
    if kind not in KINDS or entry.get("seq") != seq:
        raise BadEntry(f"Entry {seq} is of no known kind, or bears another number")
    if not check[kind](entry):
        raise BadEntry(f"Entry {seq} ({kind}) does not say what such an entry says")
    return entry


def _check_start(entry: dict[str, Any]) -> bool:
    texts = isinstance(entry.get("log"), str) and isinstance(entry.get("key"), str)
    return texts and entry.keys() == {"kind", "seq", "log", "key"} and entry["seq"] == 0


def _check_rules(entry: dict[str, Any]) -> bool:
    rules = entry.get("rules")
    texts = isinstance(rules, list) and all(isinstance(one, str) for one in rules)
    return texts and entry.keys() == {"kind", "seq", "rules"}


def _check_commitment(entry: dict[str, Any]) -> bool:
    about = entry.get("about", 0)
    return (
        entry.keys() - {"about"} == {"kind", "seq", "commitment"}
        and isinstance(entry["commitment"], str)
        and COMMITMENT.fullmatch(entry["commitment"]) is not None
        and type(about) is int
        and 0 <= about < entry["seq"]
    )


def _check_week(entry: dict[str, Any]) -> bool:
    if entry.keys() != {"kind", "seq", "week", "from", "to", "decisions", "appeals"}:
        return False
    first, last = entry["from"], entry["to"]
    return (
        isinstance(entry["week"], str)
        and DAY.fullmatch(entry["week"]) is not None
        and type(first) is int
        and type(last) is int
        and 0 <= first <= last < entry["seq"]
        and _check_counts(DECISION, entry["decisions"])
        and _check_counts(APPEAL, entry["appeals"])
    )


def _check_counts(kind: str, told: object) -> bool:
    if not isinstance(told, dict) or type(told.get("count")) is not int:
        return False
    count = told["count"]
    if told.keys() - {"count"} != (set(DIMENSIONS[kind]) if count else set()):
        return False
    return all(_adds_up(wanted, told[name], count) for name, wanted in DIMENSIONS[kind].items() if count)


def _adds_up(wanted: frozenset[str] | re.Pattern[str], counts: object, count: int) -> bool:
    if not isinstance(counts, dict) or not all(type(one) is int and one > 0 for one in counts.values()):
        return False
    words = all(word == OTHER or (_is_word(wanted, word) and one >= FEWEST) for word, one in counts.items())
    return words and sum(counts.values()) == count


def _text(entry: Mapping[str, Any]) -> str:
    return canonical_json(dict(entry)).decode()
