"""JSONata as Step Functions speaks it: compiled once per expression, with AWS's extra functions."""

import copy
import hashlib
import json
import math
import random
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final  # values are any JSON

from jsonata import JException, Jsonata, Utils

from infra.twin.step_functions.shapes import iso_time

UNDEFINED: Final = object()
"""What an expression without a result evaluates to; JSON null is ``None``."""

_HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384"}
_HASHES["SHA-512"] = "sha512"
_MAX_RANGE = 1_000_000


class JsonataError(Exception):
    """An expression that does not compile, fails, or yields what is not JSON."""


class JsonataEngine:
    """Evaluates expressions; safe for many threads, since each evaluation works on a copy."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """An engine whose ``$now`` and ``$millis`` follow this clock."""
        self._functions = {name: Jsonata.JLambda(body) for name, body in _FUNCTIONS.items()}
        self._now = now

    def evaluate(self, expression: str, variables: Mapping[str, Any]) -> Any:
        """The value of an expression, or UNDEFINED; variables are named without their ``$``."""
        bound = {name: _bound(value) for name, value in variables.items()}
        try:
            evaluator = copy.copy(_compiled(expression))
            Jsonata.CURRENT.jsonata = evaluator
            result = evaluator.evaluate(None, {**self._functions, **self._times(), **bound})
        except RecursionError as error:
            raise JsonataError(str(error)) from error
        except (JException, ValueError, TypeError, KeyError, ArithmeticError) as error:
            raise JsonataError(str(error)) from error
        return UNDEFINED if result is None else _plain(result)

    def _times(self) -> dict[str, Any]:
        moment = self._now()
        milliseconds = int(moment.timestamp() * 1000)
        return {
            "now": Jsonata.JLambda(lambda *_picture: iso_time(moment)),
            "millis": Jsonata.JLambda(lambda: milliseconds),
        }


@lru_cache(maxsize=4096)
def _compiled(expression: str) -> Jsonata:
    compiled = Jsonata(expression)
    compiled.set_output_convert_nulls(False)
    return compiled


def _bound(value: Any) -> Any:
    """The library takes None for "undefined", so that null needs its own value."""
    return Utils.NULL_VALUE if value is None else value


def _plain(value: Any) -> Any:
    """A copy in plain Python types; JsonataError for what JSON cannot say."""
    if value is None or value is Utils.NULL_VALUE:
        return None
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            message = "the result is not a finite number"
            raise JsonataError(message)
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | range):
        return [_plain(item) for item in value]
    message = f"returned an unsupported result type ({type(value).__name__})"
    raise JsonataError(message)


def _hash(text: str, algorithm: str = "SHA-256") -> str:
    if algorithm not in _HASHES:
        message = f"$hash knows {', '.join(_HASHES)}, not {algorithm!r}"
        raise ValueError(message)
    return hashlib.new(_HASHES[algorithm], text.encode(), usedforsecurity=False).hexdigest()


def _partition(items: Any, size: int) -> list[list[Any]]:
    values = items if isinstance(items, list) else [items]
    if size < 1:
        message = f"$partition needs a positive size, not {size}"
        raise ValueError(message)
    return [list(values[start : start + size]) for start in range(0, len(values), size)]


def _range(first: int, last: int, step: int) -> list[int]:
    if step == 0:
        message = "$range needs a step that is not zero"
        raise ValueError(message)
    values = range(first, last + (1 if step > 0 else -1), step)
    if len(values) > _MAX_RANGE:
        message = f"$range would make {len(values)} values"
        raise ValueError(message)
    return list(values)


def _random(seed: float | None = None) -> float:
    return (random.Random(seed) if seed is not None else random.SystemRandom()).random()  # noqa: S311 - $random is no secret


def _parse(text: str) -> Any:
    return _bound(json.loads(text))


def _no_eval(*_arguments: object) -> None:
    message = "$eval is not supported by Step Functions"
    raise ValueError(message)


_FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "uuid": lambda: str(uuid.uuid4()),
    "hash": _hash,
    "partition": _partition,
    "range": _range,
    "random": _random,
    "parse": _parse,
    "eval": _no_eval,
}
