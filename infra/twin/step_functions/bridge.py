"""The bridge of Step Functions: installs every repair of this package."""

from typing import Final

from infra.twin.bridge import TwinContext
from infra.twin.events import EventRouter
from infra.twin.step_functions.error_matching import install_error_matching
from infra.twin.step_functions.executions import ExecutionEnds, install_executions
from infra.twin.step_functions.integrations import install_integrations
from infra.twin.step_functions.jsonata_engine import JsonataEngine
from infra.twin.step_functions.query_language import install_jsonata
from infra.twin.step_functions.running import RunningExecutions
from infra.twin.step_functions.sagemaker_service import install_sagemaker_service
from infra.twin.step_functions.sync_cancellation import install_sync_cancellation
from infra.twin.step_functions.task_tokens import install_task_tokens
from infra.twin.step_functions.waiting import install_retry_waits, install_waiting

SYNC_POLL_S: Final = 0.1


class StepFunctionsBridge:
    """moto's interpreter with AWS's JSONata, integrations, errors, tokens and status events."""

    def __init__(
        self,
        router: EventRouter,
        *,
        sync_poll_s: float = SYNC_POLL_S,
        longest_retry_wait_s: float | None = None,
    ) -> None:
        """Status events go to the router; waits before retries may be cut to a longest."""
        self._router = router
        self._sync_poll_s = sync_poll_s
        self._longest_retry_wait_s = longest_retry_wait_s
        self._running: RunningExecutions | None = None

    def install(self, context: TwinContext) -> None:
        """Replace what moto lacks."""
        now = context.clock.now
        install_integrations(context.seams, sync_poll_s=self._sync_poll_s)
        install_jsonata(context.seams, JsonataEngine(now))
        install_error_matching(context.seams)
        install_sagemaker_service(context.seams)
        install_sync_cancellation(context.seams)
        install_executions(context.seams, ExecutionEnds(now, self._router.emit))
        install_task_tokens(context.seams)
        install_waiting(context.seams, now)
        if self._longest_retry_wait_s is not None:
            install_retry_waits(context.seams, self._longest_retry_wait_s)
        self._running = RunningExecutions(context.account_id, context.region)

    def start(self) -> None:
        """Executions start their own threads."""

    def is_idle(self) -> bool:
        """Whether no execution runs, except those that wait for a task token."""
        return self._running is None or self._running.are_at_rest()

    def stop(self) -> None:
        """Abort every execution that still runs."""
        if self._running is not None:
            self._running.abort_all()
