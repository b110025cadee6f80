"""Checks what somebody wants to post, as far as that needs no database, and reads mentions and tags out of it. Pure."""

from dataclasses import dataclass

from teahouse.errors import InvalidParam
from teahouse.microblog.posts.records import Draft, Parts, PollWish
from teahouse.microblog.text.html import render
from teahouse.microblog.text.parsing import length_of, links_in, mentions_in, parse, tags_in

MOST_CHARS = 5000
MOST_SPOILER_CHARS = 500
MOST_MEDIA = 9
MOST_MENTIONS = 50
MOST_TAGS = 30
MOST_POLL_OPTIONS = 8
MOST_OPTION_CHARS = 100
SHORTEST_POLL_S = 300
LONGEST_POLL_S = 2_629_746


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text speaks of: names as (name, host), tags by folded name with how they were written, the first link."""

    names: list[tuple[str, str]]
    tags: dict[str, str]
    link: str | None


def check(draft: Draft, *, has_media: bool) -> None:
    """Raise InvalidParam, in the words that clients know, for what can't be a post."""
    if not draft.text.strip() and not has_media and draft.poll is None and draft.quote_of is None:
        raise InvalidParam("Text can't be blank")
    if length_of(draft.text) + len(draft.spoiler) > MOST_CHARS:
        raise InvalidParam(f"Text character limit of {MOST_CHARS} exceeded")
    if len(draft.spoiler) > MOST_SPOILER_CHARS:
        raise InvalidParam(f"Content warning character limit of {MOST_SPOILER_CHARS} exceeded")
    if len(draft.media_ids) > MOST_MEDIA:
        raise InvalidParam(f"Cannot attach more than {MOST_MEDIA} files")
    if draft.poll is not None:
        check_poll(draft.poll)


def check_poll(poll: PollWish) -> None:
    """Raise InvalidParam for what can't be a poll."""
    options = [option.strip() for option in poll.options]
    if not 2 <= len(options) <= MOST_POLL_OPTIONS:
        raise InvalidParam(f"Options must be 2 to {MOST_POLL_OPTIONS}")
    if any(not option or len(option) > MOST_OPTION_CHARS for option in options):
        raise InvalidParam(f"Options must have 1 to {MOST_OPTION_CHARS} characters")
    if len(set(options)) != len(options):
        raise InvalidParam("Options contain duplicates")
    if not SHORTEST_POLL_S <= poll.expires_in_s <= LONGEST_POLL_S:
        raise InvalidParam(f"Duration must be {SHORTEST_POLL_S} to {LONGEST_POLL_S} seconds")


def read(text: str) -> Reading:
    """Read mentions, tags and the first link out of a text; raises InvalidParam when there are too many."""
    parts = parse(text)
    names = list(dict.fromkeys((one.username, one.host) for one in mentions_in(parts)))
    tags = {tag.name: tag.shown.strip("#") for tag in tags_in(parts)}
    if len(names) > MOST_MENTIONS:
        raise InvalidParam(f"A post may mention at most {MOST_MENTIONS} people")
    if len(tags) > MOST_TAGS:
        raise InvalidParam(f"A post may have at most {MOST_TAGS} tags")
    links = links_in(parts)
    return Reading(names, tags, links[0] if links else None)


def rendered(text: str, parts: Parts, addresses: dict[str, str], public_url: str) -> str:
    """Give the HTML of a post."""
    return render(text, addresses, public_url)
