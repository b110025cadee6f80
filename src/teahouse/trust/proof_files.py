"""The file by which somebody proves, to himself or others, that a decision is in the log (pure).

It has the C2SP form `tlog-proof`; the extra data are ours: the entry, what it commits to, and the log's key.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import orjson

from teahouse.trust import entries, merkle, notes
from teahouse.trust.notes import BadNote, Checkpoint, Verifier, encoded

HEADER = "c2sp.org/tlog-proof@v1"
MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class ProofFile:
    """A proof of one entry, with the record that it commits to."""

    seq: int
    path: list[bytes]
    checkpoint: str
    entry: str
    salt: bytes
    record: str
    key: str

    @property
    def text(self) -> str:
        """The file."""
        extra = orjson.dumps(
            {"entry": self.entry, "salt": encoded(self.salt), "record": self.record, "key": self.key}
        )
        lines = [HEADER, f"extra {encoded(extra)}", f"index {self.seq}", *map(encoded, self.path)]
        return "\n".join(lines) + "\n\n" + self.checkpoint


@dataclass(frozen=True, slots=True)
class Proved:
    """What a proof that holds says."""

    seq: int
    checkpoint: Checkpoint
    record: dict[str, Any]
    key: Verifier


def read_proof(text: str) -> ProofFile:
    """Read a file; raises BadNote for one that is no proof of ours."""
    head, _, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if len(text) > MOST_BYTES or lines[0] != HEADER or len(lines) < 3 or not lines[1].startswith("extra "):
        raise BadNote("This is no proof file of a Teahouse")
    try:
        extra = orjson.loads(base64.b64decode(lines[1].removeprefix("extra "), validate=True))
        texts = [str(extra[name]) for name in ("entry", "record", "key")]
        salt = base64.b64decode(str(extra["salt"]), validate=True)
        seq = int(lines[2].removeprefix("index "))
        path = [base64.b64decode(line, validate=True) for line in lines[3:]]
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise BadNote("The proof file is damaged") from None
    return ProofFile(seq, path, checkpoint, texts[0], salt, texts[1], texts[2])


def check_proof(proof: ProofFile, key: Verifier | None = None) -> Proved:
    """Check a proof by itself, with the key that the caller knows or else the one that it names.

    Raises BadNote and BadEntry, saying what does not hold.
    """
    key = key or Verifier.parse(proof.key)
    checkpoint = notes.opened(proof.checkpoint, key)
    entry = entries.read_entry(proof.entry.encode(), proof.seq)
    if entry.get("commitment") != entries.commitment(proof.salt, proof.record.encode()):
        raise BadNote("The log's entry is about another record than this one")
    leaf = merkle.leaf_hash(proof.entry.encode())
    if not merkle.verify_inclusion(leaf, proof.seq, checkpoint.size, proof.path, checkpoint.root):
        raise BadNote("The entry is not in the log that the checkpoint is of")
    record = orjson.loads(proof.record)
    if not isinstance(record, dict):
        raise BadNote("The record is damaged")
    return Proved(proof.seq, checkpoint, record, key)
