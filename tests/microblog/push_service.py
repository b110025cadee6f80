"""A push service for the tests: a real HTTP server on loopback that keeps, decrypts and checks what it is sent."""

from __future__ import annotations

import asyncio
import json
import os
from types import TracebackType
from typing import Any, Self

import http_ece
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from teahouse.kernel.web_push import decode64, encode64
from tests.actors import eventually

Json = dict[str, Any]


class PushService:
    """Listens while its block is open; `told` holds the decrypted payloads, `headers` what came with them."""

    def __init__(self) -> None:
        self.told: list[Json] = []
        self.headers: list[dict[str, str]] = []
        self.refused = 0
        self.status = 201
        self.port = 0
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = os.urandom(16)
        self._server: asyncio.Server | None = None

    @property
    def endpoint(self) -> str:
        """Where a subscription wants its pushes."""
        return f"http://127.0.0.1:{self.port}/push/someone"

    @property
    def keys(self) -> dict[str, str]:
        """The keys of the subscription, as a browser gives them to its app."""
        point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return {"p256dh": encode64(point), "auth": encode64(self.auth)}

    def wish(self, *kinds: str, standard: bool = True, policy: str = "all") -> Json:
        """Give the body that subscribes to these kinds."""
        where = {"endpoint": self.endpoint, "keys": self.keys, "standard": standard}
        return {"subscription": where, "data": {"alerts": dict.fromkeys(kinds, True), "policy": policy}}

    async def wait_for(self, count: int) -> list[Json]:
        """Wait until so many were told, and give them."""
        await eventually(lambda: len(self.told) >= count, f"{count} pushes", 30)
        return self.told

    async def __aenter__(self) -> Self:
        """Start listening."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening."""
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[1:]
                headers = {
                    line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in head if line
                }
                body = await reader.readexactly(int(headers["content-length"]))
                if self.status == 201:
                    self.headers.append(headers)
                    self.told.append(json.loads(self._decrypted(headers, body)))
                else:
                    self.refused += 1
                writer.write(f"HTTP/1.1 {self.status} Whatever\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _decrypted(self, headers: dict[str, str], body: bytes) -> bytes:
        if headers["content-encoding"] == "aes128gcm":
            return bytes(
                http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm")
            )
        sender = dict(part.split("=", 1) for part in headers["crypto-key"].split(";"))["dh"]
        salt = decode64(headers["encryption"].removeprefix("salt="))
        return bytes(
            http_ece.decrypt(
                body,
                salt=salt,
                private_key=self.key,
                dh=decode64(sender),
                auth_secret=self.auth,
                version="aesgcm",
            )
        )


def signed_by(header: str, server_key: str) -> Json:
    """Check a VAPID header against the server's public key and give its claims."""
    fields = dict(part.strip().split("=", 1) for part in header.removeprefix("vapid ").split(","))
    assert fields["k"] == server_key
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode64(server_key))
    signed, _, signature = fields["t"].rpartition(".")
    raw = decode64(signature)
    numbers = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    public.verify(encode_dss_signature(*numbers), signed.encode(), ec.ECDSA(hashes.SHA256()))
    claims: Json = json.loads(decode64(signed.split(".")[1]))
    return claims
