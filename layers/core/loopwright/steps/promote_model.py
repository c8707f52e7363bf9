"""Make a candidate the champion, and prove through the public path that it answers."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, Literal

from loopwright.domain.events import Event
from loopwright.domain.gate import Evidence, Reason
from loopwright.domain.lineage import Edge, Node
from loopwright.domain.package import Probe
from loopwright.domain.probe import ProbeWatch
from loopwright.domain.record import Record, canonical_json
from loopwright.domain.run import Champion
from loopwright.errors import PointerMovedError, ServiceError
from loopwright.ports import (
    Clock,
    Endpoint,
    EventBus,
    EvidenceStore,
    Ledger,
    Lineage,
    ModelStore,
)

PATIENCE_SECONDS = 15
PAUSE_SECONDS = 0.5


class Request(Record):
    """The candidate, and the champion that it was compared with."""

    run: str
    project: str
    model: str
    champion: str | None = None
    actor: str
    reason: str = ""
    dataset: str | None = None


class Result(Record):
    """How the promotion ended; only `model_promoted` changed who answers."""

    outcome: Literal["model_promoted", "champion_moved", "candidate_rejected"]
    model: str
    champion: str | None
    reasons: tuple[Reason, ...] = ()
    evidence: Evidence | None = None


class Verifier:
    """Asks the public path until it is sure which model answers."""

    def __init__(
        self,
        *,
        models: ModelStore,
        endpoint: Endpoint,
        clock: Clock,
        sleep: Callable[[float], None],
        pointer_ttl_seconds: float,
    ) -> None:
        """Ask `endpoint` for the sample that lies in the package, over the pointer's cache time."""
        self._models = models
        self._endpoint = endpoint
        self._clock = clock
        self._sleep = sleep
        self._cache_time = timedelta(seconds=pointer_ttl_seconds)

    def sample(self, project: str, model: str) -> Probe:
        """Return the sample of a package; ModelPackageError when a file of it is not as signed.

        This comes before the pointer moves: what nobody can load must not become the champion.
        """
        manifest = self._models.manifest(project, model)
        files = {one.name: self._models.file(project, model, one.name) for one in manifest.files}
        return Probe.model_validate_json(files["probe.json"])

    def objection(self, champion: Champion, sample: Probe) -> str:
        """Return why the champion does not answer as it should, or nothing."""
        watch = ProbeWatch(
            model=champion.model,
            replaced=champion.previous,
            expected=sample.prediction.model_dump(mode="json"),
            started_at=self._clock.now(),
            cache_time=self._cache_time,
            patience=self._cache_time + timedelta(seconds=PATIENCE_SECONDS),
        )
        while watch.state == "watching":
            self._ask(watch, champion.project, sample.instance)
        return watch.reason

    def _ask(self, watch: ProbeWatch, project: str, instance: dict[str, Any]) -> None:
        asked_at = self._clock.now()
        try:
            answer = self._endpoint.predict(project, [instance])
        except ServiceError as error:
            watch.interrupted(f"the public path failed ({error})", at=self._clock.now())
        else:
            watch.answered(answer, at=self._clock.now(), asked_at=asked_at)
        if watch.state == "watching":
            self._sleep(PAUSE_SECONDS)


def promote_model(
    request: Request,
    *,
    ledger: Ledger,
    lineage: Lineage,
    evidence: EvidenceStore,
    event_bus: EventBus,
    verifier: Verifier,
    clock: Clock,
) -> Result:
    """Move the pointer if the compared champion still answers, probe, and else move it back.

    ModelPackageError when the package is not as it was signed; nothing has moved then.
    """
    sample = verifier.sample(request.project, request.model)
    pointer = _pointer(request, clock)
    try:
        ledger.move_champion(pointer, expected=request.champion)
    except PointerMovedError as error:
        return _ended(request, "champion_moved", "champion_moved", str(error))
    pointer = ledger.champion(request.project) or pointer
    if ledger.model(request.project, request.model).status != "champion":
        objection = verifier.objection(pointer, sample)
        if objection:
            _move_back(request, objection, ledger, clock)
            return _ended(request, "candidate_rejected", "probe_failed", objection)
        _settle(pointer, ledger, lineage, event_bus)
    document = canonical_json({"outcome": "model_promoted", **pointer.model_dump(mode="json")})
    kept = evidence.put(request.project, request.run, "promotion.json", document)
    return Result(
        outcome="model_promoted", model=request.model, champion=request.champion, evidence=kept
    )


def _pointer(request: Request, clock: Clock) -> Champion:
    return Champion(
        project=request.project,
        model=request.model,
        previous=request.champion,
        run=request.run,
        at=clock.now().isoformat(),
        actor=request.actor,
        reason=request.reason,
    )


def _ended(
    request: Request,
    outcome: Literal["champion_moved", "candidate_rejected"],
    code: str,
    message: str,
) -> Result:
    reason = Reason(code=code, message=message, subject=request.model)
    return Result(
        outcome=outcome, model=request.model, champion=request.champion, reasons=(reason,)
    )


def _move_back(request: Request, objection: str, ledger: Ledger, clock: Clock) -> None:
    """Let the former champion answer again; a first champion is withdrawn."""
    with suppress(PointerMovedError):  # somebody else has moved the pointer on already
        if request.champion is None:
            ledger.withdraw_champion(request.project, expected=request.model)
        elif request.champion != request.model:
            back = _pointer(request, clock).model_copy(
                update={
                    "model": request.champion,
                    "previous": request.model,
                    "run": None,
                    "reason": f"the probe of {request.model} failed: {objection}",
                }
            )
            ledger.move_champion(back, expected=request.model)
    ledger.set_model_status(request.project, request.model, "rejected")


def _settle(pointer: Champion, ledger: Ledger, lineage: Lineage, event_bus: EventBus) -> None:
    """Record who replaced whom, and announce it; the status comes last, so a retry repeats all."""
    if pointer.previous not in (None, pointer.model):
        replaced = Node(project=pointer.project, kind="model", id=str(pointer.previous))
        model = Node(project=pointer.project, kind="model", id=pointer.model)
        lineage.record([Edge(source=model, relation="replaced", target=replaced, at=pointer.at)])
        ledger.set_model_status(pointer.project, replaced.id, "retired")
    event_bus.publish(
        Event(
            name="ModelPromoted",
            project=pointer.project,
            actor=pointer.actor,
            at=pointer.at,
            reason=pointer.reason,
            detail={"model": pointer.model, "replaced": pointer.previous, "run": pointer.run},
        )
    )
    ledger.set_model_status(pointer.project, pointer.model, "champion")
