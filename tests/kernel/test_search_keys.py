"""By which words people are found, and what is asked for."""

import pytest

from teahouse.kernel.search_keys import asked_for, keys_of, range_of


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("tea.f", True),
        ("fan", True),
        ("ＡLI", True),
        ("groß al", True),
        ("小明", True),
        ("明", True),
        ("lice", False),
        ("小红", False),
        ("alice nobody", False),
    ],
)
def test_people_are_found_by_beginnings_of_words_and_any_part_of_chinese(asked: str, found: bool) -> None:
    keys = keys_of("tea.fan", "Alice Gross 王小明")
    ranges = [range_of(word) for word in asked_for(asked)]
    assert all(any(low <= key < high for key in keys) for low, high in ranges) is found
