"""The BulkRequest message and the references inside it (RFC 7644 section 3.7)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scimbridge.scim.envelope import check_message
from scimbridge.scim.errors import InvalidSyntax, InvalidValue, PayloadTooLarge
from scimbridge.scim.limits import LIMITS

BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"

_METHODS = ("POST", "PUT", "PATCH", "DELETE")
_PARTS = {"operations": "Operations", "failonerrors": "failOnErrors"}
_MEMBERS = {name.lower(): name for name in ("method", "path", "bulkId", "version", "data")}
# A value that is a reference, or the path or URL of one: `bulkId:x`, `/Users/bulkId:x`.
_REFERENCE = re.compile(r"((?:[^\s:]*/)?)bulkId:([^\s/\"]+)")


@dataclass(frozen=True, slots=True)
class BulkOperation:
    """One operation; `method` in upper case, `path` as sent, `data` unread, None with DELETE."""

    method: str
    path: str
    bulk_id: str | None = None
    version: str | None = None
    data: Any = None


@dataclass(frozen=True, slots=True)
class BulkRequest:
    """`fail_on_errors`: stop after so many errors; None means never."""

    fail_on_errors: int | None
    operations: tuple[BulkOperation, ...]


def bulk_request(body: Any, max_operations: int = LIMITS.max_operations) -> BulkRequest:
    """Reads a BulkRequest; raises InvalidSyntax, InvalidValue, PayloadTooLarge (too many operations)."""
    message = check_message(body, BULK_REQUEST, _PARTS)
    fail_on_errors = message.get("failOnErrors")
    if fail_on_errors is not None and (type(fail_on_errors) is not int or fail_on_errors < 1):
        raise InvalidValue('"failOnErrors" must be a whole number from 1.')
    sent = message.get("Operations")
    if not isinstance(sent, list):
        raise InvalidSyntax('"Operations" must be a list.')
    if len(sent) > max_operations:
        raise PayloadTooLarge(f"The request has {len(sent)} operations; at most {max_operations} are taken.")
    operations = tuple(_operation(item, f"Operations[{number}]") for number, item in enumerate(sent))
    _check_unique(operations)
    return BulkRequest(fail_on_errors, operations)


def references(value: Any) -> set[str]:
    """The bulkIds that strings anywhere in a JSON value refer to."""
    if isinstance(value, str):
        match = _REFERENCE.fullmatch(value)
        return {match[2]} if match else set()
    if isinstance(value, dict):
        return {name for item in value.values() for name in references(item)}
    if isinstance(value, list | tuple):
        return {name for item in value for name in references(item)}
    return set()


def resolve_references(value: Any, known: Mapping[str, str]) -> Any:
    """The value with references replaced by the ids in `known`; others stay as they are."""
    if isinstance(value, str):
        match = _REFERENCE.fullmatch(value)
        return f"{match[1]}{known[match[2]]}" if match and match[2] in known else value
    if isinstance(value, dict):
        return {name: resolve_references(item, known) for name, item in value.items()}
    if isinstance(value, list):
        return [resolve_references(item, known) for item in value]
    return value


def _operation(item: Any, place: str) -> BulkOperation:
    if not isinstance(item, dict):
        raise InvalidSyntax(f"{place} must be an object.")
    sent = {_MEMBERS[name.lower()]: value for name, value in item.items() if name.lower() in _MEMBERS}
    method, path = sent.get("method"), sent.get("path")
    if not isinstance(method, str) or method.upper() not in _METHODS:
        raise InvalidSyntax(f'{place}: "method" must be one of {", ".join(_METHODS)}.')
    if not isinstance(path, str) or not path:
        raise InvalidSyntax(f'{place}: "path" must be a string such as "/Users".')
    for name in ("bulkId", "version"):
        if not isinstance(sent.get(name), str | None):
            raise InvalidSyntax(f'{place}: "{name}" must be a string.')
    method = method.upper()
    if method == "POST" and not sent.get("bulkId"):
        raise InvalidSyntax(f'{place}: "bulkId" is required with POST.')
    if method != "DELETE" and sent.get("data") is None:
        raise InvalidSyntax(f'{place}: "data" is required with {method}.')
    data = None if method == "DELETE" else sent["data"]
    return BulkOperation(method, path, sent.get("bulkId"), sent.get("version"), data)


def _check_unique(operations: tuple[BulkOperation, ...]) -> None:
    seen: set[str] = set()
    for operation in operations:
        if operation.method == "POST" and operation.bulk_id is not None:
            if operation.bulk_id in seen:
                raise InvalidValue(f'The bulkId "{operation.bulk_id[:64]}" is given twice.')
            seen.add(operation.bulk_id)
