"""Names that people show to each other: what is taken out of them. Pure."""

import unicodedata

ZERO_WIDTH_JOINER = "\u200d"
ZERO_WIDTH_NON_JOINER = "\u200c"
# Bidirectional controls can make one name look like another; so can characters that nobody sees.
_INVISIBLE = frozenset(
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f\u3164\ufeff\uffa0"
)


def clean_display_name(name: str) -> str:
    """Give the name without control characters, bidirectional and zero-width ones.

    Joiners stay where writing needs them: between emoji, and inside Persian and Indic words.
    """
    kept = [
        character
        for before, character in zip(" " + name, name, strict=False)
        if character not in _INVISIBLE
        and unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")
        and _may_join(before, character)
    ]
    return "".join(kept).strip()


def _may_join(before: str, character: str) -> bool:
    if character == ZERO_WIDTH_JOINER:
        return unicodedata.category(before) in ("So", "Sk", "Mn", "Mc")
    if character == ZERO_WIDTH_NON_JOINER:
        return unicodedata.bidirectional(before) == "AL" or unicodedata.category(before) in ("Mn", "Mc")
    return True
