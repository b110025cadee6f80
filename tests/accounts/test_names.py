"""Display names: what is taken out of them (G49)."""

import pytest

from teahouse.accounts.names import clean_display_name


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Alice", "Alice"),
        ("  Alice\n", "Alice"),
        ("Al\u202eice", "Alice"),
        ("Ali\u200bce\ufeff", "Alice"),
        ("ad\u200dmin", "admin"),
        ("王小明", "王小明"),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\x07b\u2066c\u2069", "abc"),
        ("\u3164\u115f", ""),
    ],
)
def test_a_name_keeps_its_writing_and_loses_what_nobody_sees(given: str, kept: str) -> None:
    assert clean_display_name(given) == kept
