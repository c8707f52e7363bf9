"""The data page of a run, from what is stored of its dataset version."""

from collections.abc import Mapping

from loopwright.domain.data_page import DataPage
from loopwright.domain.data_page_build import build_data_page
from loopwright.domain.feasibility_report import FeasibilityReport
from loopwright.domain.profile import Profile
from loopwright.domain.record import Record
from loopwright.domain.run import Run
from loopwright.domain.validation import Validation
from loopwright.errors import ObjectMissingError
from loopwright.ports import DatasetStore, ObjectStore, SpecStore


def run_data_page(
    run: Run,
    documents: Mapping[str, bytes],
    *,
    objects: ObjectStore,
    specs: SpecStore,
    datasets: DatasetStore,
) -> DataPage | None:
    """Return the page; None when the run came to no version with a profile.

    A stored document of another form than this version reads gives no page either: it must not
    keep a run open.
    """
    if run.dataset is None or run.spec is None:
        return None
    try:
        profile = objects.read(f"datasets/{run.project}/{run.dataset}/profile.json")
        return build_data_page(
            specs.spec(run.project, run.spec),
            datasets.manifest(run.project, run.dataset),
            Profile.model_validate_json(profile),
            validation=_document(documents, "validation.json", Validation),
            feasibility=_document(documents, "feasibility.json", FeasibilityReport),
        )
    except (ObjectMissingError, ValueError):
        return None


def _document[Kind: Record](
    documents: Mapping[str, bytes], name: str, kind: type[Kind]
) -> Kind | None:
    return kind.model_validate_json(documents[name]) if name in documents else None
