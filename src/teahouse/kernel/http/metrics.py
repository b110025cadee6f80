"""Prometheus metrics of the HTTP side; other parts register theirs in the same registry."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest


class RequestMetrics:
    """Counts requests by method and status class, and the time that answers took."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._requests = Counter(
            "teahouse_http_requests", "Requests answered", ["method", "status"], registry=registry
        )
        self._seconds = Histogram(
            "teahouse_http_request_seconds", "Time to answer, long polls included", registry=registry
        )
        self._children: dict[tuple[str, int], Counter] = {}

    def count(self, method: str, status: int, seconds: float) -> None:
        """Record one answered request."""
        child = self._children.get((method, status))
        if child is None:
            known = method if method in ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD") else "OTHER"
            child = self._children[(method, status)] = self._requests.labels(known, str(status))
            if len(self._children) > 500:
                self._children.clear()
        child.inc()
        self._seconds.observe(seconds)

    def render(self) -> bytes:
        """Give all metrics in Prometheus' text format."""
        return generate_latest(self.registry)
