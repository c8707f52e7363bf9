"""Every measurement since the start, by metric, so that alarms need not search moto's list."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from infra.twin.emf import Measurement

type Dimensions = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Metric:
    """The identity of a metric; dimensions sorted by name."""

    namespace: str
    name: str
    dimensions: Dimensions = ()


class MetricStore:
    """Values with their virtual times."""

    def __init__(self) -> None:
        """An empty store."""
        self._values: dict[Metric, list[tuple[datetime, float]]] = defaultdict(list)
        self._lock = Lock()

    def add(self, measurement: Measurement, at: datetime) -> None:
        """Keep one value."""
        metric = Metric(measurement.namespace, measurement.name, measurement.dimensions)
        with self._lock:
            self._values[metric].append((at, measurement.value))

    def between(self, metrics: Iterable[Metric], after: datetime, until: datetime) -> list[float]:
        """The values of these metrics in (after, until]."""
        with self._lock:
            return [
                value
                for metric in metrics
                for at, value in self._values.get(metric, ())
                if after < at <= until
            ]

    def with_dimension_names(self, namespace: str, name: str, names: set[str]) -> list[Metric]:
        """The metrics of a name whose dimensions have exactly these names."""
        with self._lock:
            return [
                metric
                for metric in self._values
                if (metric.namespace, metric.name) == (namespace, name)
                and {dimension for dimension, _ in metric.dimensions} == names
            ]
