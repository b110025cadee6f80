"""Whatever is stored and whatever is sent: a verdict in our own words, never another exception."""

import contextlib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from teahouse.chat.auth_rules import PowerLevels, auth_event_keys, check_redaction_allowed
from teahouse.chat.event_format import EventDraft
from teahouse.chat.room_versions import ROOM_VERSIONS
from teahouse.errors import Forbidden

from .room_states import ALICE, BOB, CAROL, CREATE_ID, EVE, Held, RoomState, refusal_of

USERS = [ALICE, BOB, CAROL, EVE]
TYPES = [
    "m.room.create",
    "m.room.member",
    "m.room.power_levels",
    "m.room.join_rules",
    "m.room.third_party_invite",
    "m.room.redaction",
    "m.room.message",
]
KEYS = [
    *("membership", "join_rule", "users", "events", "notifications", "ban", "kick", "invite", "redact"),
    *("users_default", "events_default", "state_default", "creator", "additional_creators", "room_version"),
    *("m.federate", "third_party_invite", "signed", "mxid", "token", "signatures", "public_key"),
    *("public_keys", "join_authorised_via_users_server", "allow", "room", *USERS, *TYPES),
]
WORDS = [
    *(
        "join",
        "invite",
        "leave",
        "ban",
        "knock",
        "public",
        "restricted",
        "knock_restricted",
        "10",
        "11",
        "12",
    ),
    *USERS,
]

garbage = st.recursive(
    st.sampled_from(WORDS)
    | st.none()
    | st.booleans()
    | st.integers(-5, 105)
    | st.integers()
    | st.floats()
    | st.text(max_size=4)
    | st.binary(max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3) | st.integers(), inner, max_size=5)
    ),
    max_leaves=15,
)
objects = st.dictionaries(st.sampled_from(KEYS), garbage, max_size=6)
contents = objects | garbage
state_keys = st.sampled_from(["", *USERS]) | st.text(max_size=4)
states = st.builds(
    RoomState,
    st.sampled_from(list(ROOM_VERSIONS.values())),
    st.dictionaries(
        st.tuples(st.sampled_from(TYPES), state_keys),
        st.builds(Held, st.just(CREATE_ID), st.sampled_from(USERS), contents),
        max_size=8,
    ),
)
drafts = st.builds(
    EventDraft,
    room_id=st.sampled_from([None, "!" + CREATE_ID[1:], "!room:tea.example"]) | st.text(max_size=3),
    sender=st.sampled_from(USERS) | st.text(max_size=3),
    type=st.sampled_from(TYPES) | st.text(max_size=4),
    state_key=st.none() | state_keys,
    content=contents,
    prev_events=st.sampled_from([(), (CREATE_ID,), ("$x",), (CREATE_ID, "$x")]),
)


@settings(max_examples=600)
@given(states, drafts)
def test_the_verdict_on_garbage_is_yes_or_a_refusal_in_our_words(state: RoomState, draft: EventDraft) -> None:
    refusal_of(state, draft)  # Lets no other exception pass.


@settings(max_examples=300)
@given(states, drafts, st.sampled_from(USERS))
def test_a_room_full_of_garbage_around_a_real_member_behaves_too(
    state: RoomState, draft: EventDraft, user: str
) -> None:
    version = state.version
    state.put("m.room.create", {"room_version": version.id, "creator": ALICE}).member(user, "join")
    wish: Any = EventDraft(
        room_id=state.room_id, sender=user, type=draft.type, state_key=draft.state_key, content=draft.content
    )
    refusal_of(state, wish)  # Lets no other exception pass.
    levels = PowerLevels(version, state)
    assert type(levels.user_level(user)) is type(levels.required(draft.type, True)) is int


@given(states, drafts)
def test_what_is_cited_are_distinct_pairs_of_text(state: RoomState, draft: EventDraft) -> None:
    cited = auth_event_keys(state.version, draft)
    assert len(set(cited)) == len(cited) <= 10
    assert all(isinstance(kind, str) and isinstance(key, str) for kind, key in cited)


@given(states, st.sampled_from(USERS), st.sampled_from(USERS))
def test_redacting_in_a_forged_room_is_allowed_or_forbidden(state: RoomState, by: str, of: str) -> None:
    with contextlib.suppress(Forbidden):
        check_redaction_allowed(state.version, state, by, of)
