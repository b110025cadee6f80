"""Cross-signing: a user's own keys, and signatures over devices and other people's master keys, all checked.

Specification: "Cross-signing". The first keys need no further authentication, nor do the same keys once more;
changed ones do, which the route sees to.
"""

from typing import Any

import orjson

from teahouse.accounts import Accounts
from teahouse.e2ee import forms, store_keys
from teahouse.e2ee import store_signing as store
from teahouse.e2ee.changes import KeyChanges
from teahouse.errors import Forbidden, InvalidParam, MissingParam, NotFound, TeahouseError
from teahouse.kernel.http import JsonObject, Scope
from teahouse.kernel.signing import is_signed_by
from teahouse.kernel.storage import Database, Tx

KINDS = ("master", "self_signing", "user_signing")
MOST_SIGNATURES = 1000
Stored = dict[str, tuple[str, str]]


class CrossSigning:
    """Stores keys and signatures that verify, and refuses the others."""

    def __init__(self, db: Database, accounts: Accounts, changes: KeyChanges) -> None:
        self._db = db
        self._accounts = accounts
        self._changes = changes

    async def upload(self, user_id: str, body: JsonObject, *, authenticated: bool) -> bool:
        """Keep the given keys; False when they would replace others but the user did not authenticate.

        Raises BadJson, InvalidParam, MissingParam when there is no master key to go by, Forbidden for a key that
        is named like one of the user's devices, and (400 M_INVALID_SIGNATURE) for keys that the master key did
        not sign.
        """
        given = _given_keys(user_id, body)

        async def job(tx: Tx) -> bool:
            known = await _own(tx, user_id)
            if _replaces(known, given) and not authenticated:
                return False
            _check_master_signs(user_id, known, given)
            await self._check_no_device_is_named_so(tx, user_id, given)
            fresh = {kind: key for kind, key in given.items() if _differs(known, kind, key)}
            for kind, key in fresh.items():
                public_key = forms.only_key(key)
                if kind in known and known[kind][0] != public_key:
                    await store.forget_signatures_of_key(tx, user_id, known[kind][0])
                await store.put_cross_signing_key(tx, user_id, kind, public_key, forms.bounded(key))
            if fresh:
                await self._changes.mark(tx, user_id)
            return True

        return await self._db.write(job)

    async def _check_no_device_is_named_so(self, tx: Tx, user_id: str, given: dict[str, JsonObject]) -> None:
        """Signatures name a device or a key, and must never mean both."""
        names = (await self._accounts.device_names_in(tx, [user_id])).get(user_id, {})
        if any(forms.only_key(key) in names for key in given.values()):
            raise Forbidden("One of your devices has the id of this key")

    async def sign(self, caller: Scope, body: JsonObject) -> JsonObject:
        """Keep the signatures that verify and give the others as failures."""
        given = {user_id: forms.objects(targets, user_id) for user_id, targets in body.items()}
        if sum(map(len, given.values())) > MOST_SIGNATURES:
            raise InvalidParam(f"At most {MOST_SIGNATURES} signed keys at once")

        async def job(tx: Tx) -> JsonObject:
            failures: JsonObject = {}
            own = await _own(tx, caller.user_id)
            for user_id, targets in given.items():
                kept = 0
                for target, signed in targets.items():
                    try:
                        good = await _check_signatures(tx, caller, own, (user_id, target), signed)
                    except TeahouseError as error:
                        wrong = {"errcode": error.errcode, "error": error.message}
                        failures.setdefault(user_id, {})[target] = wrong
                        continue
                    for key_id, signature in good.items():
                        await store.put_signature(tx, (user_id, target), caller.user_id, key_id, signature)
                    kept += len(good)
                if kept:
                    own_keys = user_id == caller.user_id
                    await self._changes.mark(tx, user_id, "" if own_keys else caller.user_id)
            return {"failures": failures}

        return await self._db.write(job)

    async def forget_user(self, tx: Tx, user_id: str) -> None:
        """Forget the keys and signatures of a user whose account ends."""
        await store.delete_identity(tx, user_id)


async def _own(tx: Tx, user_id: str) -> Stored:
    return (await store.cross_signing_keys_of(tx, [user_id])).get(user_id, {})


def _given_keys(user_id: str, body: JsonObject) -> dict[str, JsonObject]:
    found = {}
    for kind in KINDS:
        given = body.get(f"{kind}_key")
        if given is None:
            continue
        key = forms.an_object(given, f"{kind}_key")
        usage = key.get("usage")
        if key.get("user_id") != user_id:
            raise InvalidParam(f"{kind}_key must name the user who uploads it")
        if not isinstance(usage, list) or kind not in usage:
            raise InvalidParam(f"{kind}_key must have the usage {kind}")
        forms.only_key(key)
        found[kind] = key
    return found


def _differs(known: Stored, kind: str, key: JsonObject) -> bool:
    if kind not in known:
        return True
    return forms.unsigned_part(orjson.loads(known[kind][1])) != forms.unsigned_part(key)


def _replaces(known: Stored, given: dict[str, JsonObject]) -> bool:
    return "master" in known and any(_differs(known, kind, key) for kind, key in given.items())


def _check_master_signs(user_id: str, known: Stored, given: dict[str, JsonObject]) -> None:
    dependent = [kind for kind in given if kind != "master"]
    master = forms.only_key(given["master"]) if "master" in given else known.get("master", ("", ""))[0]
    if dependent and not master:
        raise MissingParam("There is no master key that the others could be signed by")
    for kind in dependent:
        _signature(given[kind], user_id, master, master)


def _signature(signed: JsonObject, signer: str, name: str, public_key: Any) -> str:
    """Give the signer's signature under the key `ed25519:name`; raises when it is absent or wrong."""
    by_signer = forms.objects(signed.get("signatures", {}), "signatures").get(signer, {})
    signature = by_signer.get(f"ed25519:{name}")
    alone = {**signed, "signatures": {signer: {f"ed25519:{name}": signature}}}
    if not isinstance(signature, str) or not is_signed_by(alone, public_key):
        raise InvalidParam("The signature is missing or wrong", errcode="M_INVALID_SIGNATURE")
    return signature


async def _check_signatures(
    tx: Tx, caller: Scope, own: Stored, owner: tuple[str, str], signed: JsonObject
) -> dict[str, str]:
    """Give the caller's new signatures over one key by the ids of the signing keys, none if all are known."""
    user_id, target = owner
    stored, is_master = await _signed_key(tx, own, caller.user_id, user_id, target)
    if forms.unsigned_part(stored) != forms.unsigned_part(signed):
        raise InvalidParam("The signed key is not the one that is published", errcode="M_INVALID_SIGNATURE")
    given = forms.objects(signed.get("signatures", {}), "signatures").get(caller.user_id, {})
    if not given:
        raise InvalidParam("There is no signature of yours", errcode="M_INVALID_SIGNATURE")
    # Clients send the key as they found it, with the signatures that it had.
    known = dict(stored.get("signatures", {}).get(caller.user_id, {}))
    known |= await store.signatures_by(tx, owner, caller.user_id)
    good = {}
    for key_id in given:
        if known.get(key_id) != given[key_id]:
            name = key_id.removeprefix("ed25519:")
            public_key = await _public_key(tx, own, caller.user_id, name, (user_id, is_master))
            good[key_id] = _signature(signed, caller.user_id, name, public_key)
    return good


async def _signed_key(
    tx: Tx, own: Stored, caller_id: str, user_id: str, target: str
) -> tuple[JsonObject, bool]:
    """Give the published key that a signature is for, and whether it is a master key; raises NotFound."""
    if user_id == caller_id:
        device = await store_keys.find_device_keys(tx, user_id, target)
        if device is not None:
            found: JsonObject = orjson.loads(device)
            return found, False
        theirs = own
    else:
        theirs = await _own(tx, user_id)
    public_key, key = theirs.get("master", ("", ""))
    if not public_key or public_key != target:
        raise NotFound("There is no such key")
    master: JsonObject = orjson.loads(key)
    return master, True


async def _public_key(tx: Tx, own: Stored, caller_id: str, name: str, signed: tuple[str, bool]) -> str | None:
    """Give the public key `name` if it may sign there: own devices by the self-signing key, the own master key
    by own devices, others' master keys by the user-signing key."""
    user_id, is_master = signed
    if user_id == caller_id and is_master:
        device = await store_keys.find_device_keys(tx, caller_id, name)
        found = orjson.loads(device)["keys"].get(f"ed25519:{name}") if device is not None else None
        return found if isinstance(found, str) else None
    public_key = own.get("user_signing" if is_master else "self_signing", ("", ""))[0]
    return public_key if public_key == name else None
