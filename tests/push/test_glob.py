"""Globs: the two meanings of a pattern, against a slow and obvious reading, and bounded in time."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teahouse.push.rules.glob import Glob, Subject

ALPHABET = "aAb_1 .-é中"
texts = st.text(ALPHABET, max_size=12)
patterns = st.text(ALPHABET + "*?*?", max_size=7)


def obvious_whole(pattern: str, text: str) -> bool:
    reach = {0}
    for character in pattern:
        if character == "*":
            reach = set(range(min(reach, default=len(text) + 1), len(text) + 1))
        else:
            reach = {at + 1 for at in reach if at < len(text) and character in ("?", text[at])}
    return len(text) in reach


def is_boundary(text: str, at: int) -> bool:
    word = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
    return at in (0, len(text)) or text[at - 1] not in word or text[at] not in word


def obvious_words(pattern: str, text: str) -> bool:
    edges = [at for at in range(len(text) + 1) if is_boundary(text, at)]
    return any(obvious_whole(pattern, text[start:end]) for start in edges for end in edges if start <= end)


@given(patterns, texts)
def test_a_pattern_matches_a_whole_value_as_one_would_expect(pattern: str, text: str) -> None:
    assert Glob(pattern).matches_whole(Subject(text)) == obvious_whole(pattern.lower(), text.lower())


@given(patterns, texts)
def test_a_pattern_matches_between_word_boundaries_as_one_would_expect(pattern: str, text: str) -> None:
    assert Glob(pattern).matches_words(Subject(text)) == obvious_words(pattern.lower(), text.lower())


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("lunc?*", "Lunch plans", True),
        ("lunc?*", "LUNCH", True),
        ("lunc?*", " lunch", False),
        ("lunc?*", "lunc", False),
        ("", "", True),
        ("", "x", False),
        ("*", "", True),
    ],
)
def test_whole_values_follow_the_specification(pattern: str, text: str, expected: bool) -> None:
    assert Glob(pattern).matches_whole(Subject(text)) is expected


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("ex*ple", "An example event.", True),
        ("ex*ple", "exple", True),
        ("ex*ple", "An exciting triple-whammy", True),
        ("ex*ple", "An examples", False),
        ("cake", "cakes", False),
        ("cake", "a piece of CAKE!", True),
        ("@room", "hello @room, come", True),
        ("@room", "@roomy", False),
        ("爱丽丝", "你好爱丽丝吗", True),
        ("alice", "问alice好", True),
    ],
)
def test_bodies_are_matched_between_word_boundaries(pattern: str, text: str, expected: bool) -> None:
    assert Glob(pattern).matches_words(Subject(text)) is expected


SIZE = 65_536
HALF = SIZE // 2
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'()+,-./:;<=>@[]^_{|}~"
NASTY = {
    "stars": ("*a" * HALF, "a" * (SIZE - 1) + "b"),
    "stars that fail": ("a*" * HALF + "b", "a" * SIZE),
    "one long literal": ("a" * HALF + "b", "a" * SIZE),
    "literals between stars": (("a" * 99 + "b*") * 655, ("a" * 98 + "b") * 661),
    "question marks alone": ("?" * SIZE, "a" * SIZE),
    "a question mark after each letter": ("a?" * (HALF // 2), "a" * SIZE),
    "a failing end after question marks": ("a?" * (HALF // 2) + "b", "a" * SIZE),
    "a thousand short wild segments": ("a?b*" * (SIZE // 4), "axb " * (SIZE // 4)),
    "wild segments of ten": ("a?a?a?a?b*" * (SIZE // 10), "aaaaaaaab " * (SIZE // 10)),
    "many letters with gaps": (
        "".join(LETTERS[i % 59] if i % 3 else "?" for i in range(HALF)),
        "".join(LETTERS[i % 59] for i in range(SIZE)),
    ),
    "a short period with gaps": (
        "".join("?" if i * i % 7 == 1 else "abcdefg"[i % 7] for i in range(HALF)),
        "abcdefg" * (SIZE // 7),
    ),
    "irregular gaps": ("".join("?" if (i * 2654435761 >> 7) & 1 else "a" for i in range(HALF)), "a" * SIZE),
    "one word a letter": ("a *" * (SIZE // 3), "a " * HALF),
}


@pytest.mark.parametrize("words", [False, True])
@pytest.mark.parametrize("name", NASTY)
def test_g54_the_worst_pattern_on_the_longest_text_takes_under_50_ms(name: str, words: bool) -> None:
    pattern, text = NASTY[name]
    # A busy machine may be slow many times; it is never fast by accident.
    assert any(_seconds(pattern, text, words) < 0.05 for _ in range(30))


def _seconds(pattern: str, text: str, words: bool) -> float:
    started = time.process_time()
    glob, subject = Glob(pattern), Subject(text)
    if words:
        glob.matches_words(subject)
    else:
        glob.matches_whole(subject)
    return time.process_time() - started
