from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.domain.labels import Label, LabelRow, fit_label, merge_labels
from loopwright.domain.model import Signature
from loopwright.domain.receipt import Labels, Prediction, Receipt
from tests.fakes.serving import GOOD, SIGNATURE

RECEIPT = Receipt(
    id="r1",
    project="loans",
    model="m",
    at="2026-01-01T00:00:00+00:00",
    actor="ann",
    instances=(GOOD, GOOD),
    context=({}, {}),
    predictions=(Prediction(value=1), Prediction(value=0)),
)
NUMBER = SIGNATURE.model_copy(update={"task": "regression", "classes": ()})


def rows(*labels: tuple[int, Label]) -> list[LabelRow]:
    """Return the rows of one receipt."""
    return [
        LabelRow(row=number, receipt="r1", instance=instance, label=label)
        for number, (instance, label) in enumerate(labels, start=1)
    ]


def merge(
    *labels: tuple[int, Label], previous: Labels | None = None, receipt: Receipt = RECEIPT
) -> Any:
    """Merge labels into those of the receipt."""
    return merge_labels(receipt, SIGNATURE, previous, rows(*labels), at="now", actor="bob")


def test_new_labels_are_accepted() -> None:
    """They are stored by the position of their instance."""
    merged = merge((0, 1), (1, 0))

    assert [result.status for result in merged.results] == ["accepted", "accepted"]
    assert merged.labels.labels == {0: 1, 1: 0}


def test_the_same_label_twice_is_no_error_and_changes_nothing() -> None:
    """A client that sends again after a timeout gets an answer, not a conflict."""
    first = merge((0, 1)).labels
    again = merge((0, 1), previous=first)

    assert [result.status for result in again.results] == ["already"]
    assert again.labels is first


def test_another_label_for_the_same_instance_is_refused_and_names_both() -> None:
    """Nothing is overwritten."""
    first = merge((0, 1)).labels
    (result,) = merge((0, 0), previous=first).results

    assert result.status == "refused"
    assert result.reason.startswith("instance 0 is already labelled 1; the other label 0")


def test_a_conflict_inside_one_body_is_refused_too() -> None:
    """The first row counts."""
    merged = merge((0, 1), (0, 0), (0, 1))

    assert [result.status for result in merged.results] == ["accepted", "refused", "already"]
    assert merged.labels.labels == {0: 1}


def test_a_probe_cannot_be_labelled() -> None:
    """Probes stay out of training."""
    (result,) = merge((0, 1), receipt=RECEIPT.model_copy(update={"probe": True})).results

    assert "probe" in result.reason


def test_an_instance_that_the_receipt_does_not_have_is_refused() -> None:
    """The message says which it has."""
    merged = merge((2, 1), (-1, 1))

    assert merged.labels is None
    assert merged.results[0].reason == "the receipt has the instances 0 to 1, not 2"
    assert merged.results[1].status == "refused"


def test_a_label_that_is_no_class_is_refused_and_the_classes_are_named() -> None:
    """So the sender knows what to send."""
    (result,) = merge((0, "yes")).results

    assert result.reason == "the label 'yes' of paid was not understood: expected one of 0, 1"


def test_a_label_that_is_no_number_is_refused_in_a_regression() -> None:
    """A regression takes any finite number."""
    (result,) = merge_labels(
        RECEIPT, NUMBER, None, rows((0, "much")), at="now", actor="bob"
    ).results

    assert result.reason.endswith("expected a finite number")


@pytest.mark.parametrize(
    ("classes", "label", "expected"),
    [
        ((0, 1), 1, 1),
        ((0, 1), 1.0, 1),
        ((0, 1), " 1 ", 1),
        ((0, 1), "1.0", 1),
        ((0, 1), True, None),
        ((False, True), True, True),
        ((False, True), 1, None),
        ((False, True), "TRUE", True),
        ((False, True), "0", False),
        ((False, True), "maybe", None),
        (("no", "yes"), "yes ", "yes"),
        (("no", "yes"), 3, None),
    ],
)
def test_labels_become_the_type_of_the_classes(
    classes: tuple[Any, ...], label: Any, expected: Any
) -> None:
    """A CSV file holds text only; JSON must have the right type."""
    signature = SIGNATURE.model_copy(update={"classes": classes})
    found = fit_label(signature, label)

    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("label", "expected"),
    [(3, 3.0), ("2.5", 2.5), ("x", None), (True, None), ("inf", None), ("nan", None)],
)
def test_a_regression_takes_finite_numbers(label: Any, expected: float | None) -> None:
    """Text is read as the number that it writes."""
    assert fit_label(NUMBER, label) == expected


LABELS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0, 1])), max_size=12)


@given(LABELS, st.integers(0, 12))
def test_labels_in_one_body_or_in_two_come_to_the_same(
    sent: list[tuple[int, Label]], cut: int
) -> None:
    """However a client splits its labels, the first of each instance stays."""
    signature: Signature = SIGNATURE
    receipt = RECEIPT.model_copy(update={"instances": (GOOD,) * 4})
    whole = merge_labels(receipt, signature, None, rows(*sent), at="now", actor="bob")
    one = merge_labels(receipt, signature, None, rows(*sent[:cut]), at="now", actor="bob")
    two = merge_labels(receipt, signature, one.labels, rows(*sent[cut:]), at="now", actor="bob")
    expected: dict[int, Label] = {}
    for instance, label in sent:
        expected.setdefault(instance, label)

    assert (whole.labels.labels if whole.labels else {}) == expected
    assert two.labels == whole.labels
    assert [r.status for r in (*one.results, *two.results)] == [r.status for r in whole.results]
