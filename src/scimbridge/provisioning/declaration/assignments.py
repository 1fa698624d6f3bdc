"""The assignments of an application in a file against those that are there."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scimbridge.directory.naming import name_of
from scimbridge.provisioning.application import Application, Assignment
from scimbridge.provisioning.assignment_settings import assignment_from_document, assignment_to_document
from scimbridge.provisioning.declaration.difference import Difference, settings_difference
from scimbridge.provisioning.declaration.document import DeclaredAssignment
from scimbridge.provisioning.declaration.ground import Ground


def assignments(
    name: str, declared: Sequence[DeclaredAssignment], current: Application | None, ground: Ground
) -> Iterator[Difference]:
    """`name`: the application's; `current`: None if it is to be made."""
    present = _present(name, ground) if current is not None else {}
    for wanted in declared:
        id_ = ground.find_id(wanted.type, wanted.name)
        if id_ is None:
            missing = f'there is no {wanted.type.lower()} "{wanted.name}" to assign'
            ground.references.notes.append(f"applications.{name}.assignments: {missing}.")
            continue
        document = {"type": wanted.type, "id": id_, "priority": wanted.priority, "overrides": dict(wanted.overrides)}
        after, before = assignment_from_document(document), present.get((wanted.type, id_))
        if before != after:
            yield _difference(name, wanted.name, before, after, ground)


def superfluous_assignments(name: str, declared: Sequence[DeclaredAssignment], ground: Ground) -> Iterator[Difference]:
    """Those that are there and in no line of the file."""
    named = {(wanted.type, ground.find_id(wanted.type, wanted.name)) for wanted in declared}
    for key, assignment in _present(name, ground).items():
        if key not in named:
            yield _removal(name, assignment, ground)


def _difference(name: str, whom: str, before: Assignment | None, after: Assignment, ground: Ground) -> Difference:
    return Difference(
        "create" if before is None else "change",
        "assignment",
        f"{name}: {after.type.lower()} {whom}",
        lambda actor: ground.services().applications.assign(name, [after], actor=actor),
        *settings_difference(_settings(before), _settings(after)),
    )


def _removal(name: str, assignment: Assignment, ground: Ground) -> Difference:
    type_, id_ = assignment.type, assignment.id
    return Difference(
        "remove",
        "assignment",
        f"{name}: {type_.lower()} {name_of(ground.services().directory, type_, id_)}",
        lambda actor: ground.services().applications.unassign(name, type_, id_, actor=actor),
    )


def _present(name: str, ground: Ground) -> Mapping[tuple[str, str], Assignment]:
    return {(one.type, one.id): one for one in ground.services().applications.assignments(name)}


def _settings(assignment: Assignment | None) -> Mapping[str, Any]:
    """Without what tells whose it is."""
    if assignment is None:
        return {}
    document = assignment_to_document(assignment)
    return {key: document[key] for key in ("priority", "overrides")}
