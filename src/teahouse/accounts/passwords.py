"""Passwords: Argon2id in threads, a bounded number at once, and which new passwords are taken.

Refuses to know users: it sees a hash and a password. The same time goes by whether or not there is a hash.
"""

import asyncio
import os
import sys
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from teahouse.errors import InvalidParam, LimitExceeded

T = TypeVar("T")

SHORTEST = 8
LONGEST = 128
_COMMON = """
password password1 password12 password123 passw0rd p@ssw0rd p@ssword 12345678 123456789 1234567890
123456789a a123456789 1234567891 87654321 987654321 0987654321 11223344 112233445566 12341234
123123123 123321123 147258369 741852963 789456123 159753456 1q2w3e4r 1q2w3e4r5t 1qaz2wsx qazwsxedc
qwertyui qwertyuiop qwerty123 qwerty1234 qwer1234 asdfghjkl asdf1234 zxcvbnm1 zxcvbnm123 abcd1234
abc12345 abc123456 a1234567 a12345678 aa123456 aa12345678 iloveyou iloveyou1 sunshine princess
football baseball superman batman123 trustno1 letmein1 letmein123 welcome1 welcome123 admin123
admin1234 administrator changeme starwars whatever computer internet michelle jennifer jonathan
samantha charlie1 dragon123 monkey123 football1 shadow123 master123 killer123 pokemon1 nintendo
minecraft fortnite liverpool chelsea1 arsenal1 5201314a 52013140 woaini1314 woaini520 woaini123
zhang123 wang1234 li123456 q1w2e3r4 q1w2e3r4t5 google123 facebook test1234 testtest password!
secret123 default1 guest123 temp1234
"""  # The ones that top every published list of stolen passwords and are long enough.
COMMON_PASSWORDS = frozenset(_COMMON.split())


class Passwords:
    """Hashes and verifies passwords off the loop; with all places taken it refuses instead of piling up."""

    def __init__(self, *, refuse_when_busy: bool = True) -> None:
        cores = os.cpu_count() or 1
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._threads = ThreadPoolExecutor(
            max(1, cores - 1), thread_name_prefix="argon2", initializer=_yield_to_others
        )
        self._places = asyncio.Semaphore(cores * 2)
        self._refuse_when_busy = refuse_when_busy
        self._hash_of_nobody = self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """Give the Argon2id hash with a salt of its own; raises LimitExceeded when too busy."""
        return await self._in_thread(lambda: self._hasher.hash(_normal(password)))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Tell whether the password fits; None as the stored hash takes as long and fits nothing."""
        tried = _normal(password) if len(password) <= 4 * LONGEST else ""
        fits = await self._in_thread(lambda: self._fits(stored or self._hash_of_nobody, tried))
        return fits and stored is not None and bool(tried)

    def is_outdated(self, stored: str) -> bool:
        """Tell whether the hash was made with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _fits(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._refuse_when_busy and self._places.locked():
            raise LimitExceeded("Too many people are signing in right now; try again", retry_after_ms=1000)
        async with self._places:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _yield_to_others() -> None:
    """Let everybody else's requests go before hashing: on Linux a thread has a priority of its own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


def _normal(password: str) -> str:
    return unicodedata.normalize("NFC", password)


def check_length(password: str) -> None:
    """Refuse what nobody may have as a password, not even by an operator's tool: nothing, or too long."""
    if not password:
        raise InvalidParam("The password is empty")
    if len(_normal(password[: 4 * LONGEST])) > LONGEST:
        raise InvalidParam(f"A password may have at most {LONGEST} characters")


def check_new_password(password: str, user_id: str) -> None:
    """Refuse a password that people may not choose: too short, too long, too common, or the user's name."""
    check_length(password)
    plain = _normal(password)
    if len(plain) < SHORTEST:
        raise InvalidParam(f"A password needs at least {SHORTEST} characters", errcode="M_WEAK_PASSWORD")
    folded = plain.casefold()
    is_name = folded in (user_id.casefold(), user_id[1:].partition(":")[0].casefold())
    if folded in COMMON_PASSWORDS or is_name or len(set(folded)) == 1:
        raise InvalidParam("This password is too easy to guess; choose another", errcode="M_WEAK_PASSWORD")
