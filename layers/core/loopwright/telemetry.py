"""The shared logger and metrics. No feature value is logged; the only dimension is the project."""

from aws_lambda_powertools import Logger, single_metric
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger(service="loopwright")


class EmbeddedMetrics:
    """CloudWatch metrics written as log lines (embedded metric format)."""

    def count(self, name: str, value: float, *, project: str) -> None:
        """Add a count to a metric of the project."""
        with single_metric(name=name, unit=MetricUnit.Count, value=value) as metric:
            metric.add_dimension(name="project", value=project)
