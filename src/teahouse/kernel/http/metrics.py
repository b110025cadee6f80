"""Prometheus metrics of the HTTP side; other parts register theirs in the same registry."""

from collections import Counter
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from teahouse.kernel.timings import Timings

METHODS = frozenset({"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD"})


class RequestMetrics(Collector):
    """Counts requests by method and status, and the time that answers took.

    Plain numbers, made into Prometheus' families only when somebody asks: a delivery pays a microsecond.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._requests: Counter[tuple[str, int]] = Counter()
        self._timings: list[tuple[str, str, Timings]] = []
        self._answers = Timings()
        self.watch_timings(
            "teahouse_http_request_seconds", "Time to answer, long polls included", self._answers
        )
        self._watched: list[tuple[str, str, Callable[[], float]]] = []
        registry.register(self)
        ProcessCollector(registry=registry)

    def watch(self, name: str, words: str, figure: Callable[[], float]) -> None:
        """Show a figure of the moment, asked for when somebody wants to see it."""
        self._watched.append((name, words, figure))

    def watch_timings(self, name: str, words: str, timings: Timings) -> None:
        """Show how long something took."""
        self._timings.append((name, words, timings))

    def count(self, method: str, status: int, seconds: float) -> None:
        """Record one answered request."""
        self._requests[(method if method in METHODS else "OTHER", status)] += 1
        self._answers.note(seconds)

    def collect(self) -> Iterator[Metric]:
        """Give the families as Prometheus wants them."""
        requests = CounterMetricFamily(
            "teahouse_http_requests", "Requests answered", labels=["method", "status"]
        )
        for (method, status), count in sorted(self._requests.items()):
            requests.add_metric([method, str(status)], count)
        yield requests
        for name, words, timings in self._timings:
            seconds = HistogramMetricFamily(name, words)
            seconds.add_metric([], buckets=timings.buckets(), sum_value=timings.seconds)
            yield seconds
        for name, words, figure in self._watched:
            yield GaugeMetricFamily(name, words, value=figure())

    def render(self) -> bytes:
        """Give all metrics in Prometheus' text format."""
        return generate_latest(self.registry)
