from collections.abc import Mapping

from loopwright.domain.fairness import Audit
from loopwright.domain.spec import ProjectSpec
from loopwright.steps.audit_model import Request, Result, audit_model
from loopwright.steps.evaluate_model import Request as EvaluateRequest
from loopwright.steps.evaluate_model import evaluate_model
from tests.fakes.projects import a_spec
from tests.fakes.science import Court, JsonTables, RuleScorers

BY_CITY: ProjectSpec = a_spec(protected=("city",))


def _judge(court: Court, rule: Mapping[str, float]) -> Result:
    model = court.add_model(rule)
    evaluated = evaluate_model(
        EvaluateRequest(**court.request, model=model),
        specs=court.specs,
        datasets=court.datasets,
        models=court.models,
        objects=court.objects,
        tables=JsonTables(),
        scorers=RuleScorers(),
        ledger=court.ledger,
        evidence=court.evidence,
        lineage=court.lineage,
        clock=court.clock,
    )
    request = Request(**court.request, model=model, evaluation=evaluated.evidence)
    return audit_model(
        request,
        specs=court.specs,
        evidence=court.evidence,
        lineage=court.lineage,
        events=court.events,
        clock=court.clock,
    )


def test_equal_answers_for_both_groups_pass_in_silence() -> None:
    """Every row is selected, so nobody is selected less."""
    court = Court()
    result = _judge(court, {"Köln": 0.9, "Rome": 0.8})

    assert (result.verdict, result.violations) == ("pass", 0)
    assert court.events.events == []


def test_a_violation_is_published() -> None:
    """The event names run, model and evidence, and no value of any person."""
    court = Court(spec=BY_CITY)
    result = _judge(court, {"Köln": 0.9, "Rome": 0.1})
    (event,) = court.events.events

    assert result.verdict == "pass"
    assert result.violations > 0
    assert (event.name, event.project) == ("DisparityDetected", "loans")
    assert event.detail["evidence"]["digest"] == result.evidence.digest
    assert {"subject": "city=Rome", "measure": "selection_rate_ratio"} in event.detail["violations"]


def test_a_violation_rejects_where_the_spec_says_so() -> None:
    """The table of the spec maps findings to a verdict."""
    spec = a_spec(protected=("city",), audit={"on_violation": "reject"})
    court = Court(spec=spec)
    result = _judge(court, {"Köln": 0.9, "Rome": 0.1})
    audit = Audit.model_validate_json(court.evidence.get(result.evidence))

    assert (result.verdict, audit.verdict) == ("reject", "reject")
    assert result.findings == len(audit.findings)


def test_a_second_delivery_changes_nothing_that_is_stored() -> None:
    """The event may come twice, as every event may."""
    court = Court(spec=BY_CITY)
    first = _judge(court, {"Köln": 0.9, "Rome": 0.1})
    stored = dict(court.objects.objects)
    second = _judge(court, {"Köln": 0.9, "Rome": 0.1})

    assert first == second
    assert court.objects.objects == stored
