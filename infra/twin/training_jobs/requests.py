"""Refuse requests for jobs as SageMaker would: botocore's model, and rules beyond it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final  # requests are JSON documents

from botocore.model import Shape
from botocore.validate import ParamValidator

from infra.twin.step_functions.shapes import operation_model

type Request = Mapping[str, Any]
_NEEDED: Final = ("AlgorithmSpecification", "ResourceConfig", "StoppingCondition")


def problems_of(request: Request) -> list[str]:
    """Everything that is wrong with a request; empty when SageMaker would accept it."""
    found = _problems_by_model(request, "CreateTrainingJob")
    if found is None:
        return [*_missing(request)] or [*_broken_rules(request)]
    return found


def tuning_problems(request: Request) -> list[str]:
    """What is wrong with a CreateHyperParameterTuningJob request, by the model."""
    return _problems_by_model(request, "CreateHyperParameterTuningJob") or []


def _problems_by_model(request: Request, operation: str) -> list[str] | None:
    """What botocore's model forbids; None when it is nothing."""
    shape = operation_model("sagemaker", operation).input_shape
    report = ParamValidator().validate(request, shape)
    if report.has_errors():
        return [line for line in report.generate_report().splitlines() if line]
    return [*_broken_constraints(request, shape, "")] or None


def _broken_constraints(value: Any, shape: Shape, path: str) -> Iterator[str]:
    """Lengths, patterns and enumerations, which botocore knows and does not check."""
    if shape.type_name == "structure":
        for name, item in value.items():
            yield from _broken_constraints(item, shape.members[name], f"{path}.{name}".lstrip("."))
    elif shape.type_name == "list":
        yield from _broken_size(len(value), shape, path)
        for index, item in enumerate(value):
            yield from _broken_constraints(item, shape.member, f"{path}[{index}]")
    elif shape.type_name == "map":
        yield from _broken_size(len(value), shape, path)
        for key, item in value.items():
            yield from _broken_constraints(key, shape.key, f"{path} (key)")
            yield from _broken_constraints(item, shape.value, f"{path}.{key}")
    elif shape.type_name == "string":
        yield from _broken_text(value, shape, path)


def _broken_size(size: int, shape: Shape, path: str) -> Iterator[str]:
    most = shape.metadata.get("max")
    if most is not None and size > most:
        yield f"Value at '{path}' has {size} members; at most {most} are allowed"


def _broken_text(text: str, shape: Shape, path: str) -> Iterator[str]:
    most, pattern = shape.metadata.get("max"), shape.metadata.get("pattern")
    allowed = getattr(shape, "enum", None)
    if most is not None and len(text) > most:
        yield f"Value at '{path}' has {len(text)} characters; at most {most} are allowed"
    if pattern is not None and not re.fullmatch(_as_python(pattern), text, re.DOTALL):
        yield f"Value '{text}' at '{path}' must satisfy the regular expression pattern: {pattern}"
    if allowed and text not in allowed:
        yield f"Value '{text}' at '{path}' must satisfy the enum value set"


def _missing(request: Request) -> list[str]:
    """What the model calls optional for jobs without servers, and ours need."""
    return [f"'{name}' is required" for name in _NEEDED if not request.get(name)]


def _broken_rules(request: Request) -> Iterator[str]:
    yield from _broken_algorithm(request["AlgorithmSpecification"])
    yield from _broken_resources(request)
    yield from _broken_times(request)
    channels = [channel["ChannelName"] for channel in request.get("InputDataConfig", ())]
    for name in sorted({name for name in channels if channels.count(name) > 1}):
        yield f"Channel names must be unique; '{name}' comes more than once"


def _broken_algorithm(algorithm: Request) -> Iterator[str]:
    if bool(algorithm.get("TrainingImage")) == bool(algorithm.get("AlgorithmName")):
        yield "Exactly one of TrainingImage and AlgorithmName must be given"
    if not algorithm.get("ContainerEntrypoint"):
        yield "The twin runs no image: give ContainerEntrypoint in AlgorithmSpecification"


def _broken_resources(request: Request) -> Iterator[str]:
    resources = request["ResourceConfig"]
    kinds = ("InstanceType", "InstanceGroups", "InstancePreferences")
    given = [kind for kind in kinds if resources.get(kind)]
    if len(given) != 1:
        yield f"ResourceConfig needs exactly one of {', '.join(kinds)}; it has {given or 'none'}"
    if "InstanceType" in given and int(resources.get("InstanceCount", 0)) < 1:
        yield "ResourceConfig needs an InstanceCount of at least 1 with InstanceType"
    if "InstancePreferences" in given and request.get("EnableManagedSpotTraining"):
        yield "InstancePreferences cannot be used with EnableManagedSpotTraining"


def _broken_times(request: Request) -> Iterator[str]:
    stopping = request["StoppingCondition"]
    runtime, wait = stopping.get("MaxRuntimeInSeconds"), stopping.get("MaxWaitTimeInSeconds")
    is_spot = bool(request.get("EnableManagedSpotTraining"))
    if is_spot and wait is None:
        yield "MaxWaitTimeInSeconds is required with EnableManagedSpotTraining"
    if not is_spot and wait is not None:
        yield "MaxWaitTimeInSeconds is only allowed with EnableManagedSpotTraining"
    if runtime is not None and wait is not None and wait < runtime:
        yield f"MaxWaitTimeInSeconds ({wait}) must not be below MaxRuntimeInSeconds ({runtime})"


def _as_python(pattern: str) -> str:
    """The pattern of botocore's model, whose Unicode classes Python writes otherwise."""
    for theirs, ours in ((r"\p{L}", r"\w"), (r"\p{Z}", r"\s"), (r"\p{N}", r"\d")):
        pattern = pattern.replace(theirs, ours)
    return pattern
