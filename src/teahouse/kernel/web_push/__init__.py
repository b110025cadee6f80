"""Web Push (RFC 8030, 8291 and 8292): encrypted messages to apps that are not running, through their browser's service.

encryption.py  the payload for one subscription, and the server's signature. Pure
services.py    posts to push services, whose addresses users name
"""

from teahouse.kernel.web_push.encryption import (
    ServerKey,
    check_keys,
    decode64,
    encode64,
    load_or_create_server_key,
)
from teahouse.kernel.web_push.services import Outcome, PushServices, Target, check_endpoint

__all__ = [
    "Outcome",
    "PushServices",
    "ServerKey",
    "Target",
    "check_endpoint",
    "check_keys",
    "decode64",
    "encode64",
    "load_or_create_server_key",
]
