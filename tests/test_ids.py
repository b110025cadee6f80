"""The grammar of identifiers, from the specification's appendices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teahouse import ids
from teahouse.errors import InvalidParam
from teahouse.ids import ServerName

HERE = ServerName("tea.example")
CHECKS = (ids.is_server_name, ids.is_user_id, ids.is_room_id, ids.is_room_alias, ids.is_event_id)


@pytest.mark.parametrize(
    "name",
    [
        "matrix.org",
        "matrix.org:8888",
        "1.2.3.4",
        "1.2.3.4:1234",
        "[1234:5678::abcd]",
        "[1234:5678::abcd]:5678",
    ],
)
def test_the_specifications_server_names_are_accepted(name: str) -> None:
    assert ids.is_server_name(name)
    assert ids.parse_server_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", "a b", "a_b", "host:", "host:123456", "[::1", "::1", "host\n", "höst", "a/b", "a:b", None, 7, ["x"]],
)
def test_other_things_are_no_server_name(name: object) -> None:
    with pytest.raises(InvalidParam):
        ids.parse_server_name(name)


@pytest.mark.parametrize(
    "user", ["@al:tea.example", "@a/b+c=d._-:h:1", "@Old Näme 茶:h", "@:h", "@x:[::1]:80"]
)
def test_user_ids_of_today_and_of_old_are_accepted(user: str) -> None:
    assert ids.parse_user_id(user) == user


@pytest.mark.parametrize(
    "user",
    [
        "alice",
        "@alice",
        "@alice:",
        "alice:h",
        "@a\x00b:h",
        "@a\ud800:h",
        "@a:h\n",
        "@a:h:1:2",
        "",
        "@",
        "#a:h",
    ],
)
def test_broken_user_ids_are_refused(user: str) -> None:
    with pytest.raises(InvalidParam):
        ids.parse_user_id(user)


def test_the_limit_of_255_counts_bytes_not_characters() -> None:
    assert ids.is_user_id("@" + "a" * 252 + ":h")
    assert not ids.is_user_id("@" + "a" * 253 + ":h")
    assert ids.is_user_id("@" + "茶" * 84 + ":h")
    assert not ids.is_user_id("@" + "茶" * 85 + ":h")


def test_room_ids_have_a_server_or_are_a_hash() -> None:
    assert ids.is_room_id("!abc:tea.example")
    assert ids.parse_room_id("!" + "aZ-_" * 10 + "abc") == "!" + "aZ-_" * 10 + "abc"
    for broken in (
        "!abc",
        "!" + "a" * 42,
        "!" + "a" * 44,
        "!:h",
        "abc:h",
        "!a\x00:h",
        "!" + "a" * 254 + ":h",
    ):
        with pytest.raises(InvalidParam):
            ids.parse_room_id(broken)


def test_aliases_need_a_name_and_a_server() -> None:
    assert ids.parse_room_alias("#茶馆:tea.example") == "#茶馆:tea.example"
    for broken in ("#:h", "#a", "a:h", "#a\x00:h", "#a:h:h", "#" + "茶" * 85 + ":h"):
        with pytest.raises(InvalidParam):
            ids.parse_room_alias(broken)


def test_event_ids_start_with_a_dollar() -> None:
    assert ids.parse_event_id("$abc") == "$abc"
    assert ids.parse_event_id("$abc:server") == "$abc:server"
    for broken in ("$", "abc", "$a\x00", "$" + "a" * 255, "$\udfff"):
        with pytest.raises(InvalidParam):
            ids.parse_event_id(broken)


def test_a_new_account_gets_only_a_name_of_the_narrow_grammar() -> None:
    assert ids.make_user_id("bob.o'neil".replace("'", "_"), HERE) == "@bob.o_neil:tea.example"
    for broken in ("", "Bob", "b b", "b:c", "茶", "a\n", "a\x00", None, 5, "a" * 250):
        with pytest.raises(InvalidParam) as caught:
            ids.make_user_id(broken, HERE)
        assert caught.value.errcode == "M_INVALID_USERNAME"


def test_an_id_splits_at_its_first_colon() -> None:
    assert ids.localpart_of("@alice:tea.example:8448") == "alice"
    assert ids.server_of("@alice:tea.example:8448") == "tea.example:8448"
    assert ids.server_of("!hash") == ""


def test_random_names_differ_and_keep_their_form() -> None:
    assert len({ids.new_access_token() for _ in range(200)}) == 200
    assert len({ids.new_room_localpart() for _ in range(200)}) == 200
    assert ids.is_room_id(f"!{ids.new_room_localpart()}:{HERE}")
    device = ids.new_device_id()
    assert len(device) == 10
    assert device.isupper()
    assert ids.new_access_token().startswith("tea_")
    assert ids.new_refresh_token().startswith("ter_")


@given(st.text() | st.integers() | st.none() | st.lists(st.text()) | st.binary())
def test_no_value_makes_a_check_fail_with_an_exception(value: object) -> None:
    for check in CHECKS:
        assert check(value) in (True, False)
    assert ids.is_localpart(value) in (True, False)
