"""Can the question be answered, and if not, what is missing? Judged before a job is paid."""

from dataclasses import dataclass

import numpy as np

from loopwright.domain.feasibility_comparison import Comparison, Gain, compare
from loopwright.domain.feasibility_gain import judge_gain
from loopwright.domain.feasibility_report import (
    FeasibilityReport,
    Permuted,
    Score,
    SingleFeature,
)
from loopwright.domain.feasibility_sample import (
    Sample,
    events_per_feature,
    few_events,
    shortages,
    small_groups,
)
from loopwright.domain.feasibility_target import Aim, Measured, judge_target
from loopwright.domain.feasibility_trial import (
    Fold,
    LearnerName,
    Trial,
    better_learner,
)
from loopwright.domain.feasibility_words import answer
from loopwright.domain.gate import Reason, Verdict
from loopwright.domain.intervals import corrected_resampled
from loopwright.domain.learning_curve import (
    MIN_FOLDS,
    FittedCurve,
    LearningCurve,
    fit_curve,
)
from loopwright.domain.metrics import METRICS, judging_metric
from loopwright.domain.noise_ceiling import NoiseCeiling
from loopwright.domain.spec import ProjectSpec

AHEAD = 10
_SEED = 0
_BEST = {"log_loss": 0.0, "brier": 0.0, "mae": 0.0, "rmse": 0.0}


@dataclass(frozen=True)
class Subject:
    """What is judged, and what it took: the spec, the version, the seconds and cents."""

    spec: ProjectSpec
    spec_digest: str
    dataset: str
    seconds: float
    cost_cents: float

    @property
    def metric(self) -> str:
        """Return the metric that the project is judged by."""
        return metric_of(self.spec)


def metric_of(spec: ProjectSpec) -> str:
    """Return the metric that the project is judged by; r2 where that asks for answers above 0."""
    metric = judging_metric(spec)
    return "r2" if metric == "poisson_deviance" else metric


def assess(
    subject: Subject, sample: Sample, trial: Trial | None, noise: NoiseCeiling | None
) -> FeasibilityReport:
    """Judge the learner against dummy, shuffled outcomes and target; say what is missing.

    Give no trial when the sample has shortages: then the verdict is insufficient_data.
    """
    facts = _facts(subject, sample)
    if facts.reasons or trial is None or noise is None:
        return facts.model_copy(update={"answer": answer(facts)})
    facts = facts.model_copy(update={"splitting": trial.splitting, "noise_ceiling": noise})
    if len(trial.train_rows) < MIN_FOLDS:
        facts = facts.model_copy(update={"reasons": (_too_few_folds(trial),)})
        return facts.model_copy(update={"answer": answer(facts)})
    return _judge(subject, facts, sample, trial, noise)


def _facts(subject: Subject, sample: Sample) -> FeasibilityReport:
    metric, events = METRICS[subject.metric], events_per_feature(subject.spec, sample)
    return FeasibilityReport(
        project=subject.spec.project,
        spec=subject.spec_digest,
        dataset=subject.dataset,
        metric=metric.name,
        higher_is_better=metric.higher_is_better,
        sampled_rows=sample.rows,
        unlabelled_rows=sample.unlabelled_rows,
        labelled_rows=sample.labelled_rows,
        classes=sample.classes,
        groups=sample.groups,
        events_per_feature=events,
        margin=subject.spec.feasibility.margin,
        target_score=subject.spec.feasibility.target_score,
        seconds=subject.seconds,
        cost_cents=subject.cost_cents,
        verdict="insufficient_data",
        findings=(*small_groups(subject.spec, sample), *few_events(subject.spec, events)),
        reasons=shortages(subject.spec, sample),
    )


def _judge(
    subject: Subject, facts: FeasibilityReport, sample: Sample, trial: Trial, noise: NoiseCeiling
) -> FeasibilityReport:
    sign = 1 if facts.higher_is_better else -1
    name = better_learner(trial.learners, sign)
    scores = tuple(_score(trial, one.name) for one in trial.learners)
    mine = next(one for one in scores if one.name == name)
    curve = _curve(facts.metric, sign, trial)
    found = Measured(facts.metric, sign, mine.score, mine.low, mine.high, curve, noise)
    comparison = compare(trial, name, sign)
    gain = judge_gain(subject.spec, sample, comparison, found)
    aim = judge_target(subject.spec, sample, found)
    verdict, reasons = _verdict(gain.verdict, gain.reason, aim)
    aimed = () if aim is None else (aim.finding,)
    judged = facts.model_copy(
        update={
            **_compared(comparison),
            "learner": name,
            "learners": scores,
            "folds": _folds(trial, name),
            "score": mine.score,
            "curve": None if curve is None else _outlook(curve, sample),
            "rows_needed": None if aim is None else aim.rows,
            "more_rows": None if aim is None else aim.more,
            "left_out": trial.left_out,
            "verdict": verdict,
            "findings": (*gain.findings, *aimed, *facts.findings),
            "reasons": reasons,
        }
    )
    return judged.model_copy(update={"answer": answer(judged)})


def _verdict(
    verdict: Verdict, reason: Reason, aim: Aim | None
) -> tuple[Verdict, tuple[Reason, ...]]:
    """Join both judgements: a rejection counts most, then missing data."""
    if aim is None or not aim.reasons:
        return verdict, (reason,)
    if verdict == "pass":
        return aim.verdict, aim.reasons
    worst: Verdict = "reject" if "reject" in (verdict, aim.verdict) else "insufficient_data"
    return worst, (reason, *aim.reasons)


def _compared(found: Comparison) -> dict[str, object]:
    fields: dict[str, object] = {
        "dummy_score": found.dummy_score,
        "gain": found.gain.value,
        "low": found.gain.low,
        "high": found.gain.high,
        "method": found.gain.method,
    }
    if found.permuted is not None:
        fields["permuted"] = Permuted(score=found.permuted.score, **_ends(found.permuted.over))
    if found.single is not None:
        one = found.single
        fields["single_feature"] = SingleFeature(
            column=one.column, score=one.score, **_ends(one.over)
        )
    return fields


def _ends(gain: Gain) -> dict[str, float]:
    return {"gain": gain.value, "low": gain.low, "high": gain.high}


def _score(trial: Trial, name: LearnerName) -> Score:
    scores = trial.scores_of(name)
    bounds = corrected_resampled(scores, trial.test_share)
    return Score(name=name, score=float(scores.mean()), low=bounds.low, high=bounds.high)


def _folds(trial: Trial, name: LearnerName) -> tuple[Fold, ...]:
    rows = zip(trial.train_rows, trial.test_rows, trial.scores_of(name), trial.dummy, strict=True)
    return tuple(
        Fold(train_rows=train, test_rows=test, score=float(score), dummy_score=dummy)
        for train, test, score, dummy in rows
    )


def _curve(metric: str, sign: int, trial: Trial) -> FittedCurve | None:
    if trial.curve is None:
        return None
    return fit_curve(
        trial.curve.sizes,
        np.array(trial.curve.scores),
        sign=sign,
        best=_BEST.get(metric, 1.0),
        test_share=trial.test_share,
        seed=_SEED,
    )


def _outlook(curve: FittedCurve, sample: Sample) -> LearningCurve:
    """Return the curve with an outlook at all rows at hand, and at ten times as many."""
    steps = np.geomspace(curve.sizes[-1], AHEAD * sample.labelled_rows, 6)
    return curve.report(sample.labelled_rows, *(int(step) for step in steps))


def _too_few_folds(trial: Trial) -> Reason:
    return Reason(
        code="too_few_folds",
        message=f"{len(trial.train_rows)} folds have outcomes that differ, both to learn from and"
        f" to test on; at least {MIN_FOLDS} are needed",
        count=len(trial.train_rows),
        advice="Upload rows of more entities, times and outcomes.",
    )
