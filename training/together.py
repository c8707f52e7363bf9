"""Fit one model of XGBoost on several hosts, each with its own share of the rows.

The rows are never brought together. Every round the hosts add up their histograms, so that all of
them grow the same trees; that all end with the same bytes is verified. The first host gets the
validation rows of all, judges by them and writes the package.
"""

import importlib
import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from loopwright.domain.metrics import judging_metric
from loopwright.domain.package import Tried
from loopwright.domain.spec import ProjectSpec
from training.answers import answer, measure
from training.candidates import CANDIDATES
from training.errors import JobInputError
from training.estimators import last_of, targets, weights_of
from training.fitting import Fitted
from training.frames import MIN_VALIDATION_ROWS, is_validation
from training.hosts import Hosts
from training.labelled import Labelled

MAX_VALIDATION_ROWS = 200_000


def fit_together(
    rows: Any, spec: ProjectSpec, hosts: Hosts, say: Callable[[str], None]
) -> Fitted | None:
    """Fit on the rows of all hosts; return what was fitted on the first host, None on the others.

    As alone, it is fitted without the validation rows first, and then on all rows.
    """
    rows = _with_all_categories(rows, spec, hosts)
    classes = [] if spec.task == "regression" else _classes(rows, spec, hosts)
    chosen = is_validation(rows, spec)
    told = f"host {hosts.rank + 1} of {hosts.count}"
    say(f"{told}: {len(rows)} rows, {int(chosen.sum())} to judge by")
    if chosen.all():
        raise JobInputError(f"{told} has no row to fit on; lower training.instances")
    first = _fit(rows[~chosen], spec, classes, hosts)
    last = _fit(rows, spec, classes, hosts)
    count = sum(int(one) for one in hosts.gathered(str(len(rows)).encode()))
    judged = _gathered(rows[chosen].head(MAX_VALIDATION_ROWS // hosts.count), hosts)
    if hosts.rank:
        return None
    if len(judged) < MIN_VALIDATION_ROWS:
        raise JobInputError(f"only {len(judged)} of {count} rows are to judge by; bring more data")
    return _fitted(first, last, judged, count, tuple(classes), spec)


def _fitted(
    first: Any, last: Any, judged: Any, count: int, classes: tuple[Any, ...], spec: ProjectSpec
) -> Fitted:
    answers = answer(first, judged[list(spec.features)])
    metrics = measure(spec, classes, targets(judged, spec).tolist(), answers)
    metric = judging_metric(spec)
    return Fitted(
        estimator=last,
        trained_by="built-in trainer",
        fitted_on="all training rows",
        tried=(Tried(name="xgboost", metric=metric, value=metrics[metric]),),
        searched=(),
        validation=judged,
        answers=answers,
        classes=classes,
        metrics=metrics,
        training_rows=count,
    )


def _with_all_categories(rows: Any, spec: ProjectSpec, hosts: Hosts) -> Any:
    """Let columns without `values` have the categories of all hosts."""
    rows = rows.copy()
    for name in [*spec.features, spec.target]:
        if spec.columns[name].type == "category" and not spec.columns[name].values:
            found = hosts.union(rows[name].cat.categories.tolist())
            rows[name] = rows[name].cat.set_categories(found)
    return rows


def _classes(rows: Any, spec: ProjectSpec, hosts: Hosts) -> list[Any]:
    """Return the classes that occur on any host, in the order in which NumPy sorts them."""
    seen = hosts.union(np.unique(targets(rows, spec)).tolist())
    return list(np.unique(np.array(seen)).tolist())


def _class_counts(rows: Any, spec: ProjectSpec, classes: list[Any], hosts: Hosts) -> dict[Any, int]:
    """Return the rows of each class on all hosts together."""
    labels = targets(rows, spec).tolist()
    mine = json.dumps([labels.count(value) for value in classes]).encode()
    counts = zip(*(json.loads(one) for one in hosts.gathered(mine)), strict=True)
    return dict(zip(classes, map(sum, counts), strict=True))


def _fit(rows: Any, spec: ProjectSpec, classes: list[Any], hosts: Hosts) -> Any:
    """Fit the design for XGBoost on the rows of all hosts; every host returns the same."""
    xgboost = importlib.import_module("xgboost")
    features = rows[list(spec.features)]
    design: Pipeline = CANDIDATES["xgboost"](features, spec)
    encoder, model = design[0], design[-1]
    _, numbered, names = encoder.transformers[0]
    numbered.set_params(categories=[features[name].cat.categories.tolist() for name in names])
    labels = targets(rows, spec)
    if classes:
        labels = np.searchsorted(np.array(classes), labels)
    inner = last_of(design)
    options = inner.get_xgb_params()
    if spec.task == "multiclass":
        options |= {"objective": "multi:softprob", "num_class": len(classes)}
    weights = weights_of(rows, spec, _class_counts(rows, spec, classes, hosts))
    matrix = xgboost.DMatrix(encoder.fit_transform(features), label=labels, weight=weights)
    booster = xgboost.train(options, matrix, num_boost_round=inner.n_estimators)
    raw = booster.save_raw("ubj")
    hosts.refuse_difference("models", bytes(raw))
    inner.load_model(raw)
    if isinstance(model, Labelled):
        model.classes_ = np.array(classes)
        model.n_features_in_ = len(spec.features)
    return design


def _gathered(rows: Any, hosts: Hosts) -> Any:
    """Return the rows of all hosts, in the order of the hosts."""
    packed = io.BytesIO()
    rows.to_parquet(packed, index=False)
    frames = [pd.read_parquet(io.BytesIO(one)) for one in hosts.gathered(packed.getvalue())]
    return pd.concat(frames, ignore_index=True).astype(rows.dtypes.to_dict())
