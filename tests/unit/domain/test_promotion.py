from typing import Any

import pytest

from loopwright.domain.evaluation import Evaluation, Scorecard
from loopwright.domain.evaluation_charts import Charts
from loopwright.domain.evaluation_losses import GroupLoss
from loopwright.domain.fairness import Audit
from loopwright.domain.gate import Finding
from loopwright.domain.metrics import Gain
from loopwright.domain.promotion import approval_timeout_seconds, decide, reasons_of
from loopwright.domain.promotion_checks import Check, check_all
from loopwright.domain.slices import Slice, SliceSearch
from loopwright.domain.spec import ProjectSpec
from tests.fakes.projects import a_spec

CARD = Scorecard(model="old", metrics=(), groups=(), charts=Charts())


def _gain(value: float, margin: float = 0.01) -> tuple[Gain, ...]:
    return (Gain(metric="roc_auc", value=value, low=value - margin, high=value + margin),)


def _loss(value: float, *, rows: int = 400, low: float | None = None) -> GroupLoss:
    return GroupLoss(
        attribute="sex",
        group="2",
        measure="accuracy",
        rows=rows,
        value=value,
        low=value - 0.01 if low is None else low,
        high=value + 0.01,
    )


def _evaluation(**changes: Any) -> Evaluation:
    fields: dict[str, Any] = {
        "project": "loans",
        "spec": "spec",
        "dataset": "data",
        "task": "binary",
        "target": "repaid",
        "metric": "roc_auc",
        "classes": ("no", "yes"),
        "positive": "yes",
        "rows": 1000,
        "unlabelled_rows": 0,
        "candidate": CARD,
        "champion": CARD,
        "champion_model": "old",
        "incomparable": "",
        "dummy": (),
        "gains_over_champion": _gain(0.02),
        "gains_over_dummy": _gain(0.3),
        "group_losses": (),
        **changes,
    }
    return Evaluation(**fields)


def _audit(spec: ProjectSpec, *, violations: int = 0, verdict: str = "pass") -> Audit:
    broken = Finding(subject="sex=2", grade="violation", measure="selection_rate_ratio")
    fields: dict[str, Any] = {
        "kind": "model",
        "project": "loans",
        "spec": "spec",
        "dataset": "data",
        "model": "new",
        "favourable": "yes",
        "policy": spec.audit,
        "findings": (broken,) * violations,
        "verdict": verdict,
        "reasons": (),
    }
    return Audit(**fields)


def _checks(evaluation: Evaluation, spec: ProjectSpec | None = None) -> tuple[Check, ...]:
    used = spec or a_spec()
    return check_all(used, evaluation, _audit(used))


def _first(evaluation: Evaluation) -> Evaluation:
    return evaluation.model_copy(
        update={"champion": None, "champion_model": None, "gains_over_champion": ()}
    )


def test_a_better_candidate_is_promoted_and_its_interval_is_shown() -> None:
    """The gain clears min_gain and nothing else fails."""
    checks = _checks(_evaluation())

    assert decide(a_spec(), checks) == "promote"
    assert "+0.0200 (+0.0100 to +0.0300)" in reasons_of(checks)[0].message
    assert [reason.advice for reason in reasons_of(checks)] == ["", ""]


def test_groups_that_lost_nothing_are_told_by_their_number() -> None:
    """A promotion does not list every group."""
    reasons = reasons_of(_checks(_evaluation(group_losses=(_loss(0.0), _loss(-0.01)))))

    assert [reason.code for reason in reasons] == ["metric_gain", "audit", "group_loss"]
    assert reasons[2].count == 2


@pytest.mark.parametrize(("gain", "outcome"), [(0.019, "reject"), (0.02, "promote")])
def test_a_gain_below_the_minimum_is_a_rejection(gain: float, outcome: str) -> None:
    """The value itself is held against min_gain."""
    spec = a_spec(promotion={"min_gain": 0.02})
    checks = _checks(_evaluation(gains_over_champion=_gain(gain)), spec)

    assert decide(spec, checks) == outcome


def test_a_worse_candidate_is_allowed_where_the_spec_allows_it() -> None:
    """A negative min_gain bounds a loss."""
    spec = a_spec(promotion={"min_gain": -0.05})

    assert decide(spec, _checks(_evaluation(gains_over_champion=_gain(-0.03)), spec)) == "promote"


def test_an_approval_holds_what_would_be_promoted() -> None:
    """A person decides; what fails is rejected without asking."""
    spec = a_spec(promotion={"approval": True, "approval_timeout_hours": 2})

    assert decide(spec, _checks(_evaluation(), spec)) == "hold"
    assert decide(spec, _checks(_evaluation(gains_over_champion=_gain(-1)), spec)) == "reject"
    assert approval_timeout_seconds(spec) == 7200


def test_a_candidate_worse_for_any_group_is_rejected() -> None:
    """The average may rise while one group pays for it."""
    checks = _checks(_evaluation(group_losses=(_loss(0.0), _loss(0.08))))
    (reason,) = reasons_of(checks)

    assert decide(a_spec(), checks) == "reject"
    assert reason.code == "group_loss"
    assert "accuracy is worse for sex=2" in reason.message
    assert "loss 0.080 (0.070 to 0.090) on 400 rows, limit 0.05" in reason.message


def test_only_the_measures_of_the_spec_are_held_against_the_candidate() -> None:
    """Where base rates move, the rate of found positives falls for everybody."""
    losses = (_loss(0.08).model_copy(update={"measure": "true_positive_rate"}), _loss(0.0))
    evaluation = _evaluation(group_losses=losses)
    strict = _checks(evaluation)
    lenient = _checks(evaluation, a_spec(promotion={"group_measures": ["accuracy"]}))

    assert not all(check.passed for check in strict)
    assert all(check.passed for check in lenient)


def test_a_loss_that_may_be_chance_passes_and_says_so() -> None:
    """Above the limit, but the interval holds zero, or has no end."""
    unbounded = _loss(0.2).model_copy(update={"low": None})
    losses = (_loss(0.08, low=-0.02), unbounded)
    checks = [one for one in _checks(_evaluation(group_losses=losses)) if one.code == "group_loss"]

    assert [one.passed for one in checks] == [True, True]
    assert all("too few rows" in one.message for one in checks)
    assert "unbounded" in checks[1].message


def test_a_group_below_the_minimum_is_not_judged() -> None:
    """The audit's min_group_rows holds here too."""
    checks = _checks(_evaluation(group_losses=(_loss(0.5, rows=29),)))

    assert [one.code for one in checks] == ["metric_gain", "audit"]


@pytest.mark.parametrize(("gain", "outcome"), [(0.3, "promote"), (0.025, "reject")])
def test_a_first_champion_must_beat_the_dummy(gain: float, outcome: str) -> None:
    """The low end of its interval clears the feasibility margin of 0.02."""
    evaluation = _first(_evaluation(gains_over_dummy=_gain(gain)))
    checks = _checks(evaluation)

    assert checks[0].code == "gain_over_dummy"
    assert decide(a_spec(), checks) == outcome


def test_an_incomparable_champion_needs_a_person() -> None:
    """Nothing failed, but no number says that the candidate is better."""
    evaluation = _evaluation(champion=None, incomparable="other columns", gains_over_champion=())
    checks = _checks(evaluation)
    (reason,) = reasons_of(checks)

    assert decide(a_spec(), checks) == "hold"
    assert reason.code == "champion_incomparable"
    assert "other columns" in reason.message


def test_a_metric_without_a_value_is_a_rejection() -> None:
    """Against the champion and against the dummy alike."""
    compared = _checks(_evaluation(gains_over_champion=()))
    alone = _checks(_first(_evaluation(gains_over_dummy=())))

    assert decide(a_spec(), compared) == "reject"
    assert decide(a_spec(), alone) == "reject"
    assert "not defined" in reasons_of(alone)[0].message


def test_violations_reject_where_the_audit_rejects() -> None:
    """The audit's verdict is a check like any other."""
    spec = a_spec(audit={"on_violation": "reject"})
    rejected = check_all(spec, _evaluation(), _audit(spec, violations=1, verdict="reject"))
    reported = check_all(a_spec(), _evaluation(), _audit(a_spec(), violations=1))

    assert decide(spec, rejected) == "reject"
    assert reasons_of(rejected)[0].code == "audit"
    assert decide(a_spec(), reported) == "promote"


@pytest.mark.parametrize(("uses", "passes"), [(2, True), (3, False)])
def test_sealed_rows_judge_no_more_models_than_the_spec_lets_them(
    uses: int, *, passes: bool
) -> None:
    """The reason says how many there were."""
    spec = a_spec(holdout={"max_uses": 2})
    checks = check_all(spec, _evaluation(holdout_uses=uses), _audit(spec))
    (used,) = (check for check in checks if check.code == "holdout_used")

    assert used.passed is passes
    assert f"have judged {uses} models" in used.message
    assert decide(spec, checks) == ("promote" if passes else "reject")


@pytest.mark.parametrize(("rows", "passes"), [(29, False), (30, True)])
def test_a_handful_of_sealed_rows_judges_nobody(rows: int, *, passes: bool) -> None:
    """However good the candidate is on them."""
    checks = check_all(a_spec(), _evaluation(rows=rows), _audit(a_spec()))
    found = [check.message for check in checks if check.code == "holdout_too_small"]

    assert found == (
        [] if passes else ["only 29 sealed rows have a known outcome, and holdout.min_rows is 30"]
    )
    assert decide(a_spec(), checks) == ("promote" if passes else "reject")


@pytest.mark.parametrize(
    ("rule", "challenges", "passes"),
    [
        ("estimate", 9, True),
        ("interval", 9, True),
        ("sequential", 1, True),
        ("sequential", 9, False),
    ],
)
def test_the_rule_says_how_certain_a_gain_must_be(
    rule: str, challenges: int, *, passes: bool
) -> None:
    """A gain of 2.3 standard errors is enough for a first challenger, not for a ninth."""
    spec = a_spec(promotion={"rule": rule})
    gains = _gain(0.023, margin=0.01 * 1.959963984540054)
    checks = check_all(
        spec, _evaluation(gains_over_champion=gains, challenges=challenges), _audit(spec)
    )

    assert checks[0].passed is passes
    assert (f"comparison {challenges}" in checks[0].message) is (rule == "sequential")


@pytest.mark.parametrize(
    ("value", "low", "passes"), [(0.2, 0.1, False), (0.04, 0.01, True), (0.2, -0.1, True)]
)
def test_a_slice_that_loses_for_certain_rejects(value: float, low: float, *, passes: bool) -> None:
    """Above the limit and certain: rejected. A small loss, or an uncertain one, is told only."""
    spec = a_spec()
    lost = Slice(
        conditions=("city=Rome", "member=1"),
        rows=240,
        mean=value,
        value=value,
        low=low,
        high=value + 0.1,
        p_value=0.01,
    )
    found = SliceSearch(looked_at=90, found=(lost,))
    checks = check_all(spec, _evaluation(lost_slices=found), _audit(spec))
    (check,) = (check for check in checks if check.code == "slice_loss")

    assert check.passed is passes
    assert check.subject == "city=Rome and member=1"
    assert decide(spec, checks) == ("promote" if passes else "reject")
