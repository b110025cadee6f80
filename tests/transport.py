"""The way of the tests' requests: httpx above, aiohttp's parser in C below, for half of the work.

A run of the tests makes some hundred thousand requests; httpx's own way costs as much as the server's answer.
Nothing is quoted anew: what a test writes into a URL is what the server reads.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator, Iterator

import aiohttp
import httpx
from yarl import URL

_CHUNK_BYTES = 65_536


class QuickTransport(httpx.AsyncBaseTransport):
    """Connections of one client; they open with the first request."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request and give its answer with the body still to be read."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=100, ssl=self._tls),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        limits = request.extensions["timeout"]
        body = _body(request)
        with _faults_of_httpx():
            answer = await self._session.request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=request.headers.multi_items(),
                data=body,
                allow_redirects=False,
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
                timeout=aiohttp.ClientTimeout(sock_connect=limits["connect"], sock_read=limits["read"]),
            )
        return httpx.Response(
            answer.status,
            headers=answer.raw_headers,
            stream=_Body(answer),
            request=request,
            extensions={"http_version": b"HTTP/1.1", "reason_phrase": (answer.reason or "").encode()},
        )

    async def aclose(self) -> None:
        """End the connections."""
        if self._session is not None:
            await self._session.close()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _faults_of_httpx():
            async for chunk in self._answer.content.iter_chunked(_CHUNK_BYTES):
                yield chunk

    async def aclose(self) -> None:
        # A body that was not read to its end takes its connection with it.
        self._answer.close() if not self._answer.content.at_eof() else self._answer.release()


def _body(request: httpx.Request) -> bytes | httpx.AsyncByteStream | None:
    try:
        return request.content or None
    except httpx.RequestNotRead:
        assert isinstance(request.stream, httpx.AsyncByteStream)
        request.headers.pop("transfer-encoding", None)  # aiohttp writes its own.
        return request.stream


@contextlib.contextmanager
def _faults_of_httpx() -> Iterator[None]:
    try:
        yield
    except aiohttp.ServerTimeoutError as error:
        raise httpx.ReadTimeout(str(error)) from error
    except aiohttp.ClientConnectorError as error:
        raise httpx.ConnectError(str(error)) from error
    except aiohttp.ClientPayloadError as error:
        raise httpx.ReadError(str(error)) from error
    except aiohttp.ClientError as error:
        raise httpx.RemoteProtocolError(str(error)) from error
    except ConnectionError as error:
        raise httpx.ReadError(str(error)) from error
