"""The push groups of an application in a file against those that are there."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scimbridge.directory.naming import name_of
from scimbridge.provisioning.application import Application, PushGroup
from scimbridge.provisioning.declaration.difference import Difference, settings_difference
from scimbridge.provisioning.declaration.document import push_group_name
from scimbridge.provisioning.declaration.ground import Ground
from scimbridge.provisioning.push_group_settings import push_group_from_document, push_group_to_document


def push_groups(
    name: str, declared: Sequence[Mapping[str, Any]], current: Application | None, ground: Ground
) -> Iterator[Difference]:
    """`name`: the application's; `current`: None if it is to be made."""
    present = _present(name, ground) if current is not None else {}
    for document in declared:
        group, settings = document.get("group"), {**document, "name": push_group_name(document)}
        if isinstance(group, str) and group:
            settings["group"] = ground.find_id("Group", group)
        if settings.get("group", "") is None:
            missing = f'there is no group "{group}" to push'
            ground.references.notes.append(f"applications.{name}.pushGroups: {missing}.")
            continue
        after = push_group_from_document(settings)
        before = present.get(after.name)
        if before != after:
            yield _difference(name, before, after, ground)


def superfluous_push_groups(name: str, declared: Sequence[Mapping[str, Any]], ground: Ground) -> Iterator[Difference]:
    """Those that are there and in no line of the file."""
    named = {push_group_name(document) for document in declared}
    for push_group in _present(name, ground).values():
        if push_group.name not in named:
            yield _removal(name, push_group, ground)


def _difference(name: str, before: PushGroup | None, after: PushGroup, ground: Ground) -> Difference:
    return Difference(
        "create" if before is None else "change",
        "push group",
        f"{name}: {after.name}",
        lambda actor: ground.services().applications.put_push_group(name, after, actor=actor),
        *settings_difference(_settings(before, ground), _settings(after, ground)),
    )


def _removal(name: str, push_group: PushGroup, ground: Ground) -> Difference:
    return Difference(
        "remove",
        "push group",
        f"{name}: {push_group.name}",
        lambda actor: ground.services().applications.drop_push_group(name, push_group.name, actor=actor),
    )


def _present(name: str, ground: Ground) -> Mapping[str, PushGroup]:
    return {one.name: one for one in ground.services().applications.push_groups(name)}


def _settings(push_group: PushGroup | None, ground: Ground) -> Mapping[str, Any]:
    """Groups by their names."""
    if push_group is None:
        return {}
    document = push_group_to_document(push_group)
    if not push_group.group:
        return {key: document[key] for key in ("attribute", "operator", "value", "rename", "active")}
    group = name_of(ground.services().directory, "Group", push_group.group)
    return {"group": group, **{key: document[key] for key in ("linkTo", "rename", "active")}}
