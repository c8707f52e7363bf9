import json

from loopwright.domain.lineage import Node
from loopwright.domain.spec import ProjectSpec
from loopwright.steps.audit_dataset import Request, Result, audit_dataset
from tests.fakes.projects import a_spec
from tests.fakes.science import Court, JsonTables


def _audit(court: Court) -> Result:
    return audit_dataset(
        Request(**court.request),
        specs=court.specs,
        datasets=court.datasets,
        objects=court.objects,
        tables=JsonTables(),
        evidence=court.evidence,
        lineage=court.lineage,
        clock=court.clock,
    )


def test_the_training_rows_are_audited_by_protected_attribute() -> None:
    """Both sexes are half of the rows, sealed rows are not looked at."""
    court = Court()
    result = _audit(court)
    document = json.loads(court.objects.read(result.evidence.key))

    assert (result.verdict, result.findings, result.violations) == ("pass", 2, 0)
    assert [(group["group"], group["rows"]) for group in document["groups"]] == [
        ("1", 100),
        ("2", 100),
    ]


def test_the_dataset_is_judged_by_the_document() -> None:
    """The lineage leads from the dataset to the digest of the evidence, and on to the run."""
    court = Court()
    result = _audit(court)
    dataset = Node(project="loans", kind="dataset", id=court.dataset)
    (edge,) = court.lineage.upstream(dataset)

    assert (edge.relation, edge.target.id) == ("judged_by", result.evidence.digest)
    assert court.lineage.upstream(edge.target)[0].target.id == "run-1"


def test_a_disparity_rejects_where_the_spec_says_so() -> None:
    """An income that only one group has makes another base rate: by city here."""
    spec: ProjectSpec = a_spec(protected=("city",), audit={"on_violation": "reject"})
    result = _audit(Court(spec=spec))

    assert (result.verdict, result.violations) == ("reject", 1)
    assert result.reasons[0].subject == "city=Rome"


def test_without_protected_attributes_the_reason_is_kept() -> None:
    """Nothing is compared."""
    result = _audit(Court(spec=a_spec(protected={"none": "Rows are machines, not people."})))

    assert (result.verdict, result.findings) == ("pass", 0)
    assert result.reasons[0].code == "no_protected_attribute"


def test_a_second_delivery_changes_nothing() -> None:
    """The same bytes under the same name."""
    court = Court()

    assert _audit(court) == _audit(court)
