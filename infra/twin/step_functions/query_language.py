"""Give moto a JSONata engine: it has the syntax of JSONata states and nothing to evaluate them."""

from typing import Any  # moto's environment is untyped

from moto.stepfunctions.parser.api import EvaluationFailedEventDetails, HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import (
    StatesErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.component.common.string.string_expression import (
    StringJSONata,
    StringVariableSample,
)

from infra.twin.seams import Seams
from infra.twin.step_functions.jsonata_engine import UNDEFINED, JsonataEngine, JsonataError


def install_jsonata(seams: Seams, engine: JsonataEngine) -> None:
    """Evaluate every JSONata string and sampled variable with this engine."""

    def evaluate_body(self: Any, env: Any) -> None:
        env.stack.append(evaluate_in(env, self.expression, engine))

    for owner in (StringJSONata, StringVariableSample):
        seams.patch(owner, "_eval_body", evaluate_body, parameters=("self", "env"))


def evaluate_in(env: Any, expression: str, engine: JsonataEngine) -> Any:
    """The value of an expression among the states data and variables of an environment."""
    try:
        value = engine.evaluate(expression, variables_of(env))
    except JsonataError as error:
        raise _query_evaluation_error(
            env, f"The JSONata expression '{expression}': {error}"
        ) from error
    if value is UNDEFINED:
        cause = f"The JSONata expression '{expression}' returned nothing (undefined)."
        raise _query_evaluation_error(env, cause)
    return value


def variables_of(env: Any) -> dict[str, Any]:
    """``$states`` and every assigned variable that is in scope, the inner scope last."""
    store = env.variable_store
    return {"states": env.states._states_data, **store._outer_scope, **store._inner_scope}  # noqa: SLF001 - the seam


def _query_evaluation_error(env: Any, cause: str) -> FailureEventException:
    kind = StatesErrorNameType.StatesQueryEvaluationError
    details = EvaluationFailedEventDetails(cause=cause, error=kind.to_name())
    event_details: Any = {"evaluationFailedEventDetails": details}
    return FailureEventException(
        FailureEvent(
            env=env,
            error_name=StatesErrorName(typ=kind),
            event_type=HistoryEventType.EvaluationFailed,
            event_details=event_details,
        )
    )
