"""Checking a whole log from outside, with nothing but what it serves: for anybody, without an account.

Everything is read and hashed anew: each entry says what it may, the tiles are those of the entries, the root is the
signed one, an older checkpoint is of the log's beginning, and the weeks tell of as many decisions as there are.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from teahouse.trust import notes, tiles
from teahouse.trust.entries import APPEAL, DECISION, START, WEEK, read_entry
from teahouse.trust.merkle import GrowingTree, Node
from teahouse.trust.notes import BadNote, Checkpoint, Verifier
from teahouse.trust.tiles import WIDTH

Fetch = Callable[[str], bytes]
Progress = Callable[[int, int], None]
MOST_ENTRIES = 50_000_000


@dataclass
class Findings:
    """What a log that holds has in it."""

    checkpoint: Checkpoint
    note: str
    key: Verifier
    counts: dict[str, int] = field(default_factory=dict)
    untold: int = 0


@dataclass
class _Reading:
    """What was read so far."""

    tree: GrowingTree = field(default_factory=GrowingTree)
    hashes: dict[int, list[bytes]] = field(default_factory=dict)
    kinds: list[str] = field(default_factory=list)
    told: set[int] = field(default_factory=set)
    old_root: bytes = b""


def verify_log(
    fetch: Fetch,
    *,
    key: Verifier | None = None,
    since: str | None = None,
    progress: Progress = lambda done, whole: None,
) -> Findings:
    """Check the log that `fetch` reads the pieces of, by their paths.

    Without a key, the one that the first entry names is taken. Raises BadNote and BadEntry, saying what does not hold.
    """
    note = fetch("checkpoint").decode("utf-8", "replace")
    claimed = notes.parse(note)
    if not 0 < claimed.size <= MOST_ENTRIES:
        raise BadNote("The log is empty: not even its first entry is there")
    key = key or Verifier.parse(str(_entries(fetch, 0, min(claimed.size, WIDTH))[0].get("key", "")))
    head = notes.opened(note, key)
    old = _older(since, key, head)
    reading = _Reading()
    for number, width in enumerate(tiles.widths(head.size)):
        _take(reading, tiles.unbundled(fetch(tiles.tile_path(tiles.ENTRIES, number, width))), width, old)
        progress(reading.tree.size, head.size)
    _check_tiles(fetch, reading, head.size)
    if reading.tree.root != head.root:
        raise BadNote("The entries do not give the root that was signed: the log was rewritten")
    if old is not None and reading.old_root != old.root:
        raise BadNote(
            f"The log is not the one that was signed before: its first {old.size} entries have been changed"
        )
    counts = {kind: reading.kinds.count(kind) for kind in (DECISION, APPEAL, WEEK)}
    untold = counts[DECISION] + counts[APPEAL] - len(reading.told)
    return Findings(head, note, key, counts, untold)


def _older(since: str | None, key: Verifier, head: Checkpoint) -> Checkpoint | None:
    if since is None:
        return None
    old = notes.opened(since, key)
    if old.origin != head.origin:
        raise BadNote(f"The older checkpoint is of another log: {old.origin}")
    if old.size > head.size:
        raise BadNote(f"Entries have been removed: there were {old.size}, and now there are {head.size}")
    return old


def _entries(fetch: Fetch, number: int, width: int) -> list[dict[str, Any]]:
    texts = tiles.unbundled(fetch(tiles.tile_path(tiles.ENTRIES, number, width)))
    return [read_entry(text, number * WIDTH + at) for at, text in enumerate(texts)]


def _take(reading: _Reading, texts: list[bytes], width: int, old: Checkpoint | None) -> None:
    if len(texts) != width:
        raise BadNote(
            f"Entries are missing: {len(texts)} of {width} are there from number {reading.tree.size} on"
        )
    for text in texts:
        seq = reading.tree.size
        if old is not None and seq == old.size:
            reading.old_root = reading.tree.root
        _judge(reading, read_entry(text, seq), seq)
        for node, value in reading.tree.add(text):
            if node.level % 8 == 0:
                reading.hashes.setdefault(node.level // 8, []).append(value)
    if old is not None and reading.tree.size == old.size:
        reading.old_root = reading.tree.root


def _judge(reading: _Reading, entry: dict[str, Any], seq: int) -> None:
    """Check an entry against those before it."""
    kind = entry["kind"]
    if (kind == START) is not (seq == 0):
        raise BadNote(f"Entry {seq} is of kind {kind}, which only the first one may and must be")
    about = entry.get("about")
    if about is not None and (kind != APPEAL or reading.kinds[about] != DECISION):
        raise BadNote(f"Entry {seq} is about entry {about}, which is no decision")
    if kind == WEEK:
        span = range(entry["from"], entry["to"] + 1)
        for one, name in ((DECISION, "decisions"), (APPEAL, "appeals")):
            there = [number for number in span if reading.kinds[number] == one]
            if len(there) != entry[name]["count"] or not reading.told.isdisjoint(there):
                raise BadNote(f"Entry {seq} does not tell of the {name} that the log has")
            reading.told.update(there)
    reading.kinds.append(kind)


def _check_tiles(fetch: Fetch, reading: _Reading, size: int) -> None:
    for level, hashes in sorted(reading.hashes.items()):
        for number, width in enumerate(tiles.widths(size, level)):
            data = fetch(tiles.tile_path(level, number, width))
            rebuilt = hashes[number * WIDTH : number * WIDTH + width]
            for at, value in enumerate(rebuilt):
                if data[at * 32 : at * 32 + 32] != value:
                    raise BadNote(_changed(Node(level, number * WIDTH + at)))
            if len(data) != 32 * width:
                raise BadNote(f"The tile {tiles.tile_path(level, number, width)} has a wrong length")


def _changed(node: Node) -> str:
    if node.level == 0:
        return f"Entry {node.number} has been changed: it is not the one whose hash is in the tree"
    first = node.number << 8 * node.level
    return f"The tree has been changed somewhere from entry {first} on: its hashes do not fit the entries"
