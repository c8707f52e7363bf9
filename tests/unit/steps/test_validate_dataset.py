"""ValidateDataset: the merged profile and the contract."""

import json

import pytest

from loopwright.domain import dataset
from loopwright.domain.catalog import version_entry
from loopwright.domain.profile import Profile
from loopwright.errors import IncompletePartsError
from loopwright.steps.profile_part import Result as ProfiledPart
from loopwright.steps.registration import Registration
from tests.fakes.data import DataStack
from tests.fakes.projects import some_rows

ROWS = some_rows(200)


def prepared(rows: list[dict[str, object]]) -> tuple[DataStack, Registration, list[ProfiledPart]]:
    """Register and profile rows."""
    stack = DataStack()
    registered = stack.register(stack.upload(rows))
    return stack, registered, stack.profile(registered)


def test_a_version_that_keeps_the_contract_passes() -> None:
    """The verdict is stored as evidence, the profile beside the version."""
    stack, registered, parts = prepared(ROWS)
    result = stack.validate(registered, parts)
    document = json.loads(stack.evidence.get(result.evidence))
    profile = Profile.model_validate_json(
        stack.objects.read(f"datasets/loans/{registered.dataset}/profile.json")
    )

    assert result.verdict == document["verdict"] == "pass"
    assert result.reasons == ()
    assert result.evidence.key == "runs/loans/r1/validation.json"
    assert profile.counts.rows == document["rows"] == 200
    assert {str(e.target) for e in stack.lineage.edges.values() if e.relation == "judged_by"} == {
        f"evidence:{result.evidence.digest}"
    }


def test_broken_limits_reject_with_rows_and_examples() -> None:
    """Exact counts over training and sealed rows."""
    rows = [dict(row) for row in ROWS]
    rows[3]["income"] = 5_000.0
    rows[4]["income"] = 6_000.0
    rows[5]["sex"] = 7
    rows[6]["id"] = rows[7]["id"]
    stack, registered, parts = prepared(rows)
    result = stack.validate(registered, parts)

    assert result.verdict == "reject"
    assert {(r.code, r.subject, r.count) for r in result.reasons} == {
        ("above_max", "income", 2),
        ("unknown_category", "sex", 1),
        ("duplicate_key", "id", 1),
    }
    shown = [example.partition(", ")[0] for example in result.reasons[0].examples]
    assert sorted(shown) == ["5000.0 (key 3", "6000.0 (key 4"]


def test_too_few_rows_are_insufficient_data() -> None:
    """Nothing is wrong with them."""
    stack, registered, parts = prepared(ROWS[:40])

    assert stack.validate(registered, parts).verdict == "insufficient_data"


def test_the_same_call_again_changes_nothing() -> None:
    """Not even at another time."""
    stack, registered, parts = prepared(ROWS)
    first = stack.validate(registered, parts)
    before = stack.state
    stack.clock.advance(hours=1)

    assert stack.validate(registered, parts[::-1]) == first
    assert stack.state == before


def test_an_incomplete_repeated_or_changed_profile_is_breakage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is no verdict over the data."""
    monkeypatch.setattr(dataset, "PROFILE_BYTES", 1)
    stack, registered, parts = prepared(ROWS)
    changed = parts[0].model_copy(update={"digest": "0" * 64})

    for wrong in (parts[:1], [parts[0], parts[0]], [changed, parts[1]]):
        with pytest.raises(IncompletePartsError):
            stack.validate(registered, wrong)


def test_the_verdict_is_kept_in_the_catalog() -> None:
    """With how many findings of each kind."""
    stack, registered, parts = prepared([{**row, "sex": 3} for row in ROWS])
    manifest = stack.datasets.manifest("loans", str(registered.dataset))
    stack.catalog.add_version("loans", version_entry(manifest))
    stack.validate(registered, parts)
    kept = stack.catalog.versions("loans")[0].quality

    assert kept is not None
    assert (kept.verdict, kept.violations) == ("reject", 1)


def test_a_version_is_compared_with_the_one_before() -> None:
    """When that was profiled; one that was not is passed over."""
    stack, _, _ = prepared(ROWS)
    stack.clock.advance(hours=1)
    other = stack.register(
        stack.upload(some_rows(201, first=500), "incoming/loans/b.csv"), run="r2"
    )
    unprofiled = json.loads(
        stack.evidence.get(stack.validate(other, stack.profile(other)).evidence)
    )
    stack.clock.advance(hours=1)
    moved = [{**row, "income": 999.0} for row in some_rows(80, first=900)]
    third = stack.register(stack.upload(moved, "incoming/loans/c.csv"), run="r3")
    found = json.loads(stack.evidence.get(stack.validate(third, stack.profile(third)).evidence))

    assert "shifted_column" not in {one["code"] for one in unprofiled["findings"]}
    assert {"fewer_rows", "shifted_column"} <= {one["code"] for one in found["findings"]}


def test_a_missing_or_repeated_bucket_is_breakage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that were not compared can never pass."""
    monkeypatch.setattr(dataset, "PROFILE_BYTES", 1)
    stack, registered, parts = prepared(ROWS)
    (bucket,) = stack.check_buckets(registered)

    for wrong in ((), (bucket, bucket)):
        with pytest.raises(IncompletePartsError, match="a version of 1 buckets was given"):
            stack.validate(registered, parts, wrong)
