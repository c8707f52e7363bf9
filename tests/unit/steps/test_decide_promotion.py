from collections.abc import Mapping

from loopwright.domain.gate import Evidence
from loopwright.domain.promotion import Decision
from loopwright.domain.record import digest_of
from loopwright.steps.audit_model import Request as AuditRequest
from loopwright.steps.audit_model import audit_model
from loopwright.steps.decide_promotion import Request, Result, decide_promotion
from loopwright.steps.evaluate_model import Request as EvaluateRequest
from loopwright.steps.evaluate_model import evaluate_model
from tests.fakes.projects import a_spec
from tests.fakes.science import Court, JsonTables, RuleScorers

GOOD = {"Köln": 0.9, "Rome": 0.1}
POOR = {"Köln": 0.4, "Rome": 0.45}
USELESS = {"Köln": 0.5, "Rome": 0.5}


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
    audited = audit_model(
        AuditRequest(**court.request, model=model, evaluation=evaluated.evidence),
        specs=court.specs,
        evidence=court.evidence,
        lineage=court.lineage,
        events=court.events,
        clock=court.clock,
    )
    return decide_promotion(
        Request(
            run="run-1",
            project="loans",
            spec=court.spec_digest,
            model=model,
            champion=evaluated.champion,
            evaluation=evaluated.evidence,
            audit=audited.evidence,
        ),
        specs=court.specs,
        objects=court.objects,
        evidence=court.evidence,
        lineage=court.lineage,
        clock=court.clock,
    )


def _decision(court: Court, evidence: Evidence) -> Decision:
    return Decision.model_validate_json(court.evidence.get(evidence))


def test_a_first_champion_that_beats_the_dummy_is_promoted() -> None:
    """No champion to compare with."""
    result = _judge(Court(), GOOD)

    assert result.outcome == "promote"
    assert result.reasons[0].code == "gain_over_dummy"


def test_a_first_candidate_no_better_than_the_dummy_is_rejected() -> None:
    """The reason tells the metric, its interval and the limit."""
    result = _judge(Court(), USELESS)

    assert result.outcome == "reject"
    assert "roc_auc is better than a dummy's by +0.0000" in result.reasons[0].message


def test_a_candidate_worse_than_the_champion_is_rejected() -> None:
    """On the same sealed rows."""
    court = Court()
    court.crown(court.add_model(GOOD))
    result = _judge(court, POOR)

    assert result.outcome == "reject"
    assert result.reasons[0].code == "metric_gain"


def test_a_better_candidate_waits_for_a_person_where_the_spec_says_so() -> None:
    """The decision says how long."""
    court = Court(spec=a_spec(promotion={"approval": True, "approval_timeout_hours": 3}))
    court.crown(court.add_model(POOR))
    result = _judge(court, GOOD)

    assert (result.outcome, result.approval_timeout_seconds) == ("hold", 10_800)


def test_the_decision_names_every_document_it_rests_on_by_digest() -> None:
    """What other gates of the run stored is named too; what comes later is not."""
    court = Court()
    court.evidence.put("loans", "run-1", "validation.json", b"{}")
    court.evidence.put("loans", "run-1", "report.html", b"<p>")
    decision = _decision(court, _judge(court, GOOD).evidence)

    assert [one.name for one in decision.evidence] == [
        "evaluation.json",
        "model_audit.json",
        "validation.json",
    ]
    assert all(one.digest == digest_of(court.objects.read(one.key)) for one in decision.evidence)


def test_a_second_delivery_changes_nothing() -> None:
    """The decision is the same bytes."""
    court = Court()

    assert _judge(court, GOOD) == _judge(court, GOOD)
