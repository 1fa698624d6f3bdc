"""A realm as a file would describe it: all that is there, names in place of ids, references in place of secrets."""

import re
from collections.abc import Mapping
from typing import Any, Final

from scimbridge.access.keycloak import SECRET
from scimbridge.access.realm import Realm
from scimbridge.access.settings import realm_to_document
from scimbridge.directory.naming import name_of
from scimbridge.provisioning.application import Application, Assignment, PushGroup
from scimbridge.provisioning.assignment_settings import assignment_to_document
from scimbridge.provisioning.declaration.services import Services
from scimbridge.provisioning.push_group_settings import push_group_to_document
from scimbridge.provisioning.settings import application_to_document
from scimbridge.provisioning.sources.settings import source_to_document
from scimbridge.provisioning.sources.source import Source

# They stand above the settings, or are the store's own.
_ELSEWHERE: Final = frozenset({"id", "name", "revision"})


def export(realm: Realm, services: Services) -> dict[str, Any]:
    """The document as declaration.document has it; the variables that it refers to are still to be set."""
    settings = _settings(realm_to_document(realm))
    if realm.keycloak is not None and realm.keycloak.client_id:
        settings["keycloak"][SECRET] = _reference(realm, "keycloak")
    sources = {one.name: _source(one, realm, services) for one in services.sources.list()}
    applications = {one.name: _application(one, realm, services) for one in services.applications.list()}
    return {"realm": realm.name, "settings": settings, "sources": sources, "applications": applications}


def _application(application: Application, realm: Realm, services: Services) -> dict[str, Any]:
    document = _settings(application_to_document(application))
    if services.secret(application):
        document["secret"] = _reference(realm, application.name)
    administration = services.applications
    assigned = (_assignment(one, services) for one in administration.assignments(application.name))
    document["assignments"] = [one for one in assigned if one]
    document["pushGroups"] = [_push_group(one, services) for one in administration.push_groups(application.name)]
    return document


def _source(source: Source, realm: Realm, services: Services) -> dict[str, Any]:
    document = _settings(source_to_document(source))
    if services.sources.secret(source):
        document["secret"] = _reference(realm, source.name)
    return document


def _assignment(assignment: Assignment, services: Services) -> dict[str, Any]:
    """Empty for somebody who is gone."""
    if services.directory.get(assignment.type, assignment.id) is None:
        return {}
    name = name_of(services.directory, assignment.type, assignment.id)
    document = assignment_to_document(assignment)
    return {assignment.type.lower(): name, "priority": document["priority"], "overrides": document["overrides"]}


def _push_group(push_group: PushGroup, services: Services) -> dict[str, Any]:
    document = push_group_to_document(push_group)
    if not push_group.group:
        return {key: value for key, value in document.items() if key not in ("group", "linkTo")}
    name = name_of(services.directory, "Group", push_group.group)
    rule = ("attribute", "operator", "value")
    return {key: value for key, value in document.items() if key not in rule} | {"group": name}


def _settings(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key not in _ELSEWHERE}


def _reference(realm: Realm, name: str) -> dict[str, str]:
    return {"env": re.sub(r"\W+", "_", f"{realm.name}_{name}_secret", flags=re.ASCII).upper()}
