"""`/health` (alive), `/health/ready` (alive and the database answers) and Prometheus' `/metrics`."""

from litestar import Response, get
from litestar.handlers import BaseRouteHandler

from teahouse.errors import Unavailable, Unrecognized
from teahouse.kernel.http.access import open_to_all
from teahouse.kernel.http.metrics import RequestMetrics
from teahouse.kernel.storage import Database


@get("/health", guards=[open_to_all], include_in_schema=False, media_type="text/plain")
async def health() -> str:
    """Say that the process answers, in the word that Mastodon says it with; it does not touch the database."""
    return "OK"


@get("/health/ready", guards=[open_to_all], include_in_schema=False)
async def ready(db: Database) -> Response[dict[str, str]]:
    """Say whether the database answers too: 200, or 503 while it is away."""
    try:
        await db.ping()
    except Unavailable as error:
        return Response({"status": "unavailable", "error": error.message}, status_code=503)
    return Response({"status": "ok"})


@get("/metrics", guards=[open_to_all], include_in_schema=False)
async def metrics(request_metrics: RequestMetrics | None) -> Response[bytes]:
    """Give the server's figures in Prometheus' text format."""
    if request_metrics is None:
        raise Unrecognized("Metrics are switched off")
    return Response(request_metrics.render(), media_type="text/plain; version=0.0.4; charset=utf-8")


ROUTES: list[BaseRouteHandler] = [health, ready, metrics]
