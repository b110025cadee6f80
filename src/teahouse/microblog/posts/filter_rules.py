"""Whether a post is what somebody does not want to see. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from teahouse.microblog.entities.forms import maybe_timestamp
from teahouse.microblog.entities.statuses import Filter, FilterKeyword, FilterResult, FilterStatus
from teahouse.microblog.posts.filter_words import Subject
from teahouse.microblog.posts.store_filters import FilterRow

CONTEXTS = ("home", "notifications", "public", "thread", "account")
ANY_CONTEXT = "*"
"""For a post that is answered alone: the app knows where it shows it, and looks at the filter's contexts itself."""
ACTIONS = ("warn", "hide", "blur")


def shown_filter(row: FilterRow) -> Filter:
    """Give a filter as its owner sees it."""
    return Filter(
        id=str(row.id),
        title=row.title,
        context=row.contexts,
        expires_at=maybe_timestamp(row.expires_ts),
        filter_action=row.action,
        keywords=[FilterKeyword(str(word.id), word.keyword, word.whole_word) for word in row.keywords],
        statuses=[FilterStatus(str(number), str(status)) for number, status in row.statuses],
    )


def results(
    rows: Sequence[FilterRow], context: str, now_ms: int, status_id: int, text: str
) -> list[FilterResult]:
    """Give the filters that a post meets in a context, with what they met."""
    met = []
    subject = Subject(text)
    for row in rows:
        if context not in (ANY_CONTEXT, *row.contexts) or (
            row.expires_ts is not None and row.expires_ts <= now_ms
        ):
            continue
        words = [word.keyword for word in row.keywords if subject.holds(word.needle)]
        named = [str(status) for _, status in row.statuses if status == status_id]
        if words or named:
            # What was met is told; all that might have been, a page of posts would repeat for each.
            shown = shown_filter(replace(row, keywords=[], statuses=[]))
            met.append(FilterResult(shown, words or None, named))
    return met
