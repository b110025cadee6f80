"""Parameters of the Mastodon API: many spellings, one meaning."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from teahouse.errors import BadJson, InvalidParam
from teahouse.kernel.http.params import as_struct, place_all


class Poll(msgspec.Struct):
    options: list[str] = []
    multiple: bool = False


class Field(msgspec.Struct):
    name: str = ""
    value: str = ""


class Form(msgspec.Struct):
    status: str | None = None
    media_ids: list[str] = []
    poll: Poll | None = None
    fields_attributes: list[Field] = []
    sensitive: bool | msgspec.UnsetType = msgspec.UNSET
    limit: int | None = None


def read(*pairs: tuple[str, Any], json: dict[str, Any] | None = None) -> Form:
    """Read a form of pairs, or of a JSON object, as the routes do."""
    found: dict[str, Any] = {}
    place_all(found, pairs)
    place_all(found, (json or {}).items(), over=True)
    return as_struct(found, Form)


@pytest.mark.parametrize(
    "form",
    [
        read(("media_ids[]", "1"), ("media_ids[]", "2")),
        read(("media_ids", "1"), ("media_ids", "2")),
        read(("media_ids[0]", "1"), ("media_ids[1]", "2")),
        read(json={"media_ids": ["1", "2"]}),
        read(json={"media_ids[]": ["1", "2"]}),
        read(json={"media_ids": [1, 2]}),
        read(json={"media_ids": {"0": "1", "1": "2"}}),
    ],
)
def test_every_spelling_of_a_list_means_the_list(form: Form) -> None:
    assert form.media_ids == ["1", "2"]


def test_structures_are_read_from_brackets_and_from_json() -> None:
    spelled = read(("poll[options][]", "oolong"), ("poll[options][]", "sencha"), ("poll[multiple]", "on"))
    assert spelled.poll == Poll(["oolong", "sencha"], True)
    assert read(json={"poll": {"options": ["oolong", "sencha"], "multiple": True}}).poll == spelled.poll


def test_lists_of_structures_are_numbered_or_in_turn() -> None:
    wanted = [Field("site", "a"), Field("tea", "b")]
    numbered = [(f"fields_attributes[{n}][{key}]", v) for n, key, v in (
        (0, "name", "site"), (0, "value", "a"), (1, "name", "tea"), (1, "value", "b"))]  # fmt: skip
    in_turn = [(f"fields_attributes[][{key}]", v) for key, v in (
        ("name", "site"), ("value", "a"), ("name", "tea"), ("value", "b"))]  # fmt: skip
    assert read(*numbered).fields_attributes == wanted
    assert read(*in_turn).fields_attributes == wanted
    assert (
        read(json={"fields_attributes": {"0": {"name": "site", "value": "a"}}}).fields_attributes
        == wanted[:1]
    )


@pytest.mark.parametrize("said", ["true", "1", "on", "True", True, 1])
def test_truth_has_many_spellings(said: Any) -> None:
    assert read(json={"sensitive": said}).sensitive is True


def test_what_is_absent_stays_unset_and_what_is_unknown_is_ignored() -> None:
    form = read(("is_admin", "true"), ("limit", ""))
    assert form == Form()
    assert form.sensitive is msgspec.UNSET


def test_parts_that_a_form_calls_undefined_are_unset() -> None:
    assert read(("poll", "undefined"), ("status", "undefined")) == Form(status="undefined")


def test_json_goes_over_the_query() -> None:
    assert read(("status", "query"), json={"status": "body"}).status == "body"


@pytest.mark.parametrize(
    "wrong", [{"limit": "many"}, {"poll": "x"}, {"sensitive": "perhaps"}, {"status": {}}]
)
def test_what_does_not_fit_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadJson):
        read(json=wrong)


@pytest.mark.parametrize("place", ["9" * 5000, "²", "٣", "-1", "x"])
def test_what_names_no_place_in_a_list_is_refused(place: str) -> None:
    with pytest.raises(BadJson):
        read((f"media_ids[{place}]", "1"))


def test_nesting_is_bounded() -> None:
    with pytest.raises(InvalidParam):
        read(("a" + "[b]" * 30, "x"))
