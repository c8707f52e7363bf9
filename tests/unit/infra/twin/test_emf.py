"""Metrics inside log lines."""

import json

import pytest

from infra.twin.emf import Measurement, measurements_in


def test_a_line_in_the_format_yields_its_measurements() -> None:
    """One per dimension set and value."""
    line = json.dumps(
        {
            "_aws": {
                "CloudWatchMetrics": [
                    {
                        "Namespace": "n",
                        "Dimensions": [["project"], []],
                        "Metrics": [{"Name": "rows", "Unit": "Count"}],
                    }
                ]
            },
            "project": "p",
            "rows": [1, 2],
        }
    )
    named = (("project", "p"),)

    assert measurements_in(line) == [
        Measurement("n", "rows", 1, named, "Count"),
        Measurement("n", "rows", 2, named, "Count"),
        Measurement("n", "rows", 1, (), "Count"),
        Measurement("n", "rows", 2, (), "Count"),
    ]


@pytest.mark.parametrize("line", ["", "text", '{"level": "INFO"}', '{"_aws": broken', "[1]"])
def test_other_lines_yield_nothing(line: str) -> None:
    """Log lines are anything."""
    assert measurements_in(line) == []
