"""PATCH (RFC 7644 section 3.5.2): compiled once to what it changes, then applied to a stored document.

Members of groups and the password are not part of a document: they come out as values of their own, so that adding
a member costs the same whatever the group's size.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scimbridge.scim import dialects
from scimbridge.scim.edits import merge, put
from scimbridge.scim.envelope import check_message
from scimbridge.scim.errors import (
    InvalidPath,
    InvalidSyntax,
    InvalidValue,
    Mutability,
    NoTarget,
    PayloadTooLarge,
    TooMany,
)
from scimbridge.scim.limits import LIMITS
from scimbridge.scim.members import MemberEdit, edit_members
from scimbridge.scim.operations import Operation, find_edit
from scimbridge.scim.path import Path, find_path
from scimbridge.scim.resource import schemas_of
from scimbridge.scim.schema import Attribute, ResourceType, Schema
from scimbridge.scim.step import Step
from scimbridge.scim.values import normalise, normalise_unknown

__all__ = ["MemberEdit", "Patch", "compile_patch"]

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

_PARTS = {"operations": "Operations"}
_OPERATIONS: Mapping[str, Operation] = {"add": "add", "remove": "remove", "replace": "replace"}
_FIELDS = frozenset({"op", "path", "value"})
# Not for a document, whatever the resource type: the service has them from elsewhere.
_APART = frozenset({"groups", "members", "password"})
# Values looked at by all operations together, at 2 us each: the one writer of a store waits for them.
_MOST_VISITS = 200_000


@dataclass(frozen=True, slots=True)
class Patch:
    """A compiled PATCH. `password`: the clear one to set. `id`: the resource's own, if the client sent it along."""

    resource_type: ResourceType = field(repr=False)
    steps: tuple[Step, ...] = field(repr=False)
    members: tuple[MemberEdit, ...] = ()
    password: str | None = field(default=None, repr=False)
    id: str | None = None

    @property
    def sets_password(self) -> bool:
        return self.password is not None

    @property
    def touches_document(self) -> bool:
        return bool(self.steps)

    def apply(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """A new document; the argument stays as it is. What is required is for the caller to check (check_required).

        Raises NoTarget, Mutability, InvalidValue, TooMany.
        """
        new = dict(document)
        visits = 0
        for step in self.steps:
            visits += step.run(new)
            if visits > _MOST_VISITS:
                raise TooMany("The operations look at too many values: send fewer in one request.")
        if any(step.schema or ":" in step.name for step in self.steps):
            new["schemas"] = schemas_of(new, self.resource_type)
        return new


def compile_patch(body: Any, resource_type: ResourceType) -> Patch:
    """Reads a PatchOp message; raises nothing but ScimErrors, whatever JSON comes."""
    operations = check_message(body, PATCH_OP, _PARTS).get("Operations")
    if not isinstance(operations, list) or not operations:
        raise InvalidSyntax('"Operations" must be a list of at least one operation.')
    if len(operations) > LIMITS.max_operations:
        raise PayloadTooLarge(
            f"The request has {len(operations)} operations; at most {LIMITS.max_operations} are taken."
        )
    compiler = _Compiler(resource_type)
    for number, operation in enumerate(operations):
        compiler.read(operation, number)
    return Patch(resource_type, tuple(compiler.steps), tuple(compiler.members), compiler.password, compiler.id)


class _Compiler:
    """A PatchOp message being read."""

    __slots__ = ("_type", "id", "members", "password", "steps")

    def __init__(self, resource_type: ResourceType) -> None:
        self._type = resource_type
        self.steps: list[Step] = []
        self.members: list[MemberEdit] = []
        self.password: str | None = None
        self.id: str | None = None

    def read(self, sent: Any, number: int) -> None:
        if not isinstance(sent, dict):
            raise InvalidSyntax(f"Operations[{number}] must be an object.")
        fields = sent if sent.keys() <= _FIELDS else {name.lower(): item for name, item in sent.items()}
        op, path, value = fields.get("op"), fields.get("path"), fields.get("value")
        operation = _OPERATIONS.get(op.lower()) if isinstance(op, str) else None
        if operation is None:
            raise InvalidSyntax(f'Operations[{number}]: "op" must be add, remove or replace.')
        if operation != "remove" and "value" not in fields:
            raise InvalidValue(f'Operations[{number}]: "value" is required with {operation}.')
        if path is not None and not isinstance(path, str):
            raise InvalidPath(f'Operations[{number}]: "path" must be a string.')
        if path and path.strip():
            self._place(operation, path.strip(), value, pathless=False)
        elif operation == "remove":
            raise NoTarget(f'Operations[{number}]: "path" is required with remove.')
        elif isinstance(value, dict):
            for name, item in value.items():
                self._place(operation, name, item, pathless=True)
        else:
            raise InvalidValue(f'Operations[{number}]: without "path", "value" must be an object.')

    def _place(self, operation: Operation, key: str, value: Any, *, pathless: bool) -> None:
        """What a path names, or a key of a pathless value: an attribute, or all of an extension."""
        if ":" in key and self._place_schema(operation, key, value):
            return
        try:
            path = find_path(key, self._type)
        except InvalidPath:
            if pathless and "[" not in key:
                return  # clients.md rule 15: what is not known is no reason to refuse
            raise
        self._edit(operation, path, value, pathless=pathless)

    def _place_schema(self, operation: Operation, key: str, value: Any) -> bool:
        urn = dialects.final_urn(key, self._type.schema.id)
        if extension := self._type.extension_by_urn.get(urn.lower()):
            self._edit_extension(operation, extension, value)
        elif urn.lower() == self._type.schema.id.lower():
            for name, item in _object(key, value).items():
                self._place(operation, name, item, pathless=True)
        elif isinstance(value, dict) and dialects.resolve_key(self._type, key) is None and "[" not in key:
            parts = {name: normalise_unknown(name, item, f"{key}:") for name, item in value.items()}
            self.steps.append(Step(None, key, merge(parts), known=False))
        else:
            return False
        return True

    def _edit_extension(self, operation: Operation, extension: Schema, value: Any) -> None:
        if operation == "remove" or value in (None, ""):
            self.steps.append(Step(None, extension.id, put(None)))
            return
        fields = _object(extension.id, value)
        if extension.id == dialects.ENTERPRISE_USER:
            fields = dialects.value_from_manager_id(fields, "manager")
        for name, item in fields.items():
            self._place(operation, f"{extension.id}:{name}", item, pathless=True)

    def _edit(self, operation: Operation, path: Path, value: Any, *, pathless: bool) -> None:
        attribute = path.attribute
        if attribute is None:
            self._edit_unknown(operation, path, value)
        elif path.schema is None and attribute.name == "members":
            self.members += edit_members(operation, path, value)
        elif path.schema is None and attribute.name == "password":
            self._set_password(operation, attribute, value)
        elif path.schema is None and attribute.name == "id" and operation != "remove":
            self._see_id(value)
        elif path.schema is None and attribute.name == "schemas" and operation != "remove":
            pass  # follows from what the document has
        elif attribute.name == "schemas" or "readOnly" in (attribute.mutability, path.sub and path.sub.mutability):
            # Okta and OneLogin echo `groups` and `meta`; by path somebody means it.
            if not pathless:
                raise Mutability(f'Attribute "{path}" is read only.')
        else:
            self.steps.append(Step(path.schema, path.name, find_edit(operation, path, value)))

    def _edit_unknown(self, operation: Operation, path: Path, value: Any) -> None:
        if path.schema is None and path.name.lower() in _APART:
            return
        self.steps.append(Step(path.schema, path.name, find_edit(operation, path, value), known=False))
        if path.schema and operation == "remove":  # or the path is the URN of a whole extension
            self.steps.append(Step(None, f"{path.schema}:{path.name}", put(None), known=False))

    def _set_password(self, operation: Operation, attribute: Attribute, value: Any) -> None:
        if operation == "remove":
            raise Mutability('Attribute "password" can be replaced, not removed.')
        self.password = normalise(attribute, value, "password") or self.password

    def _see_id(self, value: Any) -> None:
        if not isinstance(value, str) or self.id not in (None, value):
            raise Mutability('Attribute "id" is read only.')
        self.id = value


def _object(name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InvalidValue(f'Attribute "{name[:100]}" must be an object.')
    return value
