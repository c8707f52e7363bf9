"""DynamoDB items: keys, one JSON document, and the few attributes that conditions need."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from loopwright.aws.clients import error_code, patiently, translated
from loopwright.domain.record import Record, canonical_json
from loopwright.errors import TransientServiceError

_CANCELLED = "TransactionCanceledException"
_REFUSED = frozenset({"ConditionalCheckFailedException", _CANCELLED})
_PASSING = frozenset({"ProvisionedThroughputExceeded", "ThrottlingError", "TransactionConflict"})

Item = dict[str, Any]


def item(pk: str, sk: str, document: Record | None = None, **attributes: str | int) -> Item:
    """Return an item in DynamoDB's form; numbers become N, text becomes S."""
    made: Item = {"pk": {"S": pk}, "sk": {"S": sk}}
    if document is not None:
        made["document"] = {"S": canonical_json(document).decode()}
    for name, value in attributes.items():
        made[name] = {"N": str(value)} if isinstance(value, int) else {"S": value}
    return made


def key(pk: str, sk: str) -> Item:
    """Return a key in DynamoDB's form."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def values(**attributes: str | int) -> Item:
    """Return expression values in DynamoDB's form, each name with its colon."""
    return {
        f":{name}": {"N": str(value)} if isinstance(value, int) else {"S": value}
        for name, value in attributes.items()
    }


class Table:
    """One table: reads are consistent, conditional writes answer whether they were done."""

    def __init__(
        self, dynamodb: Any, name: str, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Use the table through the DynamoDB client; `sleep` between writes that collided."""
        self._dynamodb = dynamodb
        self._sleep = sleep
        self.name = name

    def get(self, pk: str, sk: str) -> Item | None:
        """Return an item, or None."""
        with translated(f"get {pk} {sk}"):
            answer = self._dynamodb.get_item(
                TableName=self.name, Key=key(pk, sk), ConsistentRead=True
            )
        found: Item | None = answer.get("Item")
        return found

    def put(
        self,
        new: Item,
        condition: str | None = None,
        expected: Mapping[str, Any] | None = None,
    ) -> bool:
        """Put an item; False when the condition does not hold. `document` may be named #d."""
        return self.write([{"Put": self.put_request(new, condition, expected)}])

    def put_request(
        self,
        new: Item,
        condition: str | None = None,
        expected: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the request that puts an item, for `write`."""
        request: dict[str, Any] = {"TableName": self.name, "Item": new}
        if condition is not None:
            request["ConditionExpression"] = condition
        if expected:
            request["ExpressionAttributeValues"] = dict(expected)
        return request

    def write(self, requests: list[dict[str, Any]]) -> bool:
        """Do one write, or several in one transaction; False when a condition does not hold."""
        with translated(f"write {self.name}"):
            try:
                patiently(lambda: self._write(requests), passes=_collided, sleep=self._sleep)
            except ClientError as error:
                if error_code(error) in _REFUSED and _by_condition(error):
                    return False
                if _collided(error):
                    message = f"write {self.name}: {error}"
                    raise TransientServiceError(message) from error
                raise
        return True

    def query(
        self,
        condition: str,
        expected: Mapping[str, Any],
        **options: Any,
    ) -> Iterator[Item]:
        """Yield the items of a query, page by page; of an index they may be a moment old."""
        with translated(f"query {self.name}"):
            pages = self._dynamodb.get_paginator("query").paginate(
                TableName=self.name,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=dict(expected),
                ConsistentRead="IndexName" not in options,
                **options,
            )
            for page in pages:
                yield from page["Items"]

    def page(
        self, condition: str, expected: Mapping[str, Any], *, after: Item | None, limit: int
    ) -> tuple[list[Item], bool]:
        """Return the items of one query after a key, and whether there are more."""
        begin = {} if after is None else {"ExclusiveStartKey": after}
        with translated(f"query {self.name}"):
            answer = self._dynamodb.query(
                TableName=self.name,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=dict(expected),
                Limit=limit,
                **begin,
            )
        return answer["Items"], "LastEvaluatedKey" in answer

    def _write(self, requests: list[dict[str, Any]]) -> None:
        if len(requests) > 1:
            self._dynamodb.transact_write_items(TransactItems=requests)
        elif "Put" in requests[0]:
            self._dynamodb.put_item(**requests[0]["Put"])
        elif "Update" in requests[0]:
            self._dynamodb.update_item(**requests[0]["Update"])
        else:
            self._dynamodb.delete_item(**requests[0]["Delete"])


def _by_condition(error: ClientError) -> bool:
    """Tell whether a cancelled transaction was cancelled by a condition and nothing else."""
    return _causes(error) <= {"ConditionalCheckFailed"}


def _collided(error: ClientError) -> bool:
    """Tell whether a write met another one on the same item, or a table that is still growing."""
    if error_code(error) == _CANCELLED:
        return bool(_causes(error) & _PASSING)
    return error_code(error) == "TransactionConflictException"


def _causes(error: ClientError) -> set[str]:
    """Return why a transaction was cancelled."""
    codes = {str(cause.get("Code")) for cause in error.response.get("CancellationReasons", [])}
    return codes - {"None"}
