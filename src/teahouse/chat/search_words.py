"""What of an event search finds, and the made-up words that say where it stands. Pure."""

from collections.abc import Mapping
from hashlib import blake2s
from typing import Any, Final

from teahouse.kernel.words import is_unspaced

KINDS: Final[Mapping[str, str]] = {"content.body": "body", "content.name": "name", "content.topic": "topic"}
"""What may be searched, by the names that the protocol gives it."""

POLL_STARTS: Final = ("m.poll.start", "org.matrix.msc3381.poll.start")
"""The events that begin a poll, which has words but no body (MSC3381)."""
MOST_ANSWERS = 20


def highlights_of(phrases: list[list[str]]) -> list[str]:
    """Give the words to highlight; characters of one unspaced word stay together."""
    found: list[str] = []
    for phrase in phrases:
        run = ""
        for word in phrase:
            if is_unspaced(word):
                run += word
                continue
            found += [run, word] if run else [word]
            run = ""
        if run:
            found.append(run)
    return list(dict.fromkeys(found))


def room_word(room_id: str) -> str:
    """Give the made-up word that stands for a room in the index."""
    return "r" + blake2s(room_id.encode(), digest_size=8).hexdigest()


def kind_word(kind: str) -> str:
    """Give the made-up word that stands for a kind of text (`body`, `name`, `topic`)."""
    return "k" + kind


def searchable_text(event_type: str, content: Mapping[str, Any], *, is_state: bool) -> tuple[str, str] | None:
    """Give the kind and the text by which an event can be found, or None; an edit is found by its new text."""
    if is_state:
        key = {"m.room.name": "name", "m.room.topic": "topic"}.get(event_type)
        text = content.get(key) if key is not None else None
        return (key, text) if key is not None and isinstance(text, str) else None
    relates = content.get("m.relates_to")
    edited = content.get("m.new_content")
    if isinstance(relates, dict) and relates.get("rel_type") == "m.replace" and isinstance(edited, dict):
        content = edited
    if event_type in POLL_STARTS:
        return ("body", text) if (text := _poll_text(content)) else None
    text = content.get("body")
    return ("body", text) if isinstance(text, str) else None


def _poll_text(content: Mapping[str, Any]) -> str:
    """Give the question and the answers of a poll, a line each; what is malformed has no words."""
    poll: Mapping[str, Any] = next(
        (content[key] for key in ("m.poll", *POLL_STARTS) if isinstance(content.get(key), dict)), {}
    )
    answers = poll.get("answers")
    parts = [poll.get("question"), *(answers[:MOST_ANSWERS] if isinstance(answers, list) else [])]
    return "\n".join(words for part in parts if (words := _words_of(part)))


def _words_of(part: object) -> str:
    """Give the plain words of a part: the specification's list of forms, or the proposal's one text."""
    if not isinstance(part, dict):
        return ""
    forms = part.get("m.text")
    listed = [form.get("body") for form in forms if isinstance(form, dict)] if isinstance(forms, list) else []
    found = [*listed, forms, part.get("org.matrix.msc1767.text"), part.get("body")]
    return next((text for text in found if isinstance(text, str)), "")
