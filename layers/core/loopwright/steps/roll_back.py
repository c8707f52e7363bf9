"""Let an earlier champion answer again, and prove through the public path that it does."""

from collections.abc import Sequence

from pydantic import Field

from loopwright.domain.events import Event
from loopwright.domain.lineage import Edge, Node
from loopwright.domain.package import Probe
from loopwright.domain.record import Record
from loopwright.domain.requests_json import read_document
from loopwright.domain.rollback import target_of
from loopwright.domain.run import Champion, ModelRecord
from loopwright.errors import ConflictError, ModelPackageError, ObjectMissingError
from loopwright.ports import Clock, EventBus, Ledger, Lineage
from loopwright.steps.promote_model import Verifier

MAX_BODY_BYTES = 10_000


class Body(Record):
    """The body of POST /projects/{project}/rollback; without `to` the one before answers again."""

    to: str | None = None
    reason: str = Field(min_length=3)


class Request(Record):
    """Who wants to go back, to which model, and why."""

    project: str
    to: str | None = None
    reason: str
    actor: str


class Result(Record):
    """The model that answers now, and the one that it replaced."""

    project: str
    model: str
    replaced: str


def read_request(project: str, body: bytes, actor: str) -> Request:
    """Read the body of a caller; RequestError names what is wrong in it."""
    sent = read_document(body, Body, max_body_bytes=MAX_BODY_BYTES)
    return Request(project=project, to=sent.to, reason=sent.reason, actor=actor)


def roll_back(
    request: Request,
    *,
    ledger: Ledger,
    lineage: Lineage,
    event_bus: EventBus,
    verifier: Verifier,
    clock: Clock,
) -> Result:
    """Move the pointer to an earlier champion and probe it; undo the move if it fails."""
    ledger.project(request.project)
    current, models = ledger.champion(request.project), ledger.models(request.project)
    pointer = _unfinished(request, current, models)
    if pointer is None:
        target = target_of(request.project, current, models, request.to)
        replaced = "" if current is None else current.model
        _sample(verifier, request.project, target)
        pointer = _pointer(request, target, replaced, request.reason, clock)
        ledger.move_champion(pointer, expected=replaced)
    replaced = pointer.previous or ""
    objection = verifier.objection(pointer, _sample(verifier, pointer.project, pointer.model))
    if objection:
        why = f"the rollback to {pointer.model} failed its probe: {objection}"
        back = _pointer(request, replaced, pointer.model, why, clock)
        ledger.move_champion(back, expected=pointer.model)
        message = f"{why}; model {replaced} is still the champion"
        raise ConflictError(message)
    _settle(pointer, replaced, ledger, lineage, event_bus)
    return Result(project=request.project, model=pointer.model, replaced=replaced)


def _sample(verifier: Verifier, project: str, model: str) -> Probe:
    """Return the sample of a package; ConflictError when the package is not as it was signed."""
    try:
        return verifier.sample(project, model)
    except (ModelPackageError, ObjectMissingError) as error:
        message = f"cannot go back to model {model}: its package is refused ({error})"
        raise ConflictError(message) from error


def _unfinished(
    request: Request, current: Champion | None, models: Sequence[ModelRecord]
) -> Champion | None:
    """Return the pointer of a rollback that broke off before it was settled, to go on with it."""
    if current is None or current.run is not None or request.to not in (None, current.model):
        return None
    settled = any(one.model == current.model and one.status == "champion" for one in models)
    return None if settled else current


def _pointer(request: Request, model: str, previous: str, reason: str, clock: Clock) -> Champion:
    return Champion(
        project=request.project,
        model=model,
        previous=previous,
        run=None,
        at=clock.now().isoformat(),
        actor=request.actor,
        reason=reason,
    )


def _settle(
    pointer: Champion, replaced: str, ledger: Ledger, lineage: Lineage, event_bus: EventBus
) -> None:
    """Record who replaced whom, and announce it; the status comes last, so a retry repeats all."""
    ledger.set_model_status(pointer.project, replaced, "retired")
    source = Node(project=pointer.project, kind="model", id=pointer.model)
    target = Node(project=pointer.project, kind="model", id=replaced)
    lineage.record([Edge(source=source, relation="replaced", target=target, at=pointer.at)])
    event_bus.publish(
        Event(
            name="ModelRolledBack",
            project=pointer.project,
            actor=pointer.actor,
            at=pointer.at,
            reason=pointer.reason,
            detail={"model": pointer.model, "replaced": replaced},
        )
    )
    ledger.set_model_status(pointer.project, pointer.model, "champion")
