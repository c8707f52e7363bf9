"""The states of an alarm."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.twin.alarm_rules import UnknownStatisticError, alarm_state, datapoint

values = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50)


def state(datapoints: list[float | None], **changes: object) -> str:
    """The state for a threshold of 5, one breach needed."""
    settings: dict[str, object] = {
        "comparison": "GreaterThanThreshold",
        "threshold": 5.0,
        "needed": 1,
        "missing": "missing",
        "current": "OK",
        **changes,
    }
    return alarm_state(datapoints, **settings)  # type: ignore[arg-type] # a table of settings


@given(sample=values)
def test_statistics_are_those_of_numpy(sample: list[float]) -> None:
    """Each name means what its word says."""
    expected = {"Sum": np.sum(sample), "Average": np.mean(sample), "p90": np.percentile(sample, 90)}

    assert {name: datapoint(name, sample) for name in expected} == pytest.approx(expected)
    assert datapoint("Maximum", sample) == np.max(sample)
    assert datapoint("SampleCount", sample) == len(sample)


@pytest.mark.parametrize(
    ("datapoints", "needed", "expected"),
    [
        ([6.0, 1.0, 6.0], 2, "ALARM"),
        ([6.0, 1.0, 1.0], 2, "OK"),
        ([5.0], 1, "OK"),
        ([6.0, None, None], 2, "OK"),
    ],
)
def test_m_of_the_last_n_periods_must_breach(
    datapoints: list[float | None], needed: int, expected: str
) -> None:
    """A period without data breaches nothing by itself."""
    assert state(datapoints, needed=needed) == expected


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ("missing", "INSUFFICIENT_DATA"),
        ("notBreaching", "OK"),
        ("breaching", "ALARM"),
        ("ignore", "ALARM"),
    ],
)
def test_missing_data_counts_as_the_alarm_says(missing: str, expected: str) -> None:
    """``ignore`` keeps the state, here an alarm."""
    assert state([None], missing=missing, current="ALARM") == expected


def test_what_the_twin_cannot_compute_is_an_error() -> None:
    """Never a silent OK."""
    with pytest.raises(UnknownStatisticError, match="TM"):
        datapoint("TM(10%:90%)", [1.0])
    with pytest.raises(UnknownStatisticError, match="Upper"):
        state([1.0], comparison="GreaterThanUpperThreshold")
