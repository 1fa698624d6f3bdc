"""What a file may say of a realm.

    realm: acme
    settings: {passwordPolicy: ignore}          # access.settings
    sources:
      people: {kind: csv, ...}                  # provisioning.sources
    applications:
      portal:                                   # provisioning.settings
        connection: {url: https://...}
        secret: {env: PORTAL_TOKEN}
        actions: {pushNewUsers: true}
        assignments:
          - {group: Staff}
          - {user: ada@example.test, priority: 1, overrides: {title: Lead}}
        pushGroups:
          - {group: blue-team}
          - {name: engineering, attribute: name, operator: startsWith, value: eng-}

What is not named stays as it is. People and groups are named by userName and displayName; secrets stand elsewhere,
in an environment variable or a file. `settings.keycloak.clientSecret` is one too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from scimbridge.access import readers
from scimbridge.access.keycloak import SECRET
from scimbridge.access.readers import Read, list_of, number, record, refuse
from scimbridge.scim.errors import InvalidValue

# `{env: NAME}` or `{file: PATH}`.
Reference = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DeclaredAssignment:
    """Exactly one of `user` (userName) and `group` (displayName)."""

    user: str = ""
    group: str = ""
    priority: int = 0
    overrides: Mapping[str, Any] = field(default_factory=dict)

    @property
    def type(self) -> Literal["User", "Group"]:
        return "User" if self.user else "Group"

    @property
    def name(self) -> str:
        return self.user or self.group


@dataclass(frozen=True, slots=True)
class DeclaredApplication:
    """`settings` as provisioning.settings has them, without what stands beside. None: not named, left as it is."""

    settings: Mapping[str, Any]
    secret: Reference | None = None
    assignments: Sequence[DeclaredAssignment] | None = None
    push_groups: Sequence[Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class DeclaredSource:
    settings: Mapping[str, Any]
    secret: Reference | None = None


@dataclass(frozen=True, slots=True)
class Declaration:
    """`applications` and `sources` by name; None: not named."""

    realm: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    secret: Reference | None = None
    applications: Mapping[str, DeclaredApplication] | None = None
    sources: Mapping[str, DeclaredSource] | None = None


def read_declaration(document: Mapping[str, Any]) -> Declaration:
    """Raises InvalidValue naming the place and the rule. What the settings may be is looked at with what is there."""
    declaration: Declaration = _declaration(document, "")
    _require_unnamed(declaration.settings, "settings")
    keycloak = declaration.settings.get("keycloak")
    if not isinstance(keycloak, Mapping) or SECRET not in keycloak:
        return declaration
    secret = _reference(keycloak[SECRET], f"settings.keycloak.{SECRET}")
    rest = {key: value for key, value in keycloak.items() if key != SECRET}
    return replace(declaration, secret=secret, settings={**declaration.settings, "keycloak": rest})


def _reference(value: Any, path: str) -> Reference:
    if (
        not isinstance(value, Mapping)
        or set(value) not in ({"env"}, {"file"})
        or not all(map(_is_text, value.values()))
    ):
        raise refuse(path, "{env: NAME} or {file: PATH}: no secret stands in this file itself")
    return dict(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _assignment(value: Any, path: str) -> DeclaredAssignment:
    assignment = _assignment_fields(value, path)
    if bool(assignment.user) == bool(assignment.group):
        raise InvalidValue(f'Setting "{path}" needs exactly one of "user" and "group".')
    return assignment


def _application(value: Any, path: str) -> DeclaredApplication:
    named = {"secret": _reference, "assignments": list_of(_assignment), "pushGroups": list_of(readers.mapping)}
    settings, found = _split(value, path, named)
    _require_distinct([(item.type, item.name) for item in found.get("assignments", ())], f"{path}.assignments")
    _require_distinct([push_group_name(item) for item in found.get("pushGroups", ())], f"{path}.pushGroups")
    return DeclaredApplication(settings, found.get("secret"), found.get("assignments"), found.get("pushGroups"))


def push_group_name(push_group: Mapping[str, Any]) -> Any:
    """What tells it from others: its own name, or that of its group."""
    return push_group.get("name") or push_group.get("group")


def _source(value: Any, path: str) -> DeclaredSource:
    settings, found = _split(value, path, {"secret": _reference})
    return DeclaredSource(settings, found.get("secret"))


def _split(value: Any, path: str, named: Mapping[str, Read]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The keys that `named` reads, and the others."""
    document = readers.mapping(value, path)
    _require_unnamed(document, path)
    found = {key: read(document[key], f"{path}.{key}") for key, read in named.items() if key in document}
    return {key: item for key, item in document.items() if key not in named}, found


def _require_unnamed(settings: Mapping[str, Any], path: str) -> None:
    """A file that renames what it describes would not find it the next time."""
    for key in ("id", "name", "revision"):
        if key in settings:
            raise InvalidValue(f'Setting "{path}.{key}" cannot be set in a file: what is described is named above it.')


def _require_distinct(names: Sequence[Any], path: str) -> None:
    for index, name in enumerate(names):
        if name in names[:index]:
            raise InvalidValue(f'Setting "{path}[{index}]" names what another of the list names already.')


def _by_name(read: Read) -> Read:
    def read_all(value: Any, path: str) -> Mapping[str, Any]:
        return {name: read(item, f"{path}.{name}") for name, item in readers.mapping(value, path).items()}

    return read_all


_assignment_fields = record(
    DeclaredAssignment,
    {"user": readers.filled, "group": readers.filled, "priority": number(0, 10_000), "overrides": readers.mapping},
)
_declaration = record(
    Declaration,
    {
        "realm": readers.filled,
        "settings": readers.mapping,
        "applications": _by_name(_application),
        "sources": _by_name(_source),
    },
)
