"""Figures for Prometheus: one registry for each process, none shared by import."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    start_http_server,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """What the process counts."""

    def __init__(self) -> None:
        """Begin with an empty registry."""
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "asi_requests",
            "Requests past the edge",
            ["method", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "asi_request_seconds",
            "Time to answer past the edge",
            buckets=SECONDS,
            registry=self.registry,
        )
        self._pushes = Histogram(
            "asi_push_seconds",
            "Time to answer what WeChat pushes",
            buckets=SECONDS,
            registry=self.registry,
        )

    def observe(self, method: str, status: int, seconds: float) -> None:
        """Count one request and its time."""
        known = method if method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} else "OTHER"
        self._requests.labels(known, str(status)).inc()
        self._seconds.observe(seconds)

    def observe_push(self, seconds: float) -> None:
        """Count one push and its time; WeChat hangs up after 5 s."""
        self._pushes.observe(seconds)

    def watch(
        self,
        *,
        counters: Mapping[str, Callable[[], int]] | None = None,
        gauges: Mapping[str, Callable[[], float]] | None = None,
        words: Mapping[str, Callable[[], Mapping[str, int]]] | None = None,
    ) -> None:
        """Show figures that others keep, read when somebody asks; `words` are counted by word."""
        self.registry.register(_Watched(counters or {}, gauges or {}, words or {}))

    def text(self) -> bytes:
        """Give all figures in Prometheus's text format."""
        return generate_latest(self.registry)

    @contextmanager
    def shown(self, *, host: str, port: int) -> Iterator[None]:
        """Show them at an address of their own, for a process that serves nothing else.

        Raises:
            OSError: the address cannot be taken.
        """
        server, thread = start_http_server(port, addr=host, registry=self.registry)
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class _Watched(Collector):
    def __init__(
        self,
        counters: Mapping[str, Callable[[], int]],
        gauges: Mapping[str, Callable[[], float]],
        words: Mapping[str, Callable[[], Mapping[str, int]]],
    ) -> None:
        self._counters = counters
        self._gauges = gauges
        self._words = words

    def collect(self) -> Iterator[Metric]:
        for name, read in self._counters.items():
            yield CounterMetricFamily(name, name.replace("_", " "), value=read())
        for name, level in self._gauges.items():
            yield GaugeMetricFamily(name, name.replace("_", " "), value=level())
        for name, count in self._words.items():
            family = CounterMetricFamily(name, name.replace("_", " "), labels=["word"])
            for word, value in sorted(count().items()):
                family.add_metric([word], value)
            yield family
