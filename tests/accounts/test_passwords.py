"""G43: passwords are hashed with Argon2id, a bounded number at once, and weak ones are refused."""

import asyncio
import os
from pathlib import Path

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from teahouse.accounts.passwords import Passwords, check_new_password
from teahouse.accounts.records import NewDevice
from teahouse.app import open_services
from teahouse.config import load
from teahouse.errors import InvalidParam, LimitExceeded
from tests.server_process import CLUSTER, _make_database

USER = "@longleaf:example.org"


async def test_the_hash_is_argon2id_with_its_own_salt_and_the_promised_cost() -> None:
    passwords = Passwords()
    first, second = await passwords.hash("oolong and rain"), await passwords.hash("oolong and rain")
    cost = extract_parameters(first)
    assert first != second
    assert (cost.type, cost.time_cost, cost.parallelism) == (Type.ID, 2, 1)
    assert cost.memory_cost >= 19 * 1024
    passwords.close()


async def test_the_same_letters_in_another_unicode_form_are_the_same_password() -> None:
    passwords = Passwords()
    stored = await passwords.hash("cafe\u0301 au lait")
    assert await passwords.verify(stored, "caf\u00e9 au lait")
    assert not await passwords.verify(stored, "cafe au lait")
    assert not await passwords.verify(None, "caf\u00e9 au lait")
    assert not await passwords.verify(stored, "x" * 100_000)
    passwords.close()


async def test_a_weaker_hash_is_known_as_outdated() -> None:
    passwords = Passwords()
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash("oolong and rain")
    assert passwords.is_outdated(weak)
    assert not passwords.is_outdated(await passwords.hash("oolong and rain"))
    passwords.close()


async def test_too_many_at_once_are_refused_instead_of_piling_up() -> None:
    passwords = Passwords()
    places = (os.cpu_count() or 1) * 2
    tries = [passwords.hash("oolong and rain") for _ in range(places + 3)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, LimitExceeded)]
    assert len(refused) == 3
    assert sum(isinstance(outcome, str) for outcome in outcomes) == places
    passwords.close()


@pytest.mark.parametrize("password", ["short", "1234567", "password", "PassWord1", "aaaaaaaaaa", "longleaf"])
def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(InvalidParam) as caught:
        check_new_password(password, USER)
    assert caught.value.errcode == "M_WEAK_PASSWORD"


@pytest.mark.parametrize("password", ["x" * 127 + "yz", "", "茶" * 200])
def test_an_impossible_password_is_refused(password: str) -> None:
    with pytest.raises(InvalidParam) as caught:
        check_new_password(password, USER)
    assert caught.value.errcode == "M_INVALID_PARAM"


@pytest.mark.parametrize("password", ["oolong and rain", "春眠不覚暁処処聞啼鳥", "x" * 120 + "yz345678"])
def test_a_good_password_is_taken(password: str) -> None:
    check_new_password(password, USER)


async def test_no_session_that_began_with_the_old_password_outlives_a_new_one(tmp_path: Path) -> None:
    chosen: dict[str, object] = {"data": tmp_path, "rate_limits.enabled": False}
    if CLUSTER:
        chosen["database"] = await _make_database(CLUSTER)
    async with open_services(load(None, {}, chosen)) as services:
        accounts = services.accounts
        user_id = (await accounts.create_user("longleaf", "oolong and rain 0")).user_id
        for turn in range(2):
            # Checking the old one begins before the new one is kept, and ends after it.
            old = accounts.login.log_in(user_id, f"oolong and rain {turn}", NewDevice(), "127.0.0.1")
            new = accounts.reset_password(user_id, f"oolong and rain {turn + 1}")
            await asyncio.gather(new, old, return_exceptions=True)
            assert await accounts.devices.list(user_id) == []
        assert (await accounts.login.log_in(user_id, "oolong and rain 2", NewDevice(), "127.0.0.1")).device_id
