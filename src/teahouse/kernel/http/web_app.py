"""Serves the built web app: its files as they are, its start page for every address that is one of its screens.

The files lie in `teahouse/static`, made by the build, with `.br` and `.gz` beside each. Whatever begins like an
API path is never answered here: an unknown endpoint keeps the protocol's own error.
"""

import asyncio
import hashlib
import mimetypes
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

STATIC = Path(__file__).resolve().parents[2] / "static"
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
FOREVER = b"public, max-age=31536000, immutable"
API_ROOTS = frozenset({"_matrix", "_teahouse", ".well-known", "api", "oauth", "media", "assets", "nodeinfo"})
TYPES = {
    ".webmanifest": "application/manifest+json",
    ".wasm": "application/wasm",
    ".js": "text/javascript; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}

# 'wasm-unsafe-eval' lets the encryption's WebAssembly start; it does not allow eval. Every string that reaches the
# page as HTML or as a script's address must pass one of the three named policies.
CSP = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types svelte-trusted-html dompurify teahouse"
)
PAGE_HEADERS = [
    (b"content-security-policy", CSP.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"microphone=(self), camera=(self), geolocation=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
NOT_BUILT = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Teahouse</title>
<h1>Teahouse is running</h1><p>The web app is not built yet: run <code>./dev setup</code>, then load this page again.
<p>Other apps can already connect to this address."""


def api_roots(routes: Iterable[Any]) -> set[str]:
    """Give the first segments of all routes' paths, typed or raw."""
    paths = [path for route in routes for path in getattr(route, "paths", None) or [route.path]]
    return {path.lstrip("/").partition("/")[0] for path in paths}


@dataclass(frozen=True)
class StaticFile:
    """One file of the build: where it lies in each encoding, and the headers that go with it."""

    path: Path
    headers: tuple[tuple[bytes, bytes], ...]
    etag: bytes
    encoded: dict[str, Path] = field(default_factory=dict)

    def choose(self, accepted: str) -> tuple[Path, str]:
        """Give the smallest form that the client takes, and its encoding ('' for none)."""
        names = {part.partition(";")[0].strip() for part in accepted.split(",")}
        for name, path in self.encoded.items():
            if name in names:
                return path, name
        return self.path, ""


class WebApp:
    """The files of one build. A build made while the server runs is noticed when a page is opened."""

    def __init__(self, folder: Path = STATIC, api_roots: Iterable[str] = ()) -> None:
        self._folder = folder
        self._api_roots = API_ROOTS | frozenset(api_roots)
        self._files: dict[str, StaticFile] = {}
        self._built_ns = 0

    def find(self, scope: Any) -> "StaticFile | bytes | None":
        """Give what a request asks for: a file, a page saying that there is none, or None when it isn't ours."""
        if scope["method"] not in ("GET", "HEAD"):
            return None
        path: str = scope["path"]
        root = path[1:].partition("/")[0]
        is_page = path == "/" or (root not in self._api_roots and b"text/html" in _header(scope, b"accept"))
        if is_page or not self._files:
            self._look()
        found = self._files.get(path)
        if found is not None or not is_page:
            return found
        return self._files.get("/index.html", NOT_BUILT)

    async def answer(self, found: "StaticFile | bytes", scope: Any, send: Any) -> None:
        """Send what `find` gave; 304 when the client has it already."""
        if isinstance(found, bytes):
            headers = [(b"content-type", b"text/html; charset=utf-8"), *PAGE_HEADERS]
            await _send(send, scope, 503, headers, found)
            return
        headers = list(found.headers)
        if found.etag and found.etag in _header(scope, b"if-none-match"):
            await _send(send, scope, 304, headers, b"")
            return
        path, encoding = found.choose(_header(scope, b"accept-encoding").decode("latin-1"))
        if encoding:
            headers.append((b"content-encoding", encoding.encode()))
        body = await asyncio.to_thread(path.read_bytes)
        await _send(send, scope, 200, headers, body)

    def _look(self) -> None:
        try:
            built_ns = (self._folder / "index.html").stat().st_mtime_ns
        except OSError:
            built_ns = 0
        if built_ns != self._built_ns:
            self._built_ns = built_ns
            self._files = dict(_scan(self._folder)) if built_ns else {}


def _scan(folder: Path) -> Iterable[tuple[str, StaticFile]]:
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.suffix in (".br", ".gz"):
            continue
        name = "/" + path.relative_to(folder).as_posix()
        encoded = {name: other for name, end in ENCODINGS if (other := Path(f"{path}{end}")).exists()}
        kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        headers = [(b"content-type", kind.encode()), (b"vary", b"accept-encoding"), *PAGE_HEADERS]
        if name.startswith("/assets/"):
            etag, caching = b"", FOREVER  # The name holds a hash of the content.
        else:
            etag = b'"%s"' % hashlib.sha256(path.read_bytes()).hexdigest()[:20].encode()
            caching = b"no-cache"
            headers.append((b"etag", etag))
        headers.append((b"cache-control", caching))
        yield name, StaticFile(path, tuple(headers), etag, encoded)


def _header(scope: Any, name: bytes) -> bytes:
    return b",".join(value for key, value in scope["headers"] if key == name)


async def _send(send: Any, scope: Any, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    if status != 304:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
