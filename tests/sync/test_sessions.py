"""What a connected user's session remembers goes with what it was about."""

from __future__ import annotations

from pathlib import Path

from teahouse.app import open_services
from teahouse.config import load
from teahouse.sync.sessions import Session
from teahouse.sync.tokens import SyncToken

ANN = "@ann:localhost"


async def test_a_device_that_signs_out_is_forgotten(tmp_path: Path) -> None:
    async with open_services(load(None, {}, {"data": tmp_path})) as services:
        await services.accounts.register.register(ANN, None, None, None)
        session = Session(ANN, services.db.doorbell.position)
        services.sync.sessions.add(session)
        for device_id in ("OLD", "NEW"):
            session.sent_members[device_id] = {"!room": {"@ben:localhost"}}
            session.given[device_id] = SyncToken(1, 0)
        await services.accounts.devices.delete(ANN, ["OLD"])
        assert list(session.sent_members) == list(session.given) == ["NEW"]
