"""Every route has exactly one guard and its line in the reference; every specified pair is known."""

import importlib.util
import re
import sys
from types import ModuleType

import pytest

from teahouse.kernel.http import admin_only, maybe_signed_in, open_to_all, signed_in, signed_in_or_locked
from tests.house.sources import ROOT

GRANTS = re.compile(r"(maybe_)?requires( [a-z:]+( or [a-z:]+)*)( of an administrator)?|requires_app.*")
GUARDS = {
    guard.__name__ for guard in (admin_only, maybe_signed_in, open_to_all, signed_in, signed_in_or_locked)
}


@pytest.fixture(scope="module")
def endpoints() -> ModuleType:
    """The script that compares the routes with the specification."""
    spec = importlib.util.spec_from_file_location("endpoints", ROOT / "scripts" / "endpoints.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["endpoints"] = module
    spec.loader.exec_module(module)
    return module


def test_every_route_has_exactly_one_guard(endpoints: ModuleType) -> None:
    wrong = [
        one
        for one in endpoints.served()
        if len(one.access) != 1 or (one.access[0] not in GUARDS and not GRANTS.fullmatch(one.access[0]))
    ]
    assert not wrong


def test_every_route_is_in_the_reference(endpoints: ModuleType) -> None:
    page = (ROOT / "docs" / "reference" / "client-server-api.md").read_text()
    shapes = {endpoints.shape(word) for word in page.split("`") if word.startswith("/")}
    assert not [one for one in endpoints.served() if endpoints.shape(one.path) not in shapes]


def test_the_list_of_the_specification_is_whole(endpoints: ModuleType) -> None:
    pairs = endpoints.specified()
    assert len(pairs) == 164
    assert len({(method, endpoints.shape(path)) for method, path, _ in pairs}) == 164
