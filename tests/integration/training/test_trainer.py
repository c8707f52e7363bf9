"""The built-in trainer fits each task and chooses by the metric."""

from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from loopwright.domain.kinds import EstimatorName
from loopwright.domain.spec import Column, NoProtected, ProjectSpec
from loopwright.domain.spec_gates import Costs
from loopwright.domain.spec_models import Promotion, Training
from training.answers import answer, classes_of, measure
from training.candidates import usable
from training.estimators import fit
from training.frames import is_validation, typed
from training.stopping import Stopping
from training.trainer import Work, choose

TARGETS = {
    "binary": Column(type="boolean"),
    "multiclass": Column(type="category", values=("low", "middle", "high")),
    "regression": Column(type="number"),
}


def spec(task: Any, **changes: Any) -> ProjectSpec:
    """Make a spec of a task over a number, a boolean and a category."""
    values: dict[str, Any] = {
        "project": "people",
        "question": "How far?",
        "owner": "Team",
        "intended_use": "Tests of the built-in trainer.",
        "affected_people": "Nobody",
        "task": task,
        "target": "y",
        "protected": NoProtected(none="made up for a test"),
        "columns": {
            "age": Column(type="integer"),
            "pay": Column(type="number", max_missing_share=0.5),
            "member": Column(type="boolean", max_missing_share=0.5),
            "city": Column(type="category"),
            "y": TARGETS[task],
        },
    }
    return ProjectSpec(**{**values, **changes})


def rows(chosen: ProjectSpec, *, cities: int = 5, linear: bool = True) -> Any:
    """Make 600 rows whose target depends on a number in a straight line, or in steps."""
    random = np.random.default_rng(3)
    age = random.integers(18, 90, 600)
    score = age / 10 if linear else (age // 9 % 2) * 5.0
    score = score + random.normal(0, 0.1, 600)
    member = random.choice([True, False, None], 600)
    target: Any = score
    if chosen.task == "binary":
        target = score > np.median(score)
    elif chosen.task == "multiclass":
        target = np.array(["low", "middle", "high"])[np.digitize(score, [4.0, 6.5])]
    frame = pd.DataFrame(
        {
            "age": age,
            "pay": np.where(random.random(600) < 0.2, np.nan, random.normal(size=600)),
            "member": pd.array(member, dtype="boolean"),
            "city": [f"city {at}" for at in random.integers(0, cities, 600)],
            "y": target,
        }
    )
    return typed(frame, chosen)


def leave() -> NoReturn:
    """Nobody tells these fits to stop."""
    raise AssertionError


def work(chosen: ProjectSpec, folder: Path = Path("nowhere")) -> Work:
    """What the trainer works with; only a search writes into the folder."""
    return Work(chosen, folder, print, Stopping(leave))


def halves(frame: Any, chosen: ProjectSpec) -> tuple[Any, Any]:
    """Split as the job does."""
    mask = is_validation(frame, chosen)
    return frame[~mask], frame[mask]


@pytest.mark.parametrize("task", TARGETS)
def test_every_task_is_fitted_by_both_candidates(task: str) -> None:
    """Missing values and categories need no preparation by the user."""
    chosen = spec(task)
    fitting, validation = halves(rows(chosen), chosen)
    choice = choose(fitting, validation, work(chosen))

    assert [one.name for one in choice.taken.tried] == ["linear model", "boosted trees"]
    assert all(one.value > 0.8 for one in choice.taken.tried)


def test_the_simplest_design_inside_the_noise_is_taken() -> None:
    """In a straight line the trees are no better, whichever is ahead by chance."""
    chosen = spec("binary")
    choice = choose(*halves(rows(chosen), chosen), work(chosen))
    linear, trees = choice.taken.tried

    assert choice.taken.name == "linear model"
    assert min(linear.behind_low, trees.behind_low) <= 0
    assert {(one.behind, one.behind_low, one.behind_high) for one in choice.taken.tried} & {
        (0, 0, 0)
    }


def test_the_gain_of_the_best_is_the_paired_one() -> None:
    """Of the mean absolute error it is the mean difference of the errors, row by row."""
    chosen = spec("regression", promotion=Promotion(metric="mae"))
    fitting, validation = halves(rows(chosen, linear=False), chosen)
    choice = choose(fitting, validation, work(chosen))
    names: tuple[EstimatorName, ...] = ("linear model", "boosted trees")
    errors = {
        name: np.abs(
            fit(name, fitting, chosen).predict(validation[list(chosen.features)])
            - validation["y"].to_numpy()
        )
        for name in names
    }
    difference = errors["linear model"] - errors["boosted trees"]
    spread = 1.959964 * difference.std() / np.sqrt(len(difference))

    assert choice.taken.tried[0].behind == pytest.approx(difference.mean())
    assert choice.taken.tried[0].behind_low == pytest.approx(difference.mean() - spread, rel=1e-6)


@pytest.mark.parametrize("task", TARGETS)
def test_lightgbm_and_xgboost_are_options(task: str) -> None:
    """They are fitted where the spec names them, and answer as well as the others."""
    names: tuple[EstimatorName, ...] = ("lightgbm", "xgboost")
    chosen = spec(task, training=Training(estimators=names))
    choice = choose(*halves(rows(chosen), chosen), work(chosen))

    assert tuple(one.name for one in choice.taken.tried) == names
    assert all(one.value > 0.8 for one in choice.taken.tried)


@pytest.mark.parametrize("name", ["boosted trees", "lightgbm", "xgboost"])
@pytest.mark.parametrize("favourable", [True, False])
def test_an_effect_of_the_spec_is_kept_by_every_row(
    name: EstimatorName, *, favourable: bool
) -> None:
    """With a higher age the favourable outcome may only get less likely, though data say more."""
    columns = spec("binary").columns | {"age": Column(type="integer", effect="decreasing")}
    chosen = spec("binary", columns=columns, favourable=favourable)
    frame = rows(chosen)
    estimator = fit(name, frame, chosen)
    features = frame[list(chosen.features)].head(50)
    older = features.assign(age=features["age"] + 20)
    place = classes_of(estimator).index(favourable)
    before, after = (answer(estimator, one)[:, place] for one in (features, older))

    assert (after <= before + 1e-9).all()


def test_a_linear_model_is_left_out_where_effects_are_bound() -> None:
    """It cannot keep to them; a spec that names nothing else is refused when it is read."""
    columns = spec("regression").columns | {"age": Column(type="integer", effect="increasing")}
    chosen = spec("regression", columns=columns)

    assert usable(chosen) == ("boosted trees",)


def test_the_trees_win_where_the_target_goes_in_steps() -> None:
    """A straight line cannot follow them."""
    chosen = spec("regression")
    choice = choose(*halves(rows(chosen, linear=False), chosen), work(chosen))

    assert choice.taken.name == "boosted trees"


def test_a_loss_is_chosen_for_being_small() -> None:
    """Direction belongs to the metric."""
    chosen = spec("regression", promotion=Promotion(metric="rmse"))
    choice = choose(*halves(rows(chosen, linear=False), chosen), work(chosen))

    assert choice.taken.name == min(choice.taken.tried, key=lambda one: one.value).name


def test_a_column_of_very_many_categories_is_fitted() -> None:
    """Native categories end at 255."""
    chosen = spec("regression")
    estimator = fit("boosted trees", rows(chosen, cities=500), chosen)

    assert next(name for name, _ in estimator.steps) == "columntransformer"


def test_metrics_are_those_of_scikit_learn() -> None:
    """Computed here a second time, from the predictions themselves."""
    chosen = spec("binary", favourable=False)
    fitting, validation = halves(rows(chosen), chosen)
    estimator = fit("linear model", fitting, chosen)
    features = validation[list(chosen.features)]
    found = measure(
        chosen, classes_of(estimator), validation["y"].tolist(), answer(estimator, features)
    )
    truth = validation["y"].to_numpy()

    assert found["accuracy"] == estimator.score(features, truth)
    assert found["roc_auc"] == pytest.approx(
        metrics.roc_auc_score(~truth, estimator.predict_proba(features)[:, 0])
    )
    assert found["brier"] == pytest.approx(
        np.mean((~truth - estimator.predict_proba(features)[:, 0]) ** 2)
    )


def noisy(chosen: ProjectSpec) -> Any:
    """Rows whose outcome hardly depends on anything: trees that are not stopped are too sure."""
    frame = rows(chosen)
    random = np.random.default_rng(5)
    frame["y"] = random.random(len(frame)) < 1 / (1 + np.exp(-(frame["age"] - 54) / 30))
    return frame


def test_probabilities_that_are_acted_on_are_calibrated_where_it_helps() -> None:
    """With costs they decide; Platt's function on folds makes the log loss certainly smaller."""
    trees = Training(estimators=("boosted trees",))
    chosen = spec(
        "binary", training=trees, costs=Costs(false_positive=1, false_negative=3), favourable=True
    )
    fitting, validation = halves(noisy(chosen), chosen)
    choice = choose(fitting, validation, work(chosen))
    plain = fit("boosted trees", fitting, chosen)
    features, truth = validation[list(chosen.features)], validation["y"].to_numpy()
    losses = [
        metrics.log_loss(truth, one.predict_proba(features)) for one in (choice.estimator, plain)
    ]

    assert choice.taken.is_calibrated
    assert losses[0] < losses[1] - 0.05


def test_calibration_is_not_tried_where_nobody_acts_on_probabilities() -> None:
    """By AUC the order is all that counts."""
    trees = Training(estimators=("boosted trees",))
    chosen = spec("binary", training=trees)

    assert not choose(*halves(noisy(chosen), chosen), work(chosen)).taken.is_calibrated


def test_calibration_that_does_not_help_is_not_kept() -> None:
    """A logistic regression is calibrated as it is."""
    linear = Training(estimators=("linear model",))
    chosen = spec("binary", training=linear, promotion=Promotion(metric="log_loss"))

    assert not choose(*halves(noisy(chosen), chosen), work(chosen)).taken.is_calibrated
