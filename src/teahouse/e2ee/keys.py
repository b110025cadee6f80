"""Device keys: uploading, reading, and handing out one-time keys, each exactly once and the oldest first.

Specification: "Device keys", "One-time and fallback keys". A fallback key is given when no one-time key is left,
as often as asked; that it was used is told to its device.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import orjson

from teahouse.accounts import Accounts
from teahouse.e2ee import forms, store_signing
from teahouse.e2ee import store_keys as store
from teahouse.e2ee.changes import KeyChanges
from teahouse.e2ee.device_cache import Device, DeviceCache
from teahouse.errors import BadJson, Conflict, InvalidParam
from teahouse.ids import parse_user_id
from teahouse.kernel.http import JsonObject, Scope
from teahouse.kernel.signing import is_signed_by
from teahouse.kernel.storage import Database, Tx
from teahouse.kernel.stream import Fact

MOST_ONE_TIME_KEYS = 1000
MOST_ALGORITHMS = 10
MOST_USERS = 2000
ALWAYS_COUNTED = "signed_curve25519"
KINDS = {
    "master": "master_keys",
    "self_signing": "self_signing_keys",
    "user_signing": "user_signing_keys",
}


@dataclass(frozen=True, slots=True)
class Upload:
    """What a device publishes, checked: its identity keys as they are kept, others by algorithm and id."""

    identity: str | None = None
    one_time: dict[tuple[str, str], str] = field(default_factory=dict)
    fallback: dict[tuple[str, str], str] = field(default_factory=dict)


class Keys:
    """What devices publish; `counts` keeps by device what each sync tells of its one-time and fallback keys."""

    def __init__(self, db: Database, accounts: Accounts, changes: KeyChanges) -> None:
        self._db = db
        self._accounts = accounts
        self._changes = changes
        self.counts: DeviceCache[bytes] = DeviceCache(db, _counts, 50_000)

    async def upload(self, caller: Scope, body: JsonObject) -> JsonObject:
        """Take in device keys, one-time keys and fallback keys, all or nothing; give the counts.

        Raises what `read_upload` and `upload_in` raise.
        """
        owner = (caller.user_id, caller.device_id)
        upload = read_upload(owner, body)
        if upload == Upload():
            counts = await self._db.read(lambda tx: store.count_one_time_keys(tx, *owner))
        else:
            counts = await self._db.write(lambda tx: self.upload_in(tx, owner, upload))
        return {"one_time_key_counts": {ALWAYS_COUNTED: 0, **counts}}

    async def upload_in(self, tx: Tx, owner: Device, upload: Upload) -> dict[str, int]:
        """Keep what was uploaded and count the one-time keys, inside a write.

        Raises InvalidParam for too many keys, and (400 M_UNKNOWN) for another one-time key under a known id.
        """
        if upload.identity is not None:
            await self._put_identity(tx, owner, upload.identity)
        if upload.one_time:
            await _add_one_time(tx, owner, upload.one_time)
        if upload.fallback:
            await _put_fallback(tx, owner, upload.fallback)
        if upload.one_time or upload.fallback:
            tx.after_commit(lambda: self.counts.forget(owner))
        return await store.count_one_time_keys(tx, *owner)

    async def _put_identity(self, tx: Tx, owner: Device, identity: str) -> None:
        before = await store.find_device_keys(tx, *owner)
        if before == identity:
            return
        if before is not None and _public_keys(before) != _public_keys(identity):
            # A device that began anew: nobody could use what its former keys signed, or what signed them.
            await store.delete_keys_of_devices(tx, owner[0], [owner[1]])
            tx.after_commit(lambda: self.counts.forget(owner))
        await store.put_device_keys(tx, *owner, identity)
        await self._changes.mark(tx, owner[0])

    async def query(self, caller: Scope, wanted: dict[str, list[str]]) -> JsonObject:
        """Give the device keys of the users (an empty list means all devices) and their cross-signing keys.

        Everybody of this server gets an entry: apps ask for ever again for whom they get none, and nobody learns
        which names are taken. Other servers are told as failures.
        """
        failures = self._out_of_reach(wanted)

        async def job(tx: Tx) -> JsonObject:
            signatures = await store_signing.signatures_for(tx, wanted, caller.user_id)
            names = await self._accounts.device_names_in(tx, wanted)
            devices: dict[str, JsonObject] = {user: {} for user in wanted if self._is_ours(user)}
            for user_id, device_id, keys in await store.device_keys_of(tx, wanted):
                if wanted[user_id] and device_id not in wanted[user_id]:
                    continue
                shown = _with_signatures(keys, signatures.get((user_id, device_id), ()))
                name = names.get(user_id, {}).get(device_id)
                shown["unsigned"] = {"device_display_name": name} if name else {}
                devices.setdefault(user_id, {})[device_id] = shown
            answer: JsonObject = {"device_keys": devices, "failures": failures}
            answer |= {field: {} for field in KINDS.values()}
            for user_id, kinds in (await store_signing.cross_signing_keys_of(tx, wanted)).items():
                for kind, (public_key, key) in kinds.items():
                    if kind != "user_signing" or user_id == caller.user_id:
                        shown = _with_signatures(key, signatures.get((user_id, public_key), ()))
                        answer[KINDS[kind]][user_id] = shown
            return answer

        return await self._db.read(job)

    async def claim(self, wanted: dict[str, dict[str, str]]) -> JsonObject:
        """Give one key of each device and algorithm that is asked for, where the device has any left."""
        failures = self._out_of_reach(wanted)

        async def job(tx: Tx) -> JsonObject:
            found: dict[str, dict[str, JsonObject]] = {}
            for user_id, devices in wanted.items():
                for device_id, algorithm in devices.items():
                    key = await self._take(tx, (user_id, device_id), algorithm)
                    if key is not None:
                        found.setdefault(user_id, {})[device_id] = key
            return {"one_time_keys": found, "failures": failures}

        return await self._db.write(job)

    def _is_ours(self, user_id: str) -> bool:
        return user_id.startswith("@") and user_id.partition(":")[2] == self._accounts.config.server_name

    def _out_of_reach(self, user_ids: Collection[str]) -> JsonObject:
        """Give a failure for each other server among the users; raises InvalidParam for what names no user."""
        if len(user_ids) > MOST_USERS:
            raise InvalidParam(f"At most {MOST_USERS} users at once")
        servers = {
            parse_user_id(user_id).partition(":")[2] for user_id in user_ids if not self._is_ours(user_id)
        }
        return {
            server: {"errcode": "M_UNKNOWN", "error": "This server does not talk to other servers"}
            for server in servers
        }

    async def _take(self, tx: Tx, owner: tuple[str, str], algorithm: str) -> JsonObject | None:
        taken = await store.take_one_time_key(tx, *owner, algorithm)
        changed = taken is not None
        if taken is None:
            fallback = await store.use_fallback_key(tx, *owner, algorithm)
            if fallback is None:
                return None
            taken, changed = fallback[:2], fallback[2]
        if changed:
            tx.after_commit(lambda: self.counts.forget(owner))
            tx.announce(Fact(tx.next_position(), "one_time_keys", user_id=owner[0], body=owner[1]))
        key_id, key = taken
        return {f"{algorithm}:{key_id}": orjson.loads(key)}

    async def forget_devices(self, tx: Tx, user_id: str, device_ids: list[str]) -> None:
        """Forget the keys of deleted devices inside the write that deletes them."""
        if await store.delete_keys_of_devices(tx, user_id, device_ids):
            await self._changes.mark(tx, user_id)
        for device_id in device_ids:
            tx.after_commit(lambda owner=(user_id, device_id): self.counts.forget(owner))  # type: ignore[misc]


async def _counts(tx: Tx, user_id: str, device_id: str) -> bytes:
    """Word the counts as the last members of a sync answer."""
    counts = await store.count_one_time_keys(tx, user_id, device_id)
    fallback = await store.fallback_keys_of(tx, user_id, device_id)
    unused = [algorithm for algorithm, (_, _, used) in fallback.items() if not used]
    return b',"device_one_time_keys_count":%b,"device_unused_fallback_key_types":%b' % (
        orjson.dumps({ALWAYS_COUNTED: 0, **counts}),
        orjson.dumps(unused),
    )


def read_upload(owner: Device, body: JsonObject) -> Upload:
    """Check what a device uploads.

    Raises BadJson, InvalidParam, and (400 M_INVALID_SIGNATURE) for device keys that the device did not sign.
    """
    return Upload(
        _identity(owner, body.get("device_keys")),
        _named_keys(body.get("one_time_keys"), MOST_ONE_TIME_KEYS),
        _named_keys(body.get("fallback_keys"), MOST_ALGORITHMS),
    )


def _identity(owner: Device, given: Any) -> str | None:
    """Check device keys and give them as they are kept."""
    if given is None:
        return None
    keys = forms.an_object(given, "device_keys")
    if (keys.get("user_id"), keys.get("device_id")) != owner:
        raise InvalidParam("device_keys must name the user and device that upload them")
    algorithms = keys.get("algorithms")
    if not isinstance(algorithms, list) or not all(isinstance(name, str) for name in algorithms):
        raise BadJson("device_keys must list the algorithms")
    public = forms.an_object(keys.get("keys"), "device_keys.keys")
    if not is_signed_by(keys, public.get(f"ed25519:{owner[1]}")):
        raise InvalidParam("device_keys must be signed by the device itself", errcode="M_INVALID_SIGNATURE")
    kept = {name: value for name, value in keys.items() if name != "unsigned"}
    return forms.bounded(kept)


def _public_keys(identity: str) -> Any:
    return orjson.loads(identity)["keys"]


def _named_keys(given: Any, most: int) -> dict[tuple[str, str], str]:
    keys = forms.an_object(given or {}, "The keys")
    if len(keys) > most:
        raise InvalidParam(f"At most {most} keys at once")
    return {forms.key_name(name): forms.key_text(key) for name, key in keys.items()}


async def _add_one_time(tx: Tx, owner: tuple[str, str], keys: dict[tuple[str, str], str]) -> None:
    """Keep the keys that are new; one that is known, spent or not, must be the same."""
    known = await store.one_time_keys_named(tx, *owner, [key_id for _, key_id in keys])
    fresh: dict[str, list[tuple[str, str]]] = {}
    for (algorithm, key_id), key in keys.items():
        before = known.get((algorithm, key_id))
        if before is None:
            fresh.setdefault(algorithm, []).append((key_id, key))
        elif not _same_key(before[0], key):
            # Apps know this case by the first words.
            raise Conflict(f"One time key {algorithm}:{key_id} already exists, and it is another one")
    counts = await store.count_one_time_keys(tx, *owner)
    added = sum(map(len, fresh.values()))
    if len({*counts, *fresh}) > MOST_ALGORITHMS or sum(counts.values()) + added > MOST_ONE_TIME_KEYS:
        raise InvalidParam(f"A device may have at most {MOST_ONE_TIME_KEYS} one-time keys")
    for algorithm, pairs in fresh.items():
        await store.add_one_time_keys(tx, *owner, algorithm, pairs)


async def _put_fallback(tx: Tx, owner: tuple[str, str], keys: dict[tuple[str, str], str]) -> None:
    known = await store.fallback_keys_of(tx, *owner)
    if len({*known, *(algorithm for algorithm, _ in keys)}) > MOST_ALGORITHMS:
        raise InvalidParam(f"A device may have fallback keys of at most {MOST_ALGORITHMS} algorithms")
    for (algorithm, key_id), key in keys.items():
        before = known.get(algorithm)
        if before is None or before[0] != key_id or not _same_key(before[1], key):
            await store.put_fallback_key(tx, *owner, algorithm, key_id, key)


def _same_key(before: str, after: str) -> bool:
    """Compare two keys but for their signatures, which may be made anew."""
    if before == after:
        return True
    one, other = orjson.loads(before), orjson.loads(after)
    if not isinstance(one, dict) or not isinstance(other, dict):
        return False
    return forms.unsigned_part(one) == forms.unsigned_part(other)


def _with_signatures(key: str, signatures: Any) -> JsonObject:
    shown: JsonObject = orjson.loads(key)
    for signer, key_id, signature in signatures:
        shown.setdefault("signatures", {}).setdefault(signer, {})[key_id] = signature
    return shown
