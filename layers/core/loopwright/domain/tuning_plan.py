"""What a tuning job is started with: a search whose trials are training jobs, some at a time."""

from pathlib import PurePosixPath

from loopwright.domain.metrics import METRICS, judging_metric
from loopwright.domain.record import Record
from loopwright.domain.search_space import SPACES, Range
from loopwright.domain.spec import ProjectSpec

OBJECTIVE = "objective"
# SageMaker's toolkit unpacks the bundle and runs this file of it: a trial has no entry point.
PROGRAM = "training/trial.py"


class RangePlan(Record):
    """One range in the words of `createHyperParameterTuningJob`: all ends are texts."""

    Name: str
    MinValue: str
    MaxValue: str
    ScalingType: str


class DesignPlan(Record):
    """The trials of one design."""

    name: str
    whole: tuple[RangePlan, ...]
    others: tuple[RangePlan, ...]
    hyperparameters: dict[str, str]


class TuningPlan(Record):
    """How many trials there are, how many at a time, and which way is better."""

    trials: int
    parallel: int
    direction: str
    designs: tuple[DesignPlan, ...]


def plan_tuning(
    spec: ProjectSpec, *, bundle_key: str, hyperparameters: dict[str, str]
) -> TuningPlan | None:
    """Plan the search of a spec as a tuning job; None when it runs inside the training job."""
    search = spec.training.search
    if search is None or search.parallel == 1 or hyperparameters["script"]:
        return None
    metric = METRICS[judging_metric(spec)]
    place = f"/opt/ml/input/data/bundle/{PurePosixPath(bundle_key).name}"
    toolkit = {"sagemaker_program": PROGRAM, "sagemaker_submit_directory": place}
    return TuningPlan(
        trials=search.trials,
        parallel=search.parallel,
        direction="Maximize" if metric.higher_is_better else "Minimize",
        designs=tuple(
            DesignPlan(
                name=name.replace(" ", "-"),
                whole=tuple(_range(one, r) for one, r in SPACES[name].items() if r.whole),
                others=tuple(_range(one, r) for one, r in SPACES[name].items() if not r.whole),
                hyperparameters={**hyperparameters, **toolkit, "trial": name},
            )
            for name in spec.training.estimators
            if name in SPACES
        ),
    )


def _range(name: str, bounds: Range) -> RangePlan:
    low, high = (f"{round(end)}" if bounds.whole else f"{end}" for end in (bounds.low, bounds.high))
    scale = "Linear" if bounds.whole else "Logarithmic"
    return RangePlan(Name=name, MinValue=low, MaxValue=high, ScalingType=scale)
