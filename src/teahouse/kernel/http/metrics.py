"""Prometheus metrics of the HTTP side; other parts register theirs in the same registry."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
METHODS = frozenset({"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD"})


class RequestMetrics(Collector):
    """Counts requests by method and status, and the time that answers took.

    Plain numbers, made into Prometheus' families only when somebody asks: a delivery pays a microsecond.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._requests: Counter[tuple[str, int]] = Counter()
        self._buckets = [0] * (len(BUCKETS_S) + 1)
        self._seconds = 0.0
        self._watched: list[tuple[str, str, Callable[[], float]]] = []
        registry.register(self)
        ProcessCollector(registry=registry)

    def watch(self, name: str, words: str, figure: Callable[[], float]) -> None:
        """Show a figure of the moment, asked for when somebody wants to see it."""
        self._watched.append((name, words, figure))

    def count(self, method: str, status: int, seconds: float) -> None:
        """Record one answered request."""
        self._requests[(method if method in METHODS else "OTHER", status)] += 1
        self._buckets[bisect_left(BUCKETS_S, seconds)] += 1
        self._seconds += seconds

    def collect(self) -> Iterator[Metric]:
        """Give the families as Prometheus wants them."""
        requests = CounterMetricFamily(
            "teahouse_http_requests", "Requests answered", labels=["method", "status"]
        )
        for (method, status), count in sorted(self._requests.items()):
            requests.add_metric([method, str(status)], count)
        yield requests
        total, buckets = 0, []
        for limit, count in zip((*BUCKETS_S, float("inf")), self._buckets, strict=True):
            total += count
            buckets.append(("+Inf" if limit == float("inf") else str(limit), float(total)))
        seconds = HistogramMetricFamily(
            "teahouse_http_request_seconds", "Time to answer, long polls included"
        )
        seconds.add_metric([], buckets=buckets, sum_value=self._seconds)
        yield seconds
        for name, words, figure in self._watched:
            yield GaugeMetricFamily(name, words, value=figure())

    def render(self) -> bytes:
        """Give all metrics in Prometheus' text format."""
        return generate_latest(self.registry)
