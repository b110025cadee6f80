"""Wires the slices together: what is made of what, which routes are served, who reacts to what.

This is the whole picture on one screen; a slice never reaches for another in any other way.
"""

import asyncio
import contextlib
import gc
import secrets
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, fields
from typing import Any

from litestar import Litestar
from prometheus_client import CollectorRegistry
from rich.console import Console

from teahouse import accounts as accounts_slice
from teahouse import chat as chat_slice
from teahouse import e2ee as e2ee_slice
from teahouse import media as media_slice
from teahouse import microblog as microblog_slice
from teahouse import push as push_slice
from teahouse import sync as sync_slice
from teahouse import trust as trust_slice
from teahouse.accounts import Accounts
from teahouse.chat import Chat, load_or_create_key
from teahouse.clock import SYSTEM_CLOCK, Clock
from teahouse.config import Config, RateLimit
from teahouse.e2ee import Encryption
from teahouse.errors import TeahouseError
from teahouse.kernel import http
from teahouse.kernel.durable import held_data_folder, make_folder, refuse_unfinished
from teahouse.kernel.http import Edge, FastRoute, FastRouter, RateLimiter, RequestMetrics, WebApp, api_roots
from teahouse.kernel.log import set_up_logging
from teahouse.kernel.memory import return_large_blocks
from teahouse.kernel.storage import Database, open_database, remember
from teahouse.media import Media
from teahouse.microblog import Microblog
from teahouse.push import Push
from teahouse.sync import SlidingSync, Sync
from teahouse.trust import Trust

SYNC_MARK = "token_secret"
"""What marks the tokens of sync as given on this database."""


class ServerNameChanged(TeahouseError):
    """The database belongs to a server of another name."""


@dataclass
class Services:
    """Every service of the running server; routes get each by its name."""

    config: Config
    clock: Clock
    db: Database
    limiter: RateLimiter
    request_metrics: RequestMetrics | None
    accounts: Accounts
    encryption: Encryption
    media: Media
    trust: Trust
    microblog: Microblog
    chat: Chat
    push: Push
    sync: Sync
    sliding: SlidingSync


def rate_limiter(config: Config, clock: Clock) -> RateLimiter:
    """Make the limiter of the configured limits; none when they are switched off."""
    limits = config.rate_limits
    rules = {field.name: getattr(limits, field.name) for field in fields(limits)} if limits.enabled else {}
    buckets = {
        name: http.Bucket(rule.per_second, rule.burst)
        for name, rule in rules.items()
        if isinstance(rule, RateLimit)
    }
    return RateLimiter(buckets, clock.monotonic)


@contextlib.asynccontextmanager
async def open_services(config: Config, clock: Clock = SYSTEM_CLOCK) -> AsyncIterator[Services]:
    """Open the database and make every service; closes them at the end. Raises TeahouseError."""
    make_folder(config.data)
    refuse_unfinished(config.data)
    db = await open_database(config.database)
    try:
        name = await remember(db, "server_name", config.server_name)
        if name != config.server_name:
            raise ServerNameChanged(
                f"This database belongs to the server '{name}', and its users' ids end in that name: "
                f"start with --server-name {name}, or give a new server a database of its own"
            )
        token_secret = await remember(db, SYNC_MARK, secrets.token_hex(16))
        limiter = rate_limiter(config, clock)
        metrics = RequestMetrics(CollectorRegistry()) if config.metrics.enabled else None
        if metrics is not None:
            metrics.watch_timings(
                "teahouse_write_wait_seconds", "Time that writes waited for the writer", db.writes.waits
            )
        accounts = Accounts(db, config, clock, limiter)
        encryption = Encryption(
            db, clock, accounts, config.encryption, encrypted_rooms_of=chat_slice.encrypted_rooms_of
        )
        media = Media(db, config, clock, limiter, accounts)
        await media.open()
        trust = Trust(db, config, clock, limiter, accounts)
        microblog = Microblog(db, config, clock, limiter, accounts, media, trust)
        chat = Chat(
            db, config, clock, limiter, accounts,
            key=load_or_create_key(config.server_name, config.data / "signing.key"),
            judge=push_slice.default_verdict,
        )  # fmt: skip
        push = Push(db, config, clock, accounts, chat)
        sync = Sync(db, accounts, encryption, chat, push, token_secret=token_secret)
        try:
            yield Services(
                config, clock, db, limiter, metrics, accounts, encryption, media, trust, microblog, chat, push,
                sync, SlidingSync(sync),
            )  # fmt: skip
        finally:
            await media.close()
            await accounts.close()
    finally:
        await db.close()


def all_routes() -> list[Any]:
    """List every route of every slice: typed handlers and raw FastRoutes."""
    return [
        *http.HEALTH_ROUTES,
        *accounts_slice.ROUTES,
        *e2ee_slice.ROUTES,
        *media_slice.ROUTES,
        *trust_slice.ROUTES,
        *microblog_slice.ROUTES,
        *chat_slice.ROUTES,
        *push_slice.ROUTES,
        *sync_slice.ROUTES,
    ]


def build_litestar(services: Services) -> Litestar:
    """Make the routed application of the typed handlers."""
    typed = [route for route in all_routes() if not isinstance(route, FastRoute)]
    raw = [route for route in all_routes() if isinstance(route, FastRoute)]
    named = {field.name: getattr(services, field.name) for field in fields(services)}
    return http.build_litestar(
        typed, named, services.accounts.authenticate, services, raw,
        check_writer=services.microblog.core.restraints.check_writer,
    )  # fmt: skip


def build_app(services: Services) -> Edge:
    """Make the whole ASGI application."""
    config = services.config
    raw = [route for route in all_routes() if isinstance(route, FastRoute)]
    return Edge(
        build_litestar(services),
        services.request_metrics,
        fast=FastRouter(
            raw,
            services.accounts.tokens.authenticate,
            services,
            services.microblog.core.restraints.check_writer,
        ),
        max_body_bytes=config.limits.body_bytes,
        max_per_address=config.listen.max_requests_per_address,
        behind_proxy=config.listen.behind_proxy,
        web=WebApp(api_roots=api_roots(all_routes())),
    )


async def serve(config: Config) -> None:
    """Run the server until SIGINT or SIGTERM; requests in flight are drained within five seconds."""
    set_up_logging(config.log.level, config.log.format)
    return_large_blocks()
    _tune_interpreter()
    with held_data_folder(config.data):
        async with open_services(config) as services, contextlib.AsyncExitStack() as working:
            edge = build_app(services)
            await _begin_work(services, working)
            first_token = await services.accounts.ensure_first_token()
            stopping = asyncio.Event()

            async def drain() -> None:
                edge.closing = True
                services.sync.stop()
                services.microblog.live.stop()
                edge.sockets.close_all()
                await edge.drained()
                await working.aclose()

            await http.run_server(
                edge.serve, config.listen.host, config.listen.port,
                stopping=stopping, ready=lambda: _greet(config, first_token), drain=drain,
            )  # fmt: skip


async def _begin_work(services: Services, working: contextlib.AsyncExitStack) -> None:
    """Start what works in the background; `working` ends it before the database closes, also when nothing serves."""
    await services.chat.start()
    working.push_async_callback(services.chat.stop)
    await services.push.start()
    working.push_async_callback(services.push.stop)
    services.media.start()
    working.push_async_callback(services.media.stop)
    services.accounts.lifecycle.erasures.start()
    working.push_async_callback(services.accounts.lifecycle.erasures.stop)
    await services.trust.start()
    working.push_async_callback(services.trust.stop)
    await services.microblog.start()
    working.push_async_callback(services.microblog.stop)


def _tune_interpreter() -> None:
    """Let readers' threads take turns quickly, and collect garbage seldom: requests make few cycles."""
    sys.setswitchinterval(0.001)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _greet(config: Config, first_token: str | None) -> None:
    console = Console(highlight=False)
    console.print(f"Teahouse serves [bold]{config.server_name}[/] at [bold]{config.public_url}[/]")
    if first_token is not None:
        console.print(f"Registration needs a token; the first one is [bold]{first_token}[/]")
    console.print("Ctrl-C stops it.")
