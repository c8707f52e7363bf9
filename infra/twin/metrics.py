"""CloudWatch metrics: from log lines, from PutMetricData, and those that AWS's services write."""

from collections.abc import Mapping
from typing import Any, Final  # moto's backends are untyped; events are JSON documents

from moto.cloudwatch.models import CloudWatchBackend, cloudwatch_backends
from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.models import LogsBackend
from moto.sqs.models import sqs_backends

from infra.twin.alarms import Alarms
from infra.twin.bridge import Invocation, TwinContext
from infra.twin.emf import Measurement, measurements_in
from infra.twin.events import EventRouter
from infra.twin.metric_store import MetricStore
from infra.twin.periodic import PeriodicThread
from infra.twin.step_functions.executions import STATUS_CHANGE

_LOOK_EVERY_S: Final = 1.0
_EXECUTION_METRICS: Final[Mapping[str, str]] = {
    "RUNNING": "ExecutionsStarted",
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}


class MetricsBridge:
    """The bridge of CloudWatch: collects measurements and evaluates the alarms every second."""

    def __init__(self, router: EventRouter) -> None:
        """Alarms act through this router; its events are counted."""
        self._router = router
        self._store = MetricStore()
        self._thread = PeriodicThread("alarms", self.evaluate, every_s=_LOOK_EVERY_S)
        self.alarms = Alarms(router, self._store)

    def install(self, context: TwinContext) -> None:
        """Listen to logs, metrics, executions and invocations."""
        self._install_logs(context)
        self._install_metrics(context)
        self._install_invocations(context)
        self._router.listeners.append(self._count_execution)
        self.alarms.install(context)

    def start(self) -> None:
        """Evaluate from now on."""
        self._thread.start()

    def is_idle(self) -> bool:
        """Measuring is never pending."""
        return True

    def stop(self) -> None:
        """End the evaluation."""
        self._thread.stop()

    def evaluate(self) -> None:
        """Sample what is a level, not a count, and look at every alarm."""
        self._sample_queues()
        self.alarms.evaluate()

    def measure(self, measurement: Measurement) -> None:
        """Keep a measurement for the alarms."""
        self._store.add(measurement, self._router.context.clock.now())

    def count_invocation(self, function_name: str, *, failed: bool) -> None:
        """Lambda's Invocations and Errors."""
        dimensions = (("FunctionName", function_name),)
        for name, value in (("Invocations", 1.0), ("Errors", float(failed))):
            self._put(Measurement("AWS/Lambda", name, value, dimensions, "Count"))

    def _put(self, measurement: Measurement) -> None:
        """Write a measurement where GetMetricStatistics finds it; the alarms hear of it there."""
        context = self._router.context
        datum = {
            "MetricName": measurement.name,
            "Value": measurement.value,
            "Dimensions": [
                {"Name": name, "Value": value} for name, value in measurement.dimensions
            ],
            "Unit": measurement.unit or "None",
            "Timestamp": context.clock.now().replace(tzinfo=None),
        }
        backend = cloudwatch_backends[context.account_id][context.region]
        backend.put_metric_data(measurement.namespace, [datum])

    def _count_execution(self, event: Mapping[str, Any]) -> None:
        if event["detail-type"] == STATUS_CHANGE:
            detail = event["detail"]
            dimensions = (("StateMachineArn", detail["stateMachineArn"]),)
            name = _EXECUTION_METRICS[detail["status"]]
            self._put(Measurement("AWS/States", name, 1.0, dimensions, "Count"))

    def _sample_queues(self) -> None:
        context = self._router.context
        queues = sqs_backends[context.account_id][context.region].queues
        for alarm in self.alarms.all():
            if alarm.namespace == "AWS/SQS":
                dimensions = tuple((item.name, item.value) for item in alarm.dimensions)
                queue = queues.get(dict(dimensions).get("QueueName", ""))
                if queue is not None:
                    level = float(queue.approximate_number_of_messages)
                    self.measure(Measurement("AWS/SQS", alarm.metric_name, level, dimensions))

    def _install_logs(self, context: TwinContext) -> None:
        def put_log_events(
            backend: Any, log_group_name: str, log_stream_name: str, log_events: list[Any]
        ) -> tuple[str, dict[str, Any]]:
            """moto drops events that its real clock calls too new; ours keep a virtual time."""
            if log_group_name not in backend.groups:
                raise ResourceNotFoundException
            token = backend.groups[log_group_name].put_log_events(log_stream_name, log_events)
            for event in log_events:
                for measurement in measurements_in(event["message"]):
                    self._put(measurement)
            return token, {}

        context.seams.patch(
            LogsBackend,
            "put_log_events",
            put_log_events,
            parameters=("self", "log_group_name", "log_stream_name", "log_events"),
        )

    def _install_metrics(self, context: TwinContext) -> None:
        def put_metric_data(
            backend: Any, namespace: str, metric_data: list[dict[str, Any]]
        ) -> None:
            original(backend, namespace, metric_data)
            for datum in metric_data:
                for measurement in _measurements_of(namespace, datum):
                    self.measure(measurement)

        original = context.seams.patch(
            CloudWatchBackend,
            "put_metric_data",
            put_metric_data,
            parameters=("self", "namespace", "metric_data"),
        )

    def _install_invocations(self, context: TwinContext) -> None:
        """Every way into a function ends in ``run`` of the twin's Lambda runtime."""
        if not hasattr(context.functions, "run"):
            return

        def run(function: Any, payload: bytes, request_id: str) -> Invocation:
            invocation: Invocation = original(function, payload, request_id)
            self.count_invocation(function.function_name, failed=not invocation.succeeded)
            return invocation

        original = context.seams.patch(
            context.functions, "run", run, parameters=("function", "payload", "request_id")
        )


def _measurements_of(namespace: str, datum: Mapping[str, Any]) -> list[Measurement]:
    """The values of one entry of PutMetricData, each as often as it counts."""
    dimensions = tuple(
        sorted((item["Name"], item["Value"]) for item in datum.get("Dimensions", ()))
    )
    values = datum.get("Values") or [datum.get("Value", 0)]
    counts = datum.get("Counts") or [1] * len(values)
    return [
        Measurement(namespace, datum["MetricName"], float(value), dimensions, datum.get("Unit"))
        for value, count in zip(values, counts, strict=True)
        for _ in range(int(float(count)))
    ]
