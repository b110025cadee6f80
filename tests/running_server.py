"""What a test knows of the server under test, and the door to one that somebody else started.

With `TEAHOUSE_TEST_SERVER_URL` set, the tests talk to that homeserver instead of starting ours: handy to try
a deployment, or to see whether a surprise is ours or everybody's. `TEAHOUSE_TEST_SERVER_SECRET` is its shared
secret of registration, `TEAHOUSE_TEST_SERVER_NAME` its server name (`localhost` if unset).
"""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class RunningServer:
    """A homeserver that answers at `url`; it outlives the test and is shared by many."""

    url: str
    server_name: str
    registration_shared_secret: str


def already_running() -> RunningServer | None:
    """Return the server that the environment names, None when the tests must start ours."""
    url = os.environ.get("TEAHOUSE_TEST_SERVER_URL")
    if not url:
        return None
    return RunningServer(
        url.rstrip("/"),
        os.environ.get("TEAHOUSE_TEST_SERVER_NAME", "localhost"),
        os.environ.get("TEAHOUSE_TEST_SERVER_SECRET", ""),
    )
