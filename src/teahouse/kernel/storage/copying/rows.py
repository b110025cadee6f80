"""What a table holds, the same whichever database it is read from: rows, full text, and a sum over them. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

import msgspec

from teahouse.kernel.storage.tx import Row
from teahouse.kernel.words import postgres_vector

_LEXEME = re.compile(r"'([^']+)'(?::([\d,]+))?")
_SUM_BYTES = 16


@dataclass(frozen=True, slots=True)
class Table:
    """A table and its columns, in the order in which its rows are passed on.

    `is_text` marks one that full text is searched in, which the databases keep in different forms: its rows are passed
    on as (key, words in the form of a tsvector's text).
    """

    name: str
    columns: tuple[str, ...]
    is_text: bool = False


@dataclass(frozen=True, slots=True)
class CopiedTable:
    """A table that is the same on both sides: how many rows, and the sum over them."""

    name: str
    rows: int
    sum: str


class RowSum:
    """Adds rows up, in whatever order they come: equal sums mean equal rows, each as often."""

    def __init__(self, table: Table) -> None:
        self.rows = 0
        self._table = table
        self._total = 0
        self._encode = msgspec.msgpack.Encoder().encode

    def add(self, rows: Iterable[Row]) -> None:
        """Take rows in."""
        for row in rows:
            # PostgreSQL keeps no more than 256 places of a word, so full text counts by its words.
            told = (row[0], _words(row[1])) if self._table.is_text else row
            hashed = blake2b(self._encode(told), digest_size=_SUM_BYTES).digest()
            self._total += int.from_bytes(hashed, "big")
            self.rows += 1

    def result(self) -> CopiedTable:
        """Give what was added up."""
        total = self._total % (1 << (8 * _SUM_BYTES))
        return CopiedTable(self._table.name, self.rows, f"{total:0{2 * _SUM_BYTES}x}")


def _words(vector: str) -> list[str]:
    return sorted({word for word, _ in _LEXEME.findall(vector)})


def vector_of(words: str, place: str) -> str:
    """Give the text of a tsvector for what SQLite keeps: words in order, and the made-up words of their place."""
    return " ".join([postgres_vector(words.split()), *(f"'#{word}'" for word in place.split())])


def words_of_vector(vector: str) -> tuple[str, str]:
    """Give the words in order, and those of their place, of a tsvector's text."""
    placed: list[tuple[int, str]] = []
    place = []
    for word, numbers in _LEXEME.findall(vector):
        if word.startswith("#"):
            place.append(word[1:])
        else:
            placed += [(int(number), word) for number in numbers.split(",")]
    # The room's word first, as it is written.
    return " ".join(word for _, word in sorted(placed)), " ".join(sorted(place, reverse=True))
