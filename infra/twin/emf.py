"""CloudWatch's embedded metric format: metrics inside log lines."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any  # log lines are any JSON


@dataclass(frozen=True)
class Measurement:
    """One value of one metric."""

    namespace: str
    name: str
    value: float
    dimensions: tuple[tuple[str, str], ...] = ()
    unit: str | None = None


def measurements_in(line: str) -> list[Measurement]:
    """The measurements of a log line; none when it is not in the format."""
    text = line.strip()
    if not text.startswith("{") or '"_aws"' not in text:
        return []
    try:
        document = json.loads(text)
    except ValueError:
        return []
    directives = document.get("_aws", {}).get("CloudWatchMetrics", [])
    return [found for directive in directives for found in _measured(document, directive)]


def _measured(document: Mapping[str, Any], directive: Mapping[str, Any]) -> Iterator[Measurement]:
    for names in directive.get("Dimensions") or [[]]:
        dimensions = tuple(sorted((name, str(document[name])) for name in names))
        for metric in directive.get("Metrics", ()):
            values = document.get(metric["Name"], [])
            for value in values if isinstance(values, list) else [values]:
                yield Measurement(
                    directive["Namespace"],
                    metric["Name"],
                    float(value),
                    dimensions,
                    metric.get("Unit"),
                )
