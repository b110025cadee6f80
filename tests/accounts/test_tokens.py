"""Access and refresh tokens: hashing, expiry, rotation, and the end of a family (G44, G45, G46)."""

import asyncio

import pytest

from teahouse.accounts import store_users
from teahouse.accounts.records import Issued, NewDevice
from teahouse.accounts.tokens import ACCESS_TOKEN_LIFETIME_MS, Tokens
from teahouse.errors import Unauthenticated
from teahouse.kernel.storage import Database, Tx
from teahouse.kernel.stream import Fact
from tests.accounts.conftest import SetClock

ALICE = "@alice:example.org"
TABLES = ("access_tokens", "refresh_tokens", "devices", "users")


async def signed_in(db: Database, tokens: Tokens, device: NewDevice) -> Issued:
    """Make alice, once, and sign her in."""

    async def job(tx: Tx) -> Issued:
        await store_users.insert_user(tx, ALICE, None, is_admin=False, now_ms=0)
        return await tokens.issue(tx, ALICE, device)

    return await db.write(job)


async def refused(tokens: Tokens, token: str) -> bool:
    """Check that the token is refused and tell whether softly."""
    with pytest.raises(Unauthenticated) as caught:
        await tokens.authenticate(token)
    return bool(caught.value.fields["soft_logout"])


async def test_a_copy_of_the_database_holds_no_usable_token(db: Database, clock: SetClock) -> None:
    issued = await signed_in(db, Tokens(db, clock), NewDevice("PHONE", None, wants_refresh=True))

    async def dump(tx: Tx) -> str:
        return repr([await tx.fetch_all(f"SELECT * FROM {table}") for table in TABLES])  # noqa: S608

    text = await db.read(dump)
    assert "PHONE" in text
    assert issued.refresh_token is not None
    for token in (issued.access_token, issued.refresh_token):
        assert len(token) >= 43
        assert token not in text
        assert token[4:] not in text


async def test_an_expired_token_logs_out_softly_and_a_deleted_one_for_good(
    db: Database, clock: SetClock
) -> None:
    tokens = Tokens(db, clock)
    issued = await signed_in(db, tokens, NewDevice("PHONE", None, wants_refresh=True))
    assert issued.expires_in_ms == ACCESS_TOKEN_LIFETIME_MS
    assert (await tokens.authenticate(issued.access_token)).device_id == "PHONE"
    clock.forward(ACCESS_TOKEN_LIFETIME_MS / 1000)
    assert await refused(tokens, issued.access_token) is True
    await db.write(lambda tx: tokens.end(tx, ALICE, ["PHONE"]))
    assert await refused(tokens, issued.access_token) is False


async def test_a_token_without_refresh_never_expires(db: Database, clock: SetClock) -> None:
    tokens = Tokens(db, clock)
    issued = await signed_in(db, tokens, NewDevice("PHONE"))
    clock.forward(10 * 365 * 86_400)
    assert (await tokens.authenticate(issued.access_token)).user_id == ALICE
    assert issued.refresh_token is None


async def test_the_old_pair_works_until_the_new_one_is_used(db: Database, clock: SetClock) -> None:
    tokens = Tokens(db, clock)
    old = await signed_in(db, tokens, NewDevice("PHONE", None, wants_refresh=True))
    lost = await tokens.refresh(old.refresh_token or "")
    new = await tokens.refresh(old.refresh_token or "")
    assert (await tokens.authenticate(old.access_token)).device_id == "PHONE"
    assert await refused(tokens, lost.access_token) is False
    assert (await tokens.authenticate(new.access_token)).device_id == "PHONE"
    assert await refused(tokens, old.access_token) is False


async def test_a_refresh_token_used_after_its_successor_ends_the_family(
    db: Database, clock: SetClock
) -> None:
    tokens = Tokens(db, clock)
    stolen = await signed_in(db, tokens, NewDevice("PHONE", None, wants_refresh=True))
    tablet = await signed_in(db, tokens, NewDevice("TABLET"))
    newer = await tokens.refresh(stolen.refresh_token or "")
    newest = await tokens.refresh(newer.refresh_token or "")
    await tokens.authenticate(newest.access_token)
    with pytest.raises(Unauthenticated):
        await tokens.refresh(stolen.refresh_token or "")
    assert await refused(tokens, newest.access_token) is False
    with pytest.raises(Unauthenticated):
        await tokens.refresh(newest.refresh_token or "")
    assert (await tokens.authenticate(tablet.access_token)).device_id == "TABLET"


async def test_the_end_of_a_token_is_announced_with_its_id(db: Database, clock: SetClock) -> None:
    tokens = Tokens(db, clock)
    issued = await signed_in(db, tokens, NewDevice("PHONE"))
    scope = await tokens.authenticate(issued.access_token)
    heard: list[Fact] = []
    db.doorbell.listen(heard.extend)
    await db.write(lambda tx: tokens.end(tx, ALICE, ["PHONE"]))
    ended = [fact for fact in heard if fact.kind == "token_revoked"]
    assert [(fact.user_id, fact.body) for fact in ended] == [(ALICE, frozenset({scope.token_id}))]


async def test_a_token_that_ends_while_it_is_read_does_not_stay_in_memory(
    db: Database, clock: SetClock
) -> None:
    tokens = Tokens(db, clock)
    for _ in range(20):
        issued = await signed_in(db, tokens, NewDevice("PHONE"))
        await asyncio.gather(
            tokens.authenticate(issued.access_token),
            db.write(lambda tx: tokens.end(tx, ALICE, ["PHONE"])),
            return_exceptions=True,
        )
        assert await refused(tokens, issued.access_token) is False


async def test_sightings_are_written_once_a_minute_and_shown_at_once(db: Database, clock: SetClock) -> None:
    tokens = Tokens(db, clock)
    issued = await signed_in(db, tokens, NewDevice("PHONE"))
    await tokens.authenticate(issued.access_token, "192.0.2.1")
    await tokens.flush_seen()
    for _ in range(5):
        clock.forward(1)
        await tokens.authenticate(issued.access_token, "192.0.2.7")
    assert tokens.last_seen(ALICE, "PHONE") == (clock.now_ms(), "192.0.2.7")
    stored = await db.read(lambda tx: tx.fetch_one("SELECT last_seen_ts, last_seen_ip FROM devices"))
    assert stored == (clock.now_ms() - 5000, "192.0.2.1")
    await tokens.flush_seen()
    stored = await db.read(lambda tx: tx.fetch_one("SELECT last_seen_ts, last_seen_ip FROM devices"))
    assert stored == (clock.now_ms(), "192.0.2.7")
    assert tokens.last_seen(ALICE, "PHONE") is None
