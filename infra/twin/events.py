"""EventBridge in its own time: rules matched at once, targets called later from a queue.

moto calls some targets inside the caller, refuses others, delivers for disabled rules, and loses S3
events for Lambda and Step Functions; here every target of ``event_targets`` is called, with retries
and dead letters.
"""

import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final  # moto's objects are untyped; events are JSON documents

from moto.events.models import Rule, events_backends
from moto.s3 import notifications
from moto.sns.models import Subscription

from infra.twin.bridge import TwinContext
from infra.twin.deliveries import DeliveryQueue
from infra.twin.errors import TwinError
from infra.twin.event_delivery import Deliverer, EventDelivery, LostDelivery, delivery_to_target
from infra.twin.event_inputs import target_input
from infra.twin.event_targets import TargetCaller
from infra.twin.s3_events import detail_type_of, is_spurious, s3_detail

DEFAULT_BUS: Final = "default"
_JUST_NOW_S: Final = 5.0


class EventRouter:
    """The bridge of EventBridge, S3 events and SNS; other bridges emit AWS's events here."""

    def __init__(self, *, duplicate_deliveries: bool = False) -> None:
        """With ``duplicate_deliveries`` every target gets every event twice, as AWS may do."""
        self.duplicate_deliveries = duplicate_deliveries
        self.queue = DeliveryQueue("events")
        self.listeners: list[Callable[[Mapping[str, Any]], None]] = []
        self._context: TwinContext | None = None
        self._deliverer: Deliverer | None = None

    @property
    def context(self) -> TwinContext:
        """The twin that this router belongs to."""
        if self._context is None:
            message = "the event router is not installed"
            raise TwinError(message)
        return self._context

    @property
    def lost(self) -> list[LostDelivery]:
        """What could not be delivered and had no dead-letter queue."""
        return self._deliverer.lost if self._deliverer is not None else []

    def install(self, context: TwinContext) -> None:
        """Route every event of moto through this queue."""
        self._context = context
        self._deliverer = Deliverer(TargetCaller(context, self.route))
        self._install_rules()
        self._install_s3()
        self._install_sns()
        self.queue.start()

    def start(self) -> None:
        """The queue runs since the installation: deployment itself makes events."""

    def is_idle(self) -> bool:
        """Whether every event is delivered."""
        return self.queue.is_idle()

    def drain(self) -> None:
        """Wait until every event is delivered."""
        self.queue.drain()

    def stop(self) -> None:
        """End the workers."""
        self.queue.stop()

    def emit(
        self, source: str, detail_type: str, detail: dict[str, Any], resources: list[str]
    ) -> None:
        """Put an event of an AWS service on the default bus."""
        context = self.context
        event = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": detail_type,
            "source": source,
            "account": context.account_id,
            "time": iso_seconds(context.clock.now()),
            "region": context.region,
            "resources": resources,
            "detail": detail,
        }
        for listener in self.listeners:
            listener(event)
        self.route(DEFAULT_BUS, event)

    def route(self, bus_name: str, event: dict[str, Any]) -> None:
        """Offer an event to every rule of a bus."""
        context = self.context
        buses = events_backends[context.account_id][context.region].event_buses
        if bus_name not in buses:
            message = f"there is no event bus {bus_name!r}"
            raise TwinError(message)
        for rule in list(buses[bus_name].rules.values()):
            self._offer(rule, event)

    def deliver_to_rule(self, rule: Any, event: Mapping[str, Any]) -> None:
        """Deliver to every target of a rule, without asking its pattern: for schedules."""
        for target in list(rule.targets):
            payload = target_input(target, event, reserved=_reserved_values(rule, event))
            self.deliver(delivery_to_target(rule.arn, target, payload))

    def deliver(self, delivery: EventDelivery) -> None:
        """Queue one delivery, or two."""
        deliverer = self._deliverer
        if deliverer is None:
            message = "the event router is not installed"
            raise TwinError(message)
        for _ in range(2 if self.duplicate_deliveries else 1):
            self.queue.put(lambda: deliverer.deliver(delivery))

    def _offer(self, rule: Any, event: dict[str, Any]) -> None:
        has_pattern = bool(rule.event_pattern.get_pattern())
        if rule.state == "ENABLED" and has_pattern and rule.event_pattern.matches_event(event):
            self.deliver_to_rule(rule, event)

    def _install_rules(self) -> None:
        def send_to_targets(
            rule: Any,
            original_event: dict[str, Any],
            transform_input: bool = True,  # noqa: ARG001, FBT001, FBT002 - moto's signature
        ) -> None:
            self._offer(rule, self._as_delivered(original_event))

        self.context.seams.patch(
            Rule,
            "send_to_targets",
            send_to_targets,
            parameters=("self", "original_event", "transform_input"),
        )

    def _install_s3(self) -> None:
        def send(account_id: str, bucket: Any, event_name: str, key: Any) -> None:
            name = str(getattr(event_name, "value", event_name))
            if not is_spurious(account_id, name, key):
                detail = s3_detail(account_id, bucket, name, key)
                self.emit("aws.s3", detail_type_of(name), detail, [bucket.arn])

        self.context.seams.patch(
            notifications,
            "_send_event_bridge_message",
            send,
            parameters=("account_id", "bucket", "event_name", "key"),
        )

    def _install_sns(self) -> None:
        def publish(subscription: Any, *arguments: Any, **options: Any) -> None:
            if subscription.protocol in {"lambda", "http", "https"}:
                self.queue.put(lambda: original(subscription, *arguments, **options))
            else:
                original(subscription, *arguments, **options)

        original = self.context.seams.patch(Subscription, "publish", publish, parameters=None)

    def _as_delivered(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """moto's event without its private members, at the virtual time."""
        delivered = {key: value for key, value in event.items() if key != "ingestion-time"}
        delivered["time"] = self._event_time(event["time"])
        delivered["account"] = self.context.account_id
        return delivered

    def _event_time(self, moment: Any) -> str:
        if isinstance(moment, datetime):
            return iso_seconds(moment)
        if isinstance(moment, str):
            return moment
        if abs(float(moment) - time.time()) < _JUST_NOW_S:
            return iso_seconds(self.context.clock.now())
        return iso_seconds(datetime.fromtimestamp(float(moment), UTC))


def iso_seconds(moment: datetime) -> str:
    """The form of an event's time, such as 2026-01-31T08:00:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _reserved_values(rule: Any, event: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "aws.events.rule-arn": rule.arn,
        "aws.events.rule-name": rule.name,
        "aws.events.event.ingestion-time": event["time"],
        "aws.events.event": {key: value for key, value in event.items() if key != "detail"},
        "aws.events.event.json": event,
    }
