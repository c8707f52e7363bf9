from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from loopwright.domain.probe import ProbeWatch

START = datetime(2026, 1, 5, tzinfo=UTC)
EXPECTED = {"value": 1, "probabilities": [0.25, 0.75]}
RIGHT = {"model": "new", "predictions": [EXPECTED]}
OLD = {"model": "old", "predictions": [EXPECTED]}


def a_watch(**changes: Any) -> ProbeWatch:
    """Return a watch over a cache time of 5 seconds, with 20 seconds of patience."""
    options: dict[str, Any] = {
        "model": "new",
        "replaced": "old",
        "expected": EXPECTED,
        "started_at": START,
        "cache_time": timedelta(seconds=5),
        "patience": timedelta(seconds=20),
    }
    return ProbeWatch(**{**options, **changes})


def answer(watch: ProbeWatch, at: float, body: dict[str, Any]) -> str:
    """Give the watch an answer that was asked and came at this second."""
    when = START + timedelta(seconds=at)
    watch.answered(body, at=when, asked_at=when)
    return watch.state


def test_it_passes_when_the_cache_time_went_by_without_the_old_model() -> None:
    """Answers of the new model alone, for as long as a cache may hold the old pointer."""
    watch = a_watch()

    assert [answer(watch, second, RIGHT) for second in (0, 3, 5)] == [
        "watching",
        "watching",
        "passed",
    ]


def test_an_answer_of_the_old_model_starts_the_time_anew() -> None:
    """Some server still holds the old pointer."""
    watch = a_watch()
    seen = [answer(watch, at, body) for at, body in ((0, RIGHT), (4, OLD), (5, RIGHT), (9, RIGHT))]

    assert seen == ["watching"] * 4
    assert answer(watch, 10, RIGHT) == "passed"


def test_it_fails_when_the_old_model_answers_beyond_all_patience() -> None:
    """The reason names the model that answers."""
    watch = a_watch()
    answer(watch, 19, OLD)

    assert answer(watch, 20, OLD) == "failed"
    assert watch.reason == "model old still answers 20 seconds after"


def test_one_right_answer_is_enough_for_a_first_champion() -> None:
    """No cache can hold a pointer that never was."""
    assert answer(a_watch(replaced=None), 0, RIGHT) == "passed"
    assert answer(a_watch(replaced="new"), 0, RIGHT) == "passed"


@pytest.mark.parametrize(
    ("expected", "predictions"),
    [
        (EXPECTED, [{"value": 1, "probabilities": [0.3, 0.7]}]),
        (EXPECTED, [{"value": 0, "probabilities": [0.25, 0.75]}]),
        (EXPECTED, [{"value": 1, "probabilities": [0.75]}]),
        (EXPECTED, []),
        (EXPECTED, None),
        ({"value": 2.0}, [{"value": 3.0, "probabilities": None}]),
        ({"value": "a"}, [{"value": "b"}]),
    ],
)
def test_a_wrong_prediction_fails_at_once(expected: dict[str, Any], predictions: object) -> None:
    """A model that answers otherwise than in the training job must not serve."""
    watch = a_watch(expected=expected)

    assert answer(watch, 0, {"model": "new", "predictions": predictions}) == "failed"
    assert watch.reason.startswith("the stored sample was answered")


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ({"value": 2.0}, {"value": 2.0 + 1e-12, "probabilities": None}),
        ({"value": 2.0, "probabilities": None}, {"value": 2}),
        ({"value": "a", "probabilities": None}, {"value": "a"}),
    ],
)
def test_the_last_digits_may_differ(expected: dict[str, Any], found: dict[str, Any]) -> None:
    """Another machine may round otherwise."""
    watch = a_watch(expected=expected, replaced=None)

    assert answer(watch, 0, {"model": "new", "predictions": [found]}) == "passed"
