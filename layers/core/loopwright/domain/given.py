"""A model that exists already: what its `signature.json` says, and what follows from the spec."""

from collections.abc import Mapping

from pydantic import Field, ValidationError

from loopwright.domain.kinds import CategoryValue
from loopwright.domain.model import Signature
from loopwright.domain.record import Record
from loopwright.domain.signature import refuse_other_signature, signature_of
from loopwright.domain.spec import ProjectSpec
from loopwright.errors import ModelPackageError

MODEL_FILE, SIGNATURE_FILE = "model.onnx", "signature.json"


class GivenSignature(Record):
    """What `signature.json` says; the rest of a model's signature follows from the spec.

    `categories` lists those of each category column without `values` in the spec, in the order of
    their codes; `classes` are the columns of the probabilities, by default the target's values.
    """

    categories: dict[str, tuple[CategoryValue, ...]] = Field(default_factory=dict)
    classes: tuple[CategoryValue, ...] | None = None


def given_signature(files: Mapping[str, bytes], spec: ProjectSpec, spec_digest: str) -> Signature:
    """Return the whole signature of a given model; ModelPackageError says what does not fit."""
    missing = [name for name in (MODEL_FILE, SIGNATURE_FILE) if name not in files]
    if missing:
        raise ModelPackageError(
            f"there is no {' and no '.join(missing)}: an import needs both, and a script that has "
            "no train(data, spec) writes both to $SM_MODEL_DIR"
        )
    try:
        given = GivenSignature.model_validate_json(files[SIGNATURE_FILE])
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the document"
        raise ModelPackageError(f"{SIGNATURE_FILE}: {where}: {first['msg']}") from error
    signature = whole_signature(spec, spec_digest, given)
    refuse_other_signature(spec, spec_digest, signature)
    return signature


def whole_signature(spec: ProjectSpec, spec_digest: str, given: GivenSignature) -> Signature:
    """Return the signature that a spec and a given signature make together."""
    open_columns = [
        name
        for name in spec.features
        if spec.columns[name].type == "category" and not spec.columns[name].values
    ]
    unlisted = [name for name in open_columns if not given.categories.get(name)]
    if unlisted:
        raise ModelPackageError(
            f"{SIGNATURE_FILE}: categories: list those of {unlisted} in the order of their codes"
        )
    categories = {name: given.categories[name] for name in open_columns}
    classes = () if spec.task == "regression" else given.classes or _declared(spec)
    return signature_of(spec, spec_digest, categories=categories, classes=classes)


def _declared(spec: ProjectSpec) -> tuple[CategoryValue, ...]:
    target = spec.columns[spec.target]
    return (False, True) if target.type == "boolean" else tuple(target.values or ())
