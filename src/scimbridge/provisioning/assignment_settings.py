"""An assignment as a JSON document and back.

{"type": "User", "id": "2819c223-...", "priority": 0,
 "overrides": {"title": "Guest", "nickName": {"expression": "user.firstName"}}}
"""

from collections.abc import Mapping
from typing import Any

from scimbridge.access import readers
from scimbridge.access.readers import choice, plain, record
from scimbridge.provisioning.application import Assignment
from scimbridge.provisioning.mapping import check_overrides
from scimbridge.provisioning.setting_values import integer
from scimbridge.scim.errors import InvalidValue


def assignment_to_document(assignment: Assignment) -> dict[str, Any]:
    document: dict[str, Any] = plain(assignment)
    return document


def assignment_from_document(document: Mapping[str, Any]) -> Assignment:
    """Raises InvalidValue naming the setting and the rule."""
    return _assignment(document, "")


def _overrides(value: Any, path: str) -> Mapping[str, Any]:
    overrides: Mapping[str, Any] = readers.mapping(value, path)
    for problem in check_overrides(overrides):
        raise InvalidValue(f'Setting "{path}.{problem.target}": {problem.reason}')
    return overrides


_assignment = record(
    Assignment,
    {"type": choice("User", "Group"), "id": readers.filled, "priority": integer, "overrides": _overrides},
)
