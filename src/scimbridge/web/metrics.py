"""Counters and durations for Prometheus.

Requests are counted in plain lists and turned into metric families only when they are scraped: a dictionary look-up
and a bisection cost 0.6 us a request, prometheus_client's own histogram with labels 4 us. All of it happens on the
event loop, so nothing needs a lock.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

# Seconds. From a point read to the 60 s after which Okta hangs up.
_BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)
_TEXT_BOUNDS = (*(str(bound) for bound in _BOUNDS), "+Inf")
_LABELS = ("method", "endpoint", "status", "realm")
# Anybody can invent a method.
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})

CONTENT_TYPE = CONTENT_TYPE_LATEST

# What another part measures, by metric name: a help text and a function that reads the present value.
Readings = Mapping[str, tuple[str, Callable[[], float]]]
# What another part counts by outcome.
Outcomes = Mapping[str, tuple[str, Mapping[str, int]]]


class _Series:
    """The durations of requests with the same labels."""

    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * len(_TEXT_BOUNDS)
        self.seconds = 0.0


class Metrics:
    """What /metrics shows. Labels have few values: an unknown realm is "-", paths are endpoints, statuses classes."""

    def __init__(self, counters: Readings, gauges: Readings, outcomes: Outcomes) -> None:
        self._requests: dict[tuple[str, str, int, str], _Series] = {}
        self._counters = counters
        self._gauges = gauges
        self._outcomes = outcomes
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def observe(self, method: str, endpoint: str, status: int, realm: str, seconds: float) -> None:
        key = (method, endpoint, status // 100, realm)
        series = self._requests.get(key)
        if series is None:
            method = method if method in _METHODS else "other"
            series = self._requests.setdefault((method, *key[1:]), _Series())
        series.counts[bisect_left(_BOUNDS, seconds)] += 1
        series.seconds += seconds

    def collect(self) -> Iterator[Metric]:
        """Called by the registry at each scrape."""
        name = "scimbridge_http_request_duration_seconds"
        text = "Time from request to answer; its count is that of requests."
        requests = HistogramMetricFamily(name, text, labels=_LABELS)
        for (method, endpoint, status, realm), series in self._requests.items():
            buckets = list(zip(_TEXT_BOUNDS, accumulate(series.counts), strict=True))
            requests.add_metric([method, endpoint, f"{status}xx", realm or "-"], buckets, sum_value=series.seconds)
        yield requests
        for name, (text, read) in self._counters.items():
            yield CounterMetricFamily(name, text, value=read())
        for name, (text, numbers) in self._outcomes.items():
            counted = CounterMetricFamily(name, text, labels=["outcome"])
            for outcome, number in numbers.items():
                counted.add_metric([outcome], number)
            yield counted
        for name, (text, read) in self._gauges.items():
            yield GaugeMetricFamily(name, text, value=read())

    def expose(self) -> bytes:
        """The text that Prometheus scrapes."""
        return generate_latest(self._registry)
