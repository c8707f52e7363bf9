"""The bridges of the loop, in the order of their installation."""

from infra.twin.bridge import Bridge
from infra.twin.events import EventRouter
from infra.twin.metrics import MetricsBridge
from infra.twin.schedules import SchedulesBridge
from infra.twin.step_functions.bridge import StepFunctionsBridge
from infra.twin.streams import StreamsBridge
from infra.twin.training_jobs.bridge import TrainingJobsBridge


def loop_bridges(*, duplicate_deliveries: bool = False) -> tuple[Bridge, ...]:
    """Events first: the others emit through them. Deliver everything twice to try idempotency."""
    router = EventRouter(duplicate_deliveries=duplicate_deliveries)
    return (
        router,
        StepFunctionsBridge(router),
        StreamsBridge(duplicate_deliveries=duplicate_deliveries),
        TrainingJobsBridge(router),
        MetricsBridge(router),
        SchedulesBridge(router),
    )
