"""The audit of a dataset, and the verdict that both audits share."""

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from loopwright.domain.fairness import VERDICTS, Audit
from loopwright.domain.fairness_dataset import audit_groups, favourable_of
from loopwright.domain.fairness_groups import group_rows
from loopwright.domain.record import canonical_json
from loopwright.domain.spec import ProjectSpec
from tests.fakes.projects import a_spec

REGRESSION = {"task": "regression", "target": "income", "favourable": None}


def _objects(values: list[object]) -> np.ndarray:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _audit(spec: ProjectSpec, target: np.ndarray, sex: list[object]) -> Audit:
    groupings = [group_rows("sex", _objects(sex))] if spec.protected_columns else []
    return audit_groups(spec, target, groupings, spec_digest="spec", dataset="data")


def _unequal(rows: int) -> tuple[np.ndarray, list[object]]:
    """Return outcomes with base rates of 0.8 and 0.4."""
    outcomes = ["yes"] * 8 + ["no"] * 2 + ["yes"] * 4 + ["no"] * 6
    return _objects([*outcomes * rows, None]), [*([1] * 10 + [2] * 10) * rows, 1]


def test_group_sizes_and_base_rates_are_told() -> None:
    """By hand; the row without an outcome is not counted."""
    audit = _audit(a_spec(), *_unequal(50))

    assert [(one.group, one.rows, one.share, one.value) for one in audit.groups] == [
        ("1", 500, 0.5, 0.8),
        ("2", 500, 0.5, 0.4),
    ]
    assert (audit.groups[0].low, audit.groups[0].high) == pytest.approx(
        proportion_confint(400, 500, method="wilson")
    )


def test_a_base_rate_below_the_limit_is_a_violation() -> None:
    """0.4 against 0.8 is a ratio of a half; the other direction passes."""
    audit = _audit(a_spec(), *_unequal(50))

    assert {one.subject: one.grade for one in audit.findings} == {
        "sex=1": "pass",
        "sex=2": "violation",
    }
    assert audit.findings[1].value == pytest.approx(0.5)


def test_a_violation_rejects_only_where_the_spec_says_so() -> None:
    """`report` tells it as a reason of a pass, `reject` ends the run."""
    target, sex = _unequal(50)
    reported = _audit(a_spec(), target, sex)
    rejected = _audit(a_spec(audit={"on_violation": "reject"}), target, sex)

    assert (reported.verdict, rejected.verdict) == ("pass", "reject")
    assert [reason.code for reason in reported.reasons] == ["disparity"]
    assert "Holm" in rejected.reasons[0].message
    assert set(VERDICTS.values()) == {"pass", "reject"}


def test_small_groups_are_inconclusive_and_said_to_be() -> None:
    """Ten rows of each group prove nothing."""
    audit = _audit(a_spec(), *_unequal(1))

    assert {one.grade for one in audit.findings} == {"inconclusive"}
    assert audit.verdict == "pass"
    assert [reason.code for reason in audit.reasons] == ["inconclusive"]
    assert audit.reasons[0].count == 2


def test_a_spec_without_protected_attributes_says_why() -> None:
    """There is nothing to compare, and the reason stands in the evidence."""
    spec = a_spec(protected={"none": "Rows are machines, not people."})
    audit = _audit(spec, *_unequal(1))

    assert (audit.groups, audit.findings, audit.verdict) == ((), (), "pass")
    assert audit.reasons[0].message == "Rows are machines, not people."


def test_a_regression_tells_the_mean_target_of_each_group() -> None:
    """Means have no limit, so nothing is graded."""
    audit = _audit(a_spec(**REGRESSION), np.array([1.0, 3.0, 10.0, np.nan]), [1, 1, 2, 2])

    assert [(one.group, one.value) for one in audit.groups] == [("1", 2.0), ("2", 10.0)]
    assert audit.groups[1].low is None
    assert audit.findings == ()


def test_without_a_favourable_outcome_only_sizes_are_told() -> None:
    """A multiclass spec may name none."""
    spec = a_spec(task="multiclass", favourable=None)
    audit = _audit(spec, _objects(["a", "b", "c"]), [1, 1, 2])

    assert [(one.rows, one.value) for one in audit.groups] == [(2, None), (1, None)]
    assert audit.findings == ()


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (np.array([0.0, 1.0]), 1),
        (_objects(["no", "yes"]), "yes"),
        (_objects([False, True]), True),
        (_objects([]), None),
    ],
)
def test_the_favourable_outcome_of_a_binary_target_is_the_last(
    target: np.ndarray, expected: object
) -> None:
    """Where the spec names none."""
    assert favourable_of(a_spec(favourable=None), target) == expected


def test_the_document_survives_its_json() -> None:
    """What is stored is what is read, and open intervals are stored as nothing."""
    audit = _audit(a_spec(), _objects(["yes", "no"]), [1, 2])

    assert Audit.model_validate_json(canonical_json(audit)) == audit
