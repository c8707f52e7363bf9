"""What training costs beyond scikit-learn's own fit: `python -m benchmarks.train [--quick]`.

The built-in trainer's boosted trees against the same estimator of plain scikit-learn on the same
rows, in turns; then the export of 200 trees of 31 leaves, and its parity with the estimator.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier

from benchmarks.serve.model import NUMBERS, TEXTS, VALUES
from benchmarks.serve.world import SPEC
from cli.output import print_table
from loopwright.domain.signature import signature_of
from training import estimators
from training.candidates import SEED
from training.export.walk import export_model
from training.parity import check_parity

ROWS = 60_000
TURNS = 7


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows, two turns")
    quick = parser.parse_args().quick
    rows = frame(ROWS // 10 if quick else ROWS)
    turns = 2 if quick else TURNS
    features, target = rows[list(SPEC.features)], rows["y"].to_numpy()
    fits: dict[str, Callable[[], Any]] = {
        "plain scikit-learn": lambda: plain().fit(features, target),
        "built-in trainer": lambda: estimators.fit("boosted trees", rows, SPEC),
    }
    seconds: dict[str, list[float]] = {name: [] for name in fits}
    for _ in range(turns):
        for name, fit in fits.items():
            seconds[name].append(timed(fit)[1])
    ratio = statistics.median(
        ours / theirs
        for ours, theirs in zip(
            seconds["built-in trainer"], seconds["plain scikit-learn"], strict=True
        )
    )
    told = [(name, *spread(found)) for name, found in seconds.items()]
    print_table(f"Boosted trees on {len(rows):,} rows, {turns} turns", ("fit", "s", "range"), told)
    print(f"built-in trainer / plain scikit-learn: {ratio:.3f}, the median of the turns")
    export(features, target, turns)


def frame(rows: int) -> Any:
    """Return rows whose outcome depends on four columns."""
    random = np.random.default_rng(7)
    columns: dict[str, Any] = {name: random.normal(size=rows) for name in NUMBERS}
    codes = {name: random.integers(0, len(VALUES), rows) for name in TEXTS}
    texts = {name: pd.Categorical.from_codes(code, VALUES) for name, code in codes.items()}
    signal = columns["n0"] + columns["n1"] * columns["n2"] + 0.3 * codes["t0"] - 1.3
    outcome = (signal + random.logistic(size=rows) > 0).astype(int)
    return pd.DataFrame({**columns, **texts, "y": pd.Categorical(outcome, categories=[0, 1])})


def plain() -> Any:
    """Return what the built-in trainer fits, as anybody would write it."""
    return HistGradientBoostingClassifier(
        max_iter=200, learning_rate=0.1, early_stopping=True, random_state=SEED
    )


def export(features: Any, target: Any, turns: int) -> None:
    """Export trees without early stopping, and compare them with the estimator."""
    estimator = HistGradientBoostingClassifier(max_iter=200, early_stopping=False, random_state=0)
    estimator.fit(features, target)
    categories = dict.fromkeys(TEXTS, VALUES)
    signature = signature_of(SPEC, "s" * 64, categories=categories, classes=(0, 1))
    names = tuple(SPEC.features)
    seconds = [
        timed(lambda: export_model(estimator, signature, features=names))[1] for _ in range(turns)
    ]
    exported = export_model(estimator, signature, features=names)
    parity, took = timed(lambda: check_parity(estimator, exported, signature, features))
    nodes = sum(len(tree[0].nodes) for tree in estimator._predictors)  # noqa: SLF001 - to count them
    rows = [
        ("nodes", f"{nodes:,}"),
        ("export, s", " ".join(spread(seconds))),
        ("model.onnx, MB", f"{len(exported.onnx) / 1e6:.2f}"),
        ("parity gate, s", f"{took:.2f}"),
        ("largest difference", f"{parity.max_difference:.2g}"),
        ("rows compared", f"{sum(one.rows for one in parity.scenarios):,}"),
    ]
    print_table("Export of 200 trees", ("", ""), rows)


def timed[Found](work: Callable[[], Found]) -> tuple[Found, float]:
    """Return what some work gives, and its seconds."""
    began = time.perf_counter()
    found = work()
    return found, time.perf_counter() - began


def spread(seconds: list[float]) -> tuple[str, str]:
    """Return the median and the range."""
    return f"{statistics.median(seconds):.3f}", f"({min(seconds):.3f} to {max(seconds):.3f})"


if __name__ == "__main__":
    main()
