"""How often the feasibility gate is right where the truth is known.

Run `python -m benchmarks.studies.feasibility`.

Pure noise, planted signals and how often the interval of their gain holds, learning curves of a
known law, and a learner whose curve is measured on many more rows. Writes
docs/studies/feasibility.md; with --quick it prints a tenth of the draws and writes nothing.
"""

import argparse
import functools
import math
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loopwright.domain.feasibility import Subject, assess, metric_of
from loopwright.domain.feasibility_report import FeasibilityReport
from loopwright.domain.feasibility_sample import describe_sample
from loopwright.domain.feasibility_trial import Question, SampledRows
from loopwright.domain.intervals import wilson
from loopwright.domain.kinds import Task
from loopwright.domain.learning_curve import Estimate, curve_sizes, fit_curve
from loopwright.domain.noise_ceiling import identical_rows, noise_ceiling
from loopwright.domain.spec import Column, NoProtected, ProjectSpec
from loopwright.domain.spec_gates import Feasibility
from loopwright.engines.learner import SimpleLearner
from loopwright.engines.learner_columns import code_features, code_target
from loopwright.engines.learner_models import score_split
from loopwright.engines.learner_splits import Split

PAGE = Path(__file__).parents[2] / "docs" / "studies" / "feasibility.md"
SEED = 20_261_127
DRAWS = 200
SIGNAL_DRAWS = 60
LAW_DRAWS = 200
LEARNER_DRAWS = 40
PROCESSES = 2
ROWS = 500
FEATURES = 6
MARGIN = 0.02
LAWS = ((0.9, 1.2, 0.5, 0.88), (0.85, 0.8, 0.4, 0.82), (0.95, 3.0, 0.7, 0.94))
LAW_ROWS = 8_000
LARGE_REPEATS = 12
LARGE_TEST_ROWS = 30_000
INTRODUCTION = """\
Seed {seed}. Shares have 95 % Wilson intervals. Each draw of noise or signal has {rows} rows of
{features} normal features, five folds and one repeat, and a margin of {margin}: few rows, so that
all draws can be made."""

LAW_TEXT = (
    f"Curves of a known law with binomial noise, five folds of {LAW_ROWS // 4:,} tested rows,"
    f" sizes up to {LAW_ROWS:,}: how often N is within a factor of two, and how often its"
    " interval holds the true N."
)

LEARNER_TEXT = (
    f"A real learner. The target is the mean score of {LARGE_REPEATS} fits on the true N, tested on"
    f" {LARGE_TEST_ROWS:,} rows; the gate sees the sampled rows, and learns from four fifths of"
    " them. Far below its ceiling a curve tells N within a factor of two. Near it a small error of"
    " the score is a large one of the rows: there N is an order of magnitude, and its interval"
    " says so."
)
LEARNER_HEADS = (
    "| problem | sampled | target | true N | median N | draws | within 2x | holds N | met |",
    "|---|---|---|---|---|---|---|---|---|",
)

Matrix = NDArray[np.float64]
Outcome = Callable[[Matrix, np.random.Generator], NDArray[np.float64]]


def main() -> None:
    """Simulate, print the tables, and write their page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    text = page(10 if quick else 1)
    print(text)
    if not quick:
        PAGE.write_text(text)


def page(part: int) -> str:
    """Return the study's page; of every number of draws, a part is made."""
    lines = ["# Is the feasibility gate right?", ""]
    lines.append(INTRODUCTION.format(seed=SEED, rows=ROWS, features=FEATURES, margin=MARGIN))
    lines += [
        "",
        "| outcome | draws | verdict | share | interval of the gain holds the mean gain |",
    ]
    lines += ["|---|---|---|---|---|"]
    lines += verdicts(part)
    lines += [
        "",
        LAW_TEXT,
        "",
        "| law, target | true N | draws | within a factor of two | interval holds N |",
        "|---|---|---|---|---|",
    ]
    lines += laws(part)
    lines += ["", LEARNER_TEXT, "", *LEARNER_HEADS, *learners(part)]
    lines += ["", "Written by `make study`.", ""]
    return "\n".join(lines)


def verdicts(part: int) -> Iterator[str]:
    """Yield one line for noise and for each planted signal."""
    cases: tuple[tuple[str, Task, Outcome, str, int], ...] = (
        ("noise, two classes", "binary", noise, "reject", DRAWS),
        ("noise, three classes", "multiclass", three, "reject", DRAWS),
        ("noise, numbers", "regression", normal, "reject", DRAWS),
        ("signal, two classes", "binary", signal, "pass", SIGNAL_DRAWS),
        ("signal of an interaction", "binary", interaction, "pass", SIGNAL_DRAWS),
        ("signal, numbers", "regression", numbers, "pass", SIGNAL_DRAWS),
    )
    for name, task, outcome, expected, draws in cases:
        count = draws // part
        found = every(functools.partial(judge, task, outcome), count)
        right = sum(one.verdict == expected for one in found)
        mean = float(np.mean([one.gain or 0.0 for one in found]))
        held = sum((one.low or 0.0) <= mean <= (one.high or 0.0) for one in found)
        yield f"| {name} | {count} | {expected} | {share(right, count)} | {share(held, count)} |"


def every[Found](draw: Callable[[int], Found], count: int) -> list[Found]:
    """Return what comes of so many draws, made by two processes."""
    with ProcessPoolExecutor(PROCESSES) as pool:
        return list(pool.map(draw, range(count)))


def judge(task: Task, outcome: Outcome, draw: int) -> FeasibilityReport:
    """Return what the gate says of one draw."""
    generator = np.random.default_rng((SEED, draw))
    matrix = generator.normal(size=(ROWS, FEATURES))
    return assess_rows(spec_of(task), matrix, outcome(matrix, generator), ROWS)


def assess_rows(
    spec: ProjectSpec, matrix: Matrix, target: NDArray[np.float64], training_rows: int
) -> FeasibilityReport:
    """Return what the gate says of these rows."""
    rows = SampledRows(dict(zip(spec.features, matrix.T, strict=True)), target)
    question = Question(spec.task, metric_of(spec), 5, 1, SEED, 600.0)
    trial = SimpleLearner().try_out(rows, question)
    sample = describe_sample(
        spec,
        target.tolist(),
        unlabelled_rows=0,
        training_rows=training_rows,
        protected={},
        entities=None,
    )
    groups = identical_rows(rows.features)
    bound = noise_ceiling(groups, target, task=spec.task, metric=question.metric)
    return assess(Subject(spec, "", "", 0.0, 0.0), sample, trial, bound)


def spec_of(task: Task, target_score: float | None = None) -> ProjectSpec:
    """Return a spec of normal features."""
    columns = {f"x{place}": Column(type="number") for place in range(FEATURES)}
    return ProjectSpec(
        project="study",
        question="Is there anything to learn?",
        owner="The study",
        intended_use="Simulation of the gate",
        affected_people="Nobody",
        task=task,
        target="y",
        protected=NoProtected(none="generated numbers"),
        columns={**columns, "y": Column(type="number")},
        feasibility=Feasibility(margin=MARGIN, repeats=1, target_score=target_score),
    )


def noise(matrix: Matrix, generator: np.random.Generator) -> NDArray[np.float64]:
    """Two classes at random."""
    return generator.integers(0, 2, len(matrix)).astype(float)


def three(matrix: Matrix, generator: np.random.Generator) -> NDArray[np.float64]:
    """Three classes at random, one of them frequent."""
    return generator.choice(3, len(matrix), p=(0.6, 0.25, 0.15)).astype(float)


def normal(matrix: Matrix, generator: np.random.Generator) -> NDArray[np.float64]:
    """Numbers at random."""
    return generator.normal(size=len(matrix))


def signal(matrix: Matrix, generator: np.random.Generator) -> NDArray[np.float64]:
    """Two classes that lean on two features (AUC of the truth about 0.84)."""
    return at_odds(1.2 * matrix[:, 0] + 1.2 * matrix[:, 1], generator)


def interaction(matrix: Matrix, generator: np.random.Generator) -> NDArray[np.float64]:
    """Two classes by the sign of a product, which no linear model sees."""
    return at_odds(3.0 * np.sign(matrix[:, 0] * matrix[:, 1]), generator)


def numbers(matrix: Matrix, generator: np.random.Generator) -> NDArray[np.float64]:
    """Half of the variance comes from one feature."""
    return matrix[:, 0] + generator.normal(size=len(matrix))


def at_odds(logits: NDArray[np.float64], generator: np.random.Generator) -> NDArray[np.float64]:
    """Draw two classes with these log odds."""
    return (generator.random(len(logits)) < 1 / (1 + np.exp(-logits))).astype(float)


def laws(part: int) -> Iterator[str]:
    """Yield one line for each known law."""
    sizes, tested = np.array(curve_sizes(LAW_ROWS)), LAW_ROWS // 4
    for ceiling, amplitude, exponent, target in LAWS:
        generator, count = np.random.default_rng(SEED), LAW_DRAWS // part
        true = (amplitude / (ceiling - target)) ** (1 / exponent)
        chances = np.tile(ceiling - amplitude * sizes**-exponent, (5, 1))
        within = held = 0
        for _ in range(count):
            scores = generator.binomial(tested, chances) / tested
            curve = fit_curve(
                tuple(sizes.tolist()), scores, sign=1, best=1.0, test_share=0.25, seed=SEED
            )
            if curve is not None:
                found = curve.rows_for(target, most=1e9)
                within += found.value is not None and true / 2 <= found.value <= 2 * true
                held += (found.low or 0) <= true <= (found.high or 1e9)
        yield (
            f"| {ceiling} - {amplitude} n^-{exponent}, {target} | {true:,.0f} | {count} |"
            f" {share(within, count)} | {share(held, count)} |"
        )


@dataclass(frozen=True)
class Problem:
    """A question whose curve is measured: from `sampled` rows N is foretold for the `aim`."""

    name: str
    task: Task
    outcome: Outcome
    sampled: int
    aim: int


def steep(matrix: Matrix, generator: np.random.Generator) -> NDArray[np.float64]:
    """Numbers of three bent products."""
    u = np.tanh(matrix)
    bent = sum(2 * np.sin(4 * u[:, place]) * u[:, place + 1] for place in (0, 2, 4))
    return np.asarray(bent + generator.normal(0, 0.5, len(matrix)))


def hard(matrix: Matrix, generator: np.random.Generator) -> NDArray[np.float64]:
    """Two classes by a bent rule that takes many rows to learn."""
    logits = 2 * np.sin(2 * matrix[:, 0]) + 2 * matrix[:, 1] * matrix[:, 2] + matrix[:, 3]
    return at_odds(logits, generator)


PROBLEMS = (
    Problem("three bent products, R2", "regression", steep, 1_000, 1_500),
    Problem("a bent rule, AUC, near its ceiling", "binary", hard, 1_500, 4_000),
)


def learners(part: int) -> Iterator[str]:
    """Yield what N is foretold from few rows, against the rows at which a learner gets there."""
    for problem in PROBLEMS:
        count, target = LEARNER_DRAWS // part, reached(problem)
        found = every(functools.partial(foretold, problem, target), count)
        values = [math.inf if one is None or one.value is None else one.value for one in found]
        within = sum(problem.aim / 2 <= rows <= 2 * problem.aim for rows in values)
        held = sum(
            one is not None and (one.low or 0) <= problem.aim <= (one.high or math.inf)
            for one in found
        )
        met = sum(one is None for one in found)
        yield (
            f"| {problem.name} | {problem.sampled:,} | {target:.4f} | {problem.aim:,} |"
            f" {float(np.median(values)):,.0f} | {count} | {share(within, count)} |"
            f" {share(held, count)} | {met} |"
        )


def foretold(problem: Problem, target: float, draw: int) -> Estimate | None:
    """Return the rows that the gate foretells for a target; None where the sample meets it."""
    generator = np.random.default_rng((SEED + 1, draw))
    matrix = generator.normal(size=(problem.sampled, FEATURES))
    spec = spec_of(problem.task, target)
    rows = problem.outcome(matrix, generator)
    return assess_rows(spec, matrix, rows, problem.sampled).rows_needed


def reached(problem: Problem) -> float:
    """Return the mean score of the boosting that learns from as many rows as are to be foretold."""
    generator = np.random.default_rng(SEED + 2)
    metric = metric_of(spec_of(problem.task))
    question = Question(problem.task, metric, 5, 1, SEED, 0.0)
    size = problem.aim + LARGE_TEST_ROWS
    split = Split(np.arange(problem.aim), np.arange(problem.aim, size))
    scores = []
    for _ in range(LARGE_REPEATS):
        matrix = generator.normal(size=(size, FEATURES))
        features = dict(zip(spec_of(problem.task).features, matrix.T, strict=True))
        outcome = code_target(problem.outcome(matrix, generator), problem.task, None)
        coded = code_features(features)
        scores.append(score_split("gradient_boosting", coded, outcome, split, question))
    return round(float(np.mean(scores)), 4)


def share(count: int, draws: int) -> str:
    """Return a share in percent with its interval."""
    bounds = wilson(count, draws)
    return f"{100 * count / draws:.1f} % ({100 * bounds.low:.1f} to {100 * bounds.high:.1f})"


if __name__ == "__main__":
    main()
