"""The ledger's contract, on the fake and on DynamoDB."""

from datetime import UTC, datetime

import pytest

from loopwright.domain.run import Approval, Champion, ModelRecord, ProjectRecord, Run, RunKey
from loopwright.errors import NotFoundError, NotWaitingError, PointerMovedError
from tests.fakes.projects import a_manifest
from tests.integration.aws.adapters import Adapters

KEY = RunKey(dataset="d", spec="s", code="c", image="i")


def test_a_project_keeps_its_first_salt(adapters: Adapters) -> None:
    """The salt decides for ever which entities are sealed."""
    ledger = adapters.ledger
    ledger.put_project(a_project(salt="first"))
    stored = ledger.put_project(a_project(salt="second", spec="s2"))

    assert (stored.salt, stored.spec) == ("first", "s2")
    assert ledger.project("loans") == stored
    assert [record.project for record in ledger.projects()] == ["loans"]


def test_an_unknown_project_is_answered_with_the_known_ones(adapters: Adapters) -> None:
    """The message helps whoever mistyped a name."""
    adapters.ledger.put_project(a_project())

    with pytest.raises(NotFoundError, match=r"'laons'.*'loans'"):
        adapters.ledger.project("laons")


def test_dataset_versions_come_newest_first_and_once(adapters: Adapters) -> None:
    """Registering the same version again changes nothing."""
    old = a_manifest()
    new = a_manifest(digest="d2", registered_at="2026-02-01T00:00:00+00:00")
    for manifest in (old, new, old):
        adapters.ledger.add_dataset(manifest)

    assert adapters.ledger.datasets("loans") == ["d2", "d1"]
    assert adapters.ledger.datasets("other") == []


def test_a_run_is_opened_once_updated_and_closed_once(adapters: Adapters) -> None:
    """The second end of a run changes nothing."""
    ledger, run = adapters.ledger, a_run("r1")
    ledger.open_run(run)
    ledger.open_run(a_run("r1", actor="somebody else"))
    ledger.update_run("r1", "loans", {"dataset": "d1"})
    ended = ledger.run("loans", "r1").model_copy(update={"outcome": "infeasible"})

    assert ledger.close_run(ended)
    assert not ledger.close_run(ended.model_copy(update={"outcome": "model_promoted"}))
    assert ledger.update_run("r1", "loans", {"dataset": "d2"}) == ended
    assert (ledger.run("loans", "r1").actor, ledger.run("loans", "r1").dataset) == ("ann", "d1")


def test_a_run_that_was_never_opened_can_be_closed(adapters: Adapters) -> None:
    """A machine may break before its first step; the run is published all the same."""
    assert adapters.ledger.close_run(a_run("r2", outcome="release_broken"))
    assert adapters.ledger.run("loans", "r2").outcome == "release_broken"


def test_runs_are_listed_newest_first_by_project(adapters: Adapters) -> None:
    """All projects, or one, up to a limit."""
    for number, project in enumerate(("loans", "homes", "loans")):
        started_at = f"2026-01-0{number + 1}T00:00:00+00:00"
        adapters.ledger.open_run(a_run(f"r{number}", project=project, started_at=started_at))

    assert [run.id for run in adapters.ledger.runs()] == ["r2", "r1", "r0"]
    assert [run.id for run in adapters.ledger.runs("loans")] == ["r2", "r0"]
    assert [run.id for run in adapters.ledger.runs(limit=1)] == ["r2"]
    with pytest.raises(NotFoundError, match="r9"):
        adapters.ledger.run("loans", "r9")


def test_the_first_verdict_of_a_key_stays(adapters: Adapters) -> None:
    """Any part of the key makes another question of it."""
    adapters.ledger.put_verdict("loans", KEY, "r1")
    adapters.ledger.put_verdict("loans", KEY, "r2")
    other_code = KEY.model_copy(update={"code": "c2"})

    assert adapters.ledger.verdict("loans", KEY) == "r1"
    assert adapters.ledger.verdict("loans", other_code) is None


def test_models_are_listed_and_change_their_status(adapters: Adapters) -> None:
    """A model version is added once; only its status moves."""
    adapters.ledger.add_model(a_model("m1", "2026-01-01"))
    adapters.ledger.add_model(a_model("m2", "2026-01-02"))
    adapters.ledger.set_model_status("loans", "m1", "champion")
    adapters.ledger.add_model(a_model("m1", "2026-01-03"))

    assert [record.model for record in adapters.ledger.models("loans")] == ["m2", "m1"]
    assert adapters.ledger.model("loans", "m1").status == "champion"
    with pytest.raises(NotFoundError, match="m9"):
        adapters.ledger.model("loans", "m9")


def test_the_pointer_moves_only_from_the_champion_that_was_compared(adapters: Adapters) -> None:
    """A retry of the same promotion is no error; a promotion against an old champion is."""
    ledger = adapters.ledger
    ledger.move_champion(a_champion("m1", "r1"), expected=None)
    ledger.move_champion(a_champion("m2", "r2"), expected="m1")
    ledger.move_champion(a_champion("m2", "r2"), expected="m1")

    with pytest.raises(PointerMovedError, match="m2, not m1"):
        ledger.move_champion(a_champion("m3", "r3"), expected="m1")
    with pytest.raises(PointerMovedError, match="m2, not None"):
        ledger.move_champion(a_champion("m3", "r3"), expected=None)
    stored = ledger.champion("loans")
    assert stored is not None
    assert stored.model == "m2"
    assert ledger.champion("homes") is None


def test_a_decision_is_stored_once(adapters: Adapters) -> None:
    """The same decision again is no error; the opposite is refused."""
    ledger, approval = adapters.ledger, an_approval()
    ledger.request_approval(approval)
    decided = approval.model_copy(update={"decision": "approved", "actor": "bob"})
    ledger.decide_approval(decided)
    ledger.decide_approval(decided)

    assert ledger.approval("loans", "r1") == decided
    with pytest.raises(NotWaitingError, match="already approved by bob"):
        ledger.decide_approval(approval.model_copy(update={"decision": "refused"}))
    with pytest.raises(NotWaitingError, match="r9"):
        ledger.approval("loans", "r9")


def test_only_its_owner_releases_a_lease(adapters: Adapters) -> None:
    """A lease that nobody holds is not released either."""
    ledger = adapters.ledger
    assert not ledger.release_lease("loans", "me")
    _take_lease(adapters, "me")

    assert not ledger.release_lease("loans", "you")
    assert ledger.release_lease("loans", "me")
    assert not ledger.release_lease("loans", "me")


def test_the_last_retraining_is_remembered(adapters: Adapters) -> None:
    """The cooldown counts from the newest note."""
    assert adapters.ledger.last_retraining("loans") is None
    for day in (1, 2):
        adapters.ledger.note_retraining("loans", datetime(2026, 1, day, tzinfo=UTC))

    assert adapters.ledger.last_retraining("loans") == datetime(2026, 1, 2, tzinfo=UTC)


def _take_lease(adapters: Adapters, owner: str) -> None:
    """Take the lease as the machine does: by a direct write to the table."""
    ledger = adapters.ledger
    if hasattr(ledger, "leases"):
        ledger.leases["loans"] = owner
        return
    import boto3

    item = {"pk": {"S": "PROJECT#loans"}, "sk": {"S": "LEASE"}, "owner": {"S": owner}}
    boto3.client("dynamodb").put_item(TableName="catalog", Item=item)


def a_project(salt: str = "salt", spec: str = "s1") -> ProjectRecord:
    """Return a project."""
    return ProjectRecord(
        project="loans",
        spec=spec,
        code="c",
        bundle_key="bundles/b.tar.gz",
        image="i",
        salt=salt,
        pushed_at="2026-01-01T00:00:00+00:00",
        actor="ann",
    )


def a_run(run: str, **changes: str) -> Run:
    """Return a run."""
    fields = {
        "id": run,
        "project": "loans",
        "execution": f"arn:{run}",
        "trigger": "upload",
        "actor": "ann",
        "started_at": "2026-01-01T00:00:00+00:00",
        **changes,
    }
    return Run.model_validate(fields)


def a_model(model: str, registered_at: str) -> ModelRecord:
    """Return a model version."""
    return ModelRecord(
        project="loans",
        model=model,
        run="r1",
        dataset="d",
        spec="s",
        code="c",
        registered_at=registered_at,
    )


def a_champion(model: str, run: str) -> Champion:
    """Return a pointer."""
    return Champion(
        project="loans", model=model, run=run, at="2026-01-01", actor="ann", reason="better"
    )


def an_approval() -> Approval:
    """Return a request that waits."""
    return Approval(
        run="r1",
        project="loans",
        model="m1",
        evidence="e1",
        token="t1",
        requested_at="2026-01-01",
        expires_at="2026-01-02",
    )
