"""What a spec may ask of the built-in trainer: interactions, weights, counts, a search."""

from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from loopwright.domain.kinds import EstimatorName
from loopwright.domain.package import Trial
from loopwright.domain.search_space import SPACES
from loopwright.domain.spec import Column, NoProtected, ProjectSpec
from loopwright.domain.spec_models import Promotion, Search, Training
from training.errors import JobInputError
from training.estimators import fit, weights_of
from training.frames import is_for_search, is_validation, typed
from training.hosts import Hosts
from training.search import TRIALS, best_of, worth
from training.stopping import Stopping
from training.together import fit_together
from training.trainer import Work, choose

TREES: tuple[EstimatorName, ...] = ("boosted trees", "lightgbm", "xgboost")
ALL: tuple[EstimatorName, ...] = ("linear model", *TREES)


def leave() -> NoReturn:
    """Nobody tells these fits to stop before there is a model."""
    raise AssertionError


def spec(training: Training, task: Any = "regression", **changes: Any) -> ProjectSpec:
    """Make a spec over three numbers, a weight and a target."""
    targets = {
        "regression": Column(type="number", min=0),
        "binary": Column(type="boolean"),
    }
    values: dict[str, Any] = {
        "project": "shop",
        "question": "How many?",
        "owner": "Team",
        "intended_use": "Tests of the built-in trainer.",
        "affected_people": "Nobody",
        "task": task,
        "target": "y",
        "entity": "who",
        "protected": NoProtected(none="made up for a test"),
        "columns": {
            "who": Column(type="integer"),
            "a": Column(type="number"),
            "b": Column(type="number"),
            "c": Column(type="number"),
            "w": Column(type="number", min=0, feature=False, max_missing_share=1.0),
            "y": targets[task],
        },
        "training": training,
    }
    return ProjectSpec(**{**values, **changes})


def rows(chosen: ProjectSpec, count: int = 1_500) -> Any:
    """Make rows in which a and b act together, and the target is a count."""
    random = np.random.default_rng(5)
    numbers = {name: random.normal(size=count) for name in "abc"}
    mean = np.exp(0.5 * numbers["a"] * numbers["b"] + 0.9 * numbers["c"])
    target: Any = random.poisson(mean).astype(float)
    frame = pd.DataFrame({**numbers, "who": np.arange(count) // 3, "w": 1.0, "y": target})
    if chosen.task == "binary":
        frame["y"] = target > 3
    return typed(frame, chosen)


def parts(chosen: ProjectSpec) -> tuple[Any, Any]:
    """Split as the job does."""
    frame = rows(chosen)
    mask = is_validation(frame, chosen)
    return frame[~mask], frame[mask]


@pytest.mark.parametrize("name", TREES)
@pytest.mark.parametrize("groups", [(), (("a", "c"),), None])
def test_features_act_together_only_where_the_spec_says_so(
    name: EstimatorName, groups: tuple[tuple[str, ...], ...] | None
) -> None:
    """What a does must not depend on b: f(1,1) - f(1,0) - f(0,1) + f(0,0) = 0."""
    chosen = spec(Training(estimators=(name,), interactions=groups))
    frame = rows(chosen)
    estimator = fit(name, frame, chosen)
    corners = [
        estimator.predict(frame[["a", "b", "c"]].head(40).assign(a=a, b=b)).astype(np.float64)
        for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))
    ]
    together = np.abs(corners[0] - corners[1] - corners[2] + corners[3]).max()

    assert (together > 0.3) if groups is None else (together < 1e-5)


def test_a_group_of_the_spec_may_act_together() -> None:
    """And does, where the data says so."""
    chosen = spec(Training(estimators=("boosted trees",), interactions=(("a", "b"),)))
    frame = rows(chosen)
    estimator = fit("boosted trees", frame, chosen)
    at = frame[["a", "b", "c"]].head(40)
    predicted = {(a, b): estimator.predict(at.assign(a=a, b=b)) for a in (-1, 1) for b in (-1, 1)}

    assert (predicted[1, 1] - predicted[1, -1] - predicted[-1, 1] + predicted[-1, -1]).mean() > 0.5


def test_balanced_classes_weigh_the_same_and_rows_by_their_column() -> None:
    """By hand: 3 of one class and 1 of the other; one row counts twice, one has no weight."""
    chosen = spec(Training(weight="w", class_weights="balanced"), task="binary")
    frame = pd.DataFrame({"y": [True, True, True, False], "w": [1.0, 2.0, np.nan, 1.0]})

    assert weights_of(frame, chosen) == pytest.approx([2 / 3, 4 / 3, 2 / 3, 2])
    assert weights_of(frame, chosen, {True: 1, False: 3}) == pytest.approx([2, 4, 2, 2 / 3])
    assert weights_of(frame, spec(Training(), task="binary")) is None


@pytest.mark.parametrize("name", ALL)
def test_a_row_of_weight_zero_teaches_nothing(name: EstimatorName) -> None:
    """Half of the rows say the opposite, and count nothing."""
    chosen = spec(Training(estimators=(name,), weight="w"), task="binary")
    frame = rows(chosen)
    wrong = frame.assign(y=~frame["y"], w=0.0)
    both = pd.concat([frame, wrong], ignore_index=True)
    features = frame[["a", "b", "c"]]
    fits = [fit(name, one, chosen).predict_proba(features)[:, 1] for one in (frame, both)]

    assert np.corrcoef(*fits)[0, 1] > 0.8


@pytest.mark.parametrize("name", ALL)
def test_balanced_classes_answer_the_rare_one_more_often(name: EstimatorName) -> None:
    """On rows that it was not fitted on."""
    frames = {}
    for weights in ("none", "balanced"):
        chosen = spec(Training(estimators=(name,), class_weights=weights), task="binary")
        fitting, validation = parts(chosen)
        estimator = fit(name, fitting, chosen)
        frames[weights] = estimator.predict_proba(validation[["a", "b", "c"]])[:, 1]

    assert frames["balanced"].mean() > frames["none"].mean() + 0.01


@pytest.mark.parametrize("name", ALL)
def test_counts_are_fitted_by_their_deviance_and_are_never_negative(name: EstimatorName) -> None:
    """Better than what fits squares, by scikit-learn's deviance on rows not fitted on."""
    chosen = spec(Training(estimators=(name,), loss="poisson"))
    fitting, validation = parts(chosen)
    features, truth = validation[["a", "b", "c"]], validation["y"].to_numpy()
    found = fit(name, fitting, chosen).predict(features)
    plain = fit(name, fitting, spec(Training(estimators=(name,)))).predict(features)

    assert (found > 0).all()
    assert metrics.mean_poisson_deviance(truth, found) < metrics.mean_poisson_deviance(
        truth, np.maximum(plain, 1e-3)
    )


def test_counts_may_be_judged_by_their_deviance() -> None:
    """The metric of the spec, as scikit-learn defines it."""
    chosen = spec(Training(loss="poisson"), promotion=Promotion(metric="poisson_deviance"))
    fitting, validation = parts(chosen)
    taken = choose(fitting, validation, Work(chosen, Path("no"), print, Stopping(leave))).taken
    linear = fit("linear model", fitting, chosen).predict(validation[["a", "b", "c"]])

    assert taken.tried[0].value == pytest.approx(
        metrics.mean_poisson_deviance(validation["y"], linear)
    )
    assert taken.tried[0].metric == "poisson_deviance"


def searching(folder: Path, say: Any = print, trials: int = 4) -> Work:
    """Make the work of a search over two designs."""
    training = Training(estimators=("linear model", "boosted trees"), search=Search(trials=trials))
    return Work(spec(training), folder, say, Stopping(leave))


def test_settings_are_searched_on_rows_that_judge_nothing_else(tmp_path: Path) -> None:
    """All rows of an entity are on one side, the usual settings are among the trials."""
    work = searching(tmp_path)
    fitting, validation = parts(work.spec)
    taken = choose(fitting, validation, work).taken
    judging = is_for_search(fitting, work.spec)
    sides = [set(fitting["who"][side]) for side in (judging, ~judging)]

    assert [one.name for one in taken.searched] == ["boosted trees"] * 4
    assert taken.searched[0].parameters == {}
    assert {*taken.searched[1].parameters} == {*SPACES["boosted trees"]}
    assert not sides[0] & sides[1]
    assert 0.1 < judging.mean() < 0.3
    best = best_of(taken.searched, "boosted trees", "r2")
    assert [one.parameters for one in taken.tried] == [{}, {}, *([best] if best else [])]


def test_a_search_gives_the_same_again_and_goes_on_where_it_was(tmp_path: Path) -> None:
    """What was measured before an interruption is not measured again."""
    said: list[str] = []
    whole = choose(*parts(searching(tmp_path).spec), searching(tmp_path / "one")).taken.searched
    choose(*parts(searching(tmp_path).spec), searching(tmp_path / "two", trials=2))
    work = searching(tmp_path / "two", said.append)
    resumed = choose(*parts(work.spec), work).taken.searched

    assert resumed == whole
    assert sum(line.startswith("searched") for line in said) == 2
    assert (tmp_path / "two" / TRIALS).exists()


def test_a_search_leaves_time_for_what_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends by its share of the time limit."""
    monkeypatch.setattr("training.search.SHARE_OF_TIME", 0.0)
    said: list[str] = []
    work = searching(tmp_path, said.append)

    assert choose(*parts(work.spec), work).taken.searched == ()
    assert "the search ends after 0 trials, to leave time for what follows" in said


def test_a_class_that_only_one_side_of_the_search_has_gives_no_worth() -> None:
    """The search is left out, and does not break the job."""
    chosen = spec(Training(search=Search(trials=2)), task="binary")
    frame = rows(chosen)
    judging = is_for_search(frame, chosen)

    assert worth("boosted trees", {}, frame.assign(y=judging), chosen) is None
    assert worth("boosted trees", {}, frame[~judging], chosen) is None
    assert worth("boosted trees", {}, frame, chosen) is not None


class Alone(Hosts):
    """A host without others."""

    def gathered(self, mine: bytes) -> list[bytes]:
        """Give what it has."""
        return [mine]


def test_a_host_whose_rows_are_all_to_judge_by_says_what_to_do() -> None:
    """The last part of a version may hold a handful of rows."""
    chosen = spec(Training(estimators=("xgboost",), instances=2))
    frame = rows(chosen)

    with pytest.raises(JobInputError, match="host 1 of 2 has no row to fit on; lower"):
        fit_together(frame[is_validation(frame, chosen)], chosen, Alone(0, 2), print)


def test_the_best_settings_are_those_of_the_metric() -> None:
    """The smaller loss, the larger r2; the usual ones when they are as good."""
    trials = tuple(
        Trial(name="xgboost", parameters={"max_depth": depth} if depth else {}, value=value)
        for depth, value in ((0, 0.5), (2, 0.5), (3, 0.2), (4, None), (5, 0.7))
    )

    assert best_of(trials, "xgboost", "rmse") == {"max_depth": 3}
    assert best_of(trials, "xgboost", "r2") == {"max_depth": 5}
    assert best_of(trials[:2], "xgboost", "r2") == {}
    assert best_of(trials, "lightgbm", "r2") == {}


def test_a_job_that_is_told_to_stop_takes_the_best_so_far(tmp_path: Path) -> None:
    """During the search: what follows it is left out."""
    stopping = Stopping(leave)

    def say(line: str) -> None:
        if line.startswith("searched"):
            stopping.handle(15, None)

    searched = searching(tmp_path, say, trials=50)
    work = Work(searched.spec, tmp_path, say, stopping)
    taken = choose(*parts(work.spec), work).taken

    assert [one.name for one in taken.tried] == ["linear model", "boosted trees"]
    assert (taken.name, taken.searched) == ("boosted trees", ())
    assert stopping.is_told


def test_only_what_may_be_left_out_is_interrupted() -> None:
    """Before there is a model the job leaves; while it is written nothing happens."""
    left: list[str] = []

    def go() -> NoReturn:
        left.append("left")
        raise SystemExit

    stopping = Stopping(go)
    with pytest.raises(SystemExit):
        stopping.handle(15, None)
    stopping.has_model()
    stopping.handle(15, None)
    stopping.attempt(lambda: left.append("done all the same"))

    assert left == ["left"]


def test_no_library_swallows_the_end_of_the_time() -> None:
    """What is interrupted may catch every exception there is."""
    stopping, done = Stopping(leave), []
    stopping.has_model()

    def careless() -> None:
        try:
            stopping.handle(15, None)
        except Exception:  # noqa: BLE001 - as careless as code can be
            done.append("went on")

    stopping.attempt(careless)

    assert (stopping.is_told, done) == (True, [])
