"""How text is split into the words that search knows."""

from __future__ import annotations

import time

import pytest

from teahouse.chat.search_words import highlights_of, searchable_text
from teahouse.kernel.words import MOST_TEXT, phrases_of, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello, World!", ["hello", "world"]),
        ("don't_panic 42", ["don", "t", "panic", "42"]),
        ("Grüße im CAFÉ", ["grusse", "im", "cafe"]),
        ("ｆｕｌｌ ｗｉｄｔｈ", ["full", "width"]),
        ("我们喝奶茶", ["我", "们", "喝", "奶", "茶"]),
        ("喝tea吧", ["喝", "tea", "吧"]),
        ("お茶ガーデン", ["お", "茶", "ガ", "ー", "デ", "ン"]),
        ("차 한 잔", ["차", "한", "잔"]),
        ("\u0e0a\u0e32", ["\u0e0a", "\u0e32"]),
        ("🍵 …", []),
        ("", []),
    ],
)
def test_words_are_folded_and_unspaced_scripts_split_by_character(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_a_term_becomes_phrases_and_highlights() -> None:
    phrases = phrases_of("green 奶茶 don't")
    assert phrases == [["green"], ["奶", "茶"], ["don", "t"]]
    assert highlights_of(phrases) == ["green", "奶茶", "don", "t"]


@pytest.mark.parametrize(
    "term", ['"', "*", 'a"OR"b', "NEAR(a b)", "'", "&|!<->:*", "^x", "-x", "{a} : b", "()"]
)
def test_no_word_holds_anything_that_a_query_language_could_read(term: str) -> None:
    assert all(word.isalnum() for phrase in phrases_of(term) for word in phrase)


def test_only_bodies_names_and_topics_are_searchable_and_edits_by_their_new_text() -> None:
    assert searchable_text("m.room.message", {"body": "hi"}, is_state=False) == ("body", "hi")
    assert searchable_text("m.room.name", {"name": "Tea"}, is_state=True) == ("name", "Tea")
    assert searchable_text("m.room.topic", {"topic": "Leaves"}, is_state=True) == ("topic", "Leaves")
    assert searchable_text("m.room.avatar", {"url": "mxc://a/b"}, is_state=True) is None
    assert searchable_text("m.room.message", {"body": 1}, is_state=False) is None
    assert searchable_text("m.room.encrypted", {"ciphertext": "x"}, is_state=False) is None
    edit = {"body": "* new", "m.new_content": {"body": "new"}, "m.relates_to": {"rel_type": "m.replace"}}
    assert searchable_text("m.room.message", edit, is_state=False) == ("body", "new")


def test_polls_are_searchable_by_question_and_answers_in_the_words_of_today_and_of_the_specification() -> (
    None
):
    draft = {
        "question": {"body": "Which tea?", "org.matrix.msc1767.text": "Which tea?"},
        "answers": [{"id": "1", "org.matrix.msc1767.text": "Oolong"}, {"id": "2"}, "odd", 3],
    }
    content = {"org.matrix.msc3381.poll.start": draft, "org.matrix.msc1767.text": "Which tea?\n1. Oolong"}
    assert searchable_text("org.matrix.msc3381.poll.start", content, is_state=False) == (
        "body",
        "Which tea?\nOolong",
    )
    stable = {
        "m.poll": {"question": {"m.text": [{"body": "哪种茶"}]}, "answers": [{"m.text": [{"body": "龙井"}]}]}
    }
    assert searchable_text("m.poll.start", stable, is_state=False) == ("body", "哪种茶\n龙井")
    odds: list[dict[str, object]] = [
        {},
        {"m.poll": []},
        {"m.poll": {"question": 1, "answers": {}}},
        {"body": "no poll"},
    ]
    for odd in odds:
        assert searchable_text("m.poll.start", odd, is_state=False) is None


def test_the_longest_text_is_split_at_once() -> None:
    """G54: splitting is linear."""
    started = time.process_time()
    assert len(words_of("é" * MOST_TEXT)) == 1
    assert len(words_of("茶" * MOST_TEXT)) == MOST_TEXT
    assert time.process_time() - started < 1
