"""How often the intervals of an evaluation hold, and how often luck is promoted.

Run `python -m benchmarks.studies.evaluation`.

Sealed rows are drawn from a population of a million rows whose values are known. Counted is how
often the interval of a metric, and of the gain of one model on another, holds the value of the
population; how often a challenger exactly as good as the champion is promoted by each rule, at the
first try and ever in 40; and how often the search for slices claims one where there is none. Writes
docs/studies/evaluation.md; with --quick it draws a tenth and writes nothing.
"""

import argparse
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from loopwright.domain.fairness_groups import Grouping
from loopwright.domain.intervals import wilson
from loopwright.domain.kinds import Task
from loopwright.domain.metrics import all_gains, gain, measure_all, metrics_of
from loopwright.domain.metrics_estimates import Answers
from loopwright.domain.promotion_rule import bound_of
from loopwright.domain.slices import find_slices
from loopwright.domain.spec_models import Promotion, PromotionRule

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "studies" / "evaluation.md"
SEED = 20_261_128
POPULATION = 1_000_000
SIZES = (500, 2_000, 10_000)
DRAWS = 1_000
TRIES = 40
SEALED = 2_000
THRESHOLD = 0.4
WRONG = 0.2
LEVEL = 0.05
RULES: tuple[PromotionRule, ...] = ("estimate", "interval", "sequential")

Pair = tuple[Answers, Answers]


def main() -> None:
    """Simulate, print the tables, and write their page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    text = page(DRAWS // 10 if quick else DRAWS)
    print(text)
    if not quick:
        PAGE.write_text(text)


def page(draws: int) -> str:
    """Return the study's page."""
    random = np.random.default_rng(SEED)
    lines = [
        "# Intervals of an evaluation, and promotions by luck",
        "",
        f"Seed {SEED}; {draws:,} draws of each; 95 % Wilson intervals in brackets.",
        "",
        "## How often an interval holds the value of the population",
        "",
        "Nominal: 95 %. `gain` is the paired difference of two models on the same rows: one is a",
        "little better. The sealed rows are drawn from a population of a million.",
        "",
        f"| task | metric | {' | '.join(f'{size:,} rows' for size in SIZES)} | gain, 2,000 rows |",
        f"|---|---|{'---|' * (len(SIZES) + 1)}",
        *(row for problem in PROBLEMS for row in coverage(problem, draws, random)),
        *coverage(COUNTS, draws, np.random.default_rng(SEED)),
        "",
        "## How often an equal challenger is promoted",
        "",
        f"Challengers of exactly the champion's AUC, {TRIES} one after another on the same",
        f"{SEALED:,} sealed rows; `min_gain` 0, `error_probability` 0.025.",
        "",
        f"| rule | the first one | any of {TRIES} |",
        "|---|---|---|",
        *promotions(draws, random),
        "",
        "## How often a slice is claimed where there is none",
        "",
        *slices(draws, random),
        "",
        "Written by `make study`.",
        "",
    ]
    return "\n".join(lines)


def binary(rows: int, random: np.random.Generator) -> Pair:
    """Return two models of a binary outcome, whose probabilities are right but for noise."""
    signal = random.normal(size=rows)
    truth = (random.random(rows) < _logistic(1.5 * signal - 0.8)).astype(np.int64)
    return _scored(truth, signal, 0.3, random), _scored(truth, signal, 0.5, random)


def _scored(
    truth: np.ndarray, signal: np.ndarray, noise: float, random: np.random.Generator
) -> Answers:
    score = _logistic(1.2 * (signal + noise * random.normal(size=len(signal))) - 0.8)
    chosen = (score >= THRESHOLD).astype(np.int64)
    return Answers(truth, chosen, np.column_stack([1 - score, score]), 1, costs=(2.0, 3.0))


def _logistic(values: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-values)))


def multiclass(rows: int, random: np.random.Generator) -> Pair:
    """Return two models of four classes, the rarest one row in ten."""
    truth = random.choice(4, size=rows, p=[0.4, 0.3, 0.2, 0.1])
    first, second = (
        1.4 * np.eye(4)[truth] + noise * random.normal(size=(rows, 4)) for noise in (1.0, 1.2)
    )
    return _shares(truth, first), _shares(truth, second)


def _shares(truth: np.ndarray, logits: np.ndarray) -> Answers:
    powers = np.exp(logits)
    shares = powers / powers.sum(axis=1, keepdims=True)
    return Answers(truth, shares.argmax(axis=1), shares)


def regression(rows: int, random: np.random.Generator) -> Pair:
    """Return two models of a skewed number with errors of heavy tails."""
    truth = random.lognormal(sigma=0.7, size=rows)
    first, second = (truth + scale * random.standard_t(6, rows) for scale in (0.3, 0.35))
    return Answers(truth, first), Answers(truth, second)


def counts(rows: int, random: np.random.Generator) -> Pair:
    """Return two models of a count, each off by a factor."""
    mean = random.lognormal(sigma=0.7, size=rows)
    truth = random.poisson(mean).astype(np.float64)
    first, second = (mean * random.lognormal(sigma=noise, size=rows) for noise in (0.3, 0.4))
    return Answers(truth, first), Answers(truth, second)


@dataclass(frozen=True)
class Problem:
    """Two models of a task, and the metrics that their answers are drawn for."""

    task: Task
    draw: Callable[[int, np.random.Generator], Pair]
    metrics: tuple[str, ...]


DEVIANCE = "poisson_deviance"


def _problem(task: Task, draw: Callable[[int, np.random.Generator], Pair]) -> Problem:
    return Problem(task, draw, tuple(one.name for one in metrics_of(task) if one.name != DEVIANCE))


PROBLEMS = [
    _problem("binary", binary),
    _problem("multiclass", multiclass),
    _problem("regression", regression),
]
COUNTS = Problem("regression", counts, (DEVIANCE,))


def coverage(problem: Problem, draws: int, random: np.random.Generator) -> list[str]:
    """Return a row per metric: the share of the draws whose interval holds the population's."""
    task = problem.task
    first, second = problem.draw(POPULATION, random)
    values = {one.name: float(one.value or 0.0) for one in measure_all(task, first)}
    better = {one.metric: one.value for one in all_gains(task, first, second)}
    held: dict[int, Counter[str]] = {size: Counter() for size in SIZES}
    gained: Counter[str] = Counter()
    for size in SIZES:
        for _ in range(draws):
            rows = random.integers(0, POPULATION, size)
            one, other = (_at(each, rows) for each in (first, second))
            for found in measure_all(task, one):
                inside = found.low is not None and found.high is not None
                held[size][found.name] += bool(
                    inside and found.low <= values[found.name] <= found.high  # type: ignore[operator]
                )
            if size == SEALED:
                for paired in all_gains(task, one, other):
                    gained[paired.metric] += paired.low <= better[paired.metric] <= paired.high
    return [
        f"| {task} | {name} | "
        f"{' | '.join(_share(held[size][name], draws) for size in SIZES)} | "
        f"{_share(gained[name], draws)} |"
        for name in problem.metrics
    ]


def _at(answers: Answers, rows: np.ndarray) -> Answers:
    probabilities = None if answers.probabilities is None else answers.probabilities[rows]
    return Answers(
        answers.truth[rows],
        answers.predicted[rows],
        probabilities,
        answers.positive,
        answers.costs,
    )


def _share(count: int, draws: int) -> str:
    bounds = wilson(count, draws)
    return f"{count / draws:.1%} [{bounds.low:.1%}, {bounds.high:.1%}]"


def promotions(draws: int, random: np.random.Generator) -> list[str]:
    """Return a row per rule: how often the first, and any, of many equal challengers passes."""
    first: Counter[str] = Counter()
    ever: Counter[str] = Counter()
    for _ in range(draws):
        signal = random.normal(size=SEALED)
        truth = (random.random(SEALED) < _logistic(1.5 * signal - 0.8)).astype(np.int64)
        champion = _scored(truth, signal, 0.4, random)
        passed: dict[str, list[bool]] = {rule: [] for rule in RULES}
        for place in range(1, TRIES + 1):
            found = gain("roc_auc", _scored(truth, signal, 0.4, random), champion)
            for rule in RULES:
                bound = found and bound_of(Promotion(rule=rule), found, challenges=place)
                passed[rule].append(bool(bound and bound.value >= 0))
        for rule in RULES:
            first[rule] += passed[rule][0]
            ever[rule] += any(passed[rule])
    return [
        f"| `{rule}` | {_share(first[rule], draws)} | {_share(ever[rule], draws)} |"
        for rule in RULES
    ]


def slices(draws: int, random: np.random.Generator) -> list[str]:
    """Return how often pure noise has a slice with a corrected p value below 0.05."""
    claims = 0
    for _ in range(draws):
        groupings = [
            Grouping(f"c{place}", tuple("abcdef"), random.integers(0, 6, 4_000).astype(np.int32))
            for place in range(8)
        ]
        wrong = (random.random(4_000) < WRONG).astype(np.float64)
        found = find_slices(groupings, wrong, relative=True).found
        claims += any(one.p_value < LEVEL for one in found)
    return [
        "Eight columns of six groups, 4,000 rows, one answer in five wrong whatever they hold: in",
        f"{_share(claims, draws)} of the draws a slice has a p value below 0.05 (nominal: 5 %).",
    ]


if __name__ == "__main__":
    main()
