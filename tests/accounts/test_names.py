"""Display names: what is taken out of them (G49), and how they are found."""

import pytest

from teahouse.accounts.names import clean_display_name, search_text


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


def test_a_user_is_found_by_folded_name_and_local_part() -> None:
    assert search_text("@tea.fan:example.org", "ＡLICE Groß") == "tea.fan alice gross"
    assert search_text("@tea.fan:example.org", None) == "tea.fan"
