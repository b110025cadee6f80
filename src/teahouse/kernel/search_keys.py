"""By which words a person is found, and what is asked for: the beginning of one of them. Pure.

Of a run in a script without spaces (Chinese and others) every ending is a word, so that any part of it is found.
"""

from itertools import groupby

from teahouse.kernel.words import MOST_WORD, fold, is_unspaced, words_of

MOST_KEYS = 60
MOST_ASKED = 5
END = "\U0010ffff"
"""Greater than whatever may follow in a word."""


def keys_of(username: str, display_name: str) -> list[str]:
    """Give the words by which a person is found."""
    found: dict[str, None] = {}
    for term in (username, *display_name.split()):
        found[fold(term)[:MOST_WORD]] = None
        for is_run, words in groupby(words_of(term), is_unspaced):
            run = list(words)
            endings = ["".join(run[place:])[:MOST_WORD] for place in range(len(run))] if is_run else run
            found |= dict.fromkeys(endings)
    return [key for key in found if key][:MOST_KEYS]


def range_of(beginning: str) -> tuple[str, str]:
    """Give the bounds between which every word with this beginning lies: at or after the first, before the second."""
    return beginning, beginning + END


def asked_for(text: str) -> list[str]:
    """Give the beginnings that all must be found."""
    return [fold(term)[:MOST_WORD] for term in text.split()[:MOST_ASKED] if fold(term)]
