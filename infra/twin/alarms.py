"""CloudWatch alarms: evaluated against the measurements, and acting when their state changes."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final  # moto's alarms are untyped

from moto.cloudwatch.models import CloudWatchBackend, cloudwatch_backends

from infra.twin.alarm_rules import alarm_state, datapoint
from infra.twin.bridge import TwinContext
from infra.twin.errors import TwinError
from infra.twin.event_delivery import EventDelivery
from infra.twin.events import EventRouter
from infra.twin.metric_store import Metric, MetricStore

_ACTIONS: Final[Mapping[str, str]] = {
    "ALARM": "alarm_actions",
    "OK": "ok_actions",
    "INSUFFICIENT_DATA": "insufficient_data_actions",
}
_QUERY: Final = re.compile(
    r"SELECT\s+(?P<function>SUM|AVG|MAX|MIN|COUNT)\((?P<name>[\w/.-]+)\)\s+"
    r'FROM\s+SCHEMA\("?(?P<namespace>[^",]+)"?(?P<dimensions>[^)]*)\)',
    re.IGNORECASE,
)
_FUNCTIONS: Final[Mapping[str, str]] = {
    "SUM": "Sum",
    "AVG": "Average",
    "MAX": "Maximum",
    "MIN": "Minimum",
    "COUNT": "SampleCount",
}


class Alarms:
    """The alarms of the twin."""

    def __init__(self, router: EventRouter, store: MetricStore) -> None:
        """Actions and events leave through the router."""
        self._router = router
        self._store = store

    def install(self, context: TwinContext) -> None:
        """Let a change of state, also one set by hand, call the alarm's actions."""

        def set_alarm_state(
            backend: Any, alarm_name: str, reason: str, reason_data: str, state_value: str
        ) -> None:
            before = getattr(backend.alarms.get(alarm_name), "state_value", None)
            original(backend, alarm_name, reason, reason_data, state_value)
            if before != state_value:
                self._act(backend.alarms[alarm_name], str(before))

        original = context.seams.patch(
            CloudWatchBackend,
            "set_alarm_state",
            set_alarm_state,
            parameters=("self", "alarm_name", "reason", "reason_data", "state_value"),
        )

    def all(self) -> Iterator[Any]:
        """moto's metric alarms."""
        context = self._router.context
        backend = cloudwatch_backends[context.account_id][context.region]
        yield from (alarm for alarm in list(backend.alarms.values()) if not alarm.rule)

    def evaluate(self) -> None:
        """Look at every alarm once, at the virtual time."""
        context = self._router.context
        now = context.clock.now()
        for alarm in self.all():
            points = self._datapoints(alarm, now)
            state = alarm_state(
                points,
                comparison=alarm.comparison_operator,
                threshold=float(alarm.threshold),
                needed=int(alarm.datapoints_to_alarm or alarm.evaluation_periods),
                missing=alarm.treat_missing_data or "missing",
                current=alarm.state_value,
            )
            if state != alarm.state_value:
                backend = cloudwatch_backends[context.account_id][context.region]
                reason = f"Datapoints of the last periods, newest first: {points}"
                backend.set_alarm_state(alarm.name, reason, "{}", state)

    def _datapoints(self, alarm: Any, now: datetime) -> list[float | None]:
        """The last N periods, newest first."""
        metrics, statistic, period_s = self._measured(alarm)
        ends = [now - timedelta(seconds=period_s * i) for i in range(int(alarm.evaluation_periods))]
        start = timedelta(seconds=period_s)
        return [
            datapoint(statistic, self._store.between(metrics, end - start, end)) for end in ends
        ]

    def _measured(self, alarm: Any) -> tuple[list[Metric], str, int]:
        if not alarm.metric_data_queries:
            dimensions = tuple(sorted((item.name, item.value) for item in alarm.dimensions))
            metric = Metric(alarm.namespace, alarm.metric_name, dimensions)
            return [metric], alarm.statistic or alarm.extended_statistic, int(alarm.period)
        (query,) = alarm.metric_data_queries
        match = _QUERY.fullmatch((query.expression or "").strip())
        if match is None:
            message = f"alarm {alarm.name}: the twin cannot evaluate {query.expression!r}"
            raise TwinError(message)
        names = {name.strip() for name in match["dimensions"].split(",") if name.strip()}
        found = self._store.with_dimension_names(match["namespace"], match["name"], names)
        return found, _FUNCTIONS[match["function"].upper()], int(query.period)

    def _act(self, alarm: Any, before: str) -> None:
        if alarm.actions_enabled:
            message = json.dumps(self._message(alarm, before))
            for arn in getattr(alarm, _ACTIONS[alarm.state_value]) or ():
                subject = {"Subject": f'{alarm.state_value}: "{alarm.name}"'[:100]}
                self._router.deliver(EventDelivery(alarm.alarm_arn, arn, message, subject))
        state = {"value": alarm.state_value, "reason": alarm.state_reason}
        detail = {"alarmName": alarm.name, "state": state, "previousState": {"value": before}}
        source, kind = "aws.cloudwatch", "CloudWatch Alarm State Change"
        self._router.emit(source, kind, detail, [alarm.alarm_arn])

    def _message(self, alarm: Any, before: str) -> dict[str, Any]:
        """What an alarm writes to a topic."""
        context = self._router.context
        return {
            "AlarmName": alarm.name,
            "AlarmDescription": alarm.description,
            "AWSAccountId": context.account_id,
            "NewStateValue": alarm.state_value,
            "NewStateReason": alarm.state_reason,
            "StateChangeTime": context.clock.now().isoformat(timespec="milliseconds"),
            "Region": context.region,
            "AlarmArn": alarm.alarm_arn,
            "OldStateValue": before,
            "Trigger": {
                "MetricName": alarm.metric_name,
                "Namespace": alarm.namespace,
                "Threshold": float(alarm.threshold),
                "ComparisonOperator": alarm.comparison_operator,
            },
        }
