"""What a file describes against what is: everything that differs, in the order in which it is to be made so."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from scimbridge.access.keycloak import SECRET
from scimbridge.access.realm import Realm
from scimbridge.access.realms import Realms
from scimbridge.access.secrets import KEYCLOAK
from scimbridge.access.settings import change_realm, realm_from_document, realm_to_document, resource_types
from scimbridge.provisioning.administration import Administration
from scimbridge.provisioning.declaration.applications import ApplicationComparison
from scimbridge.provisioning.declaration.difference import Difference, Kind, changed, created
from scimbridge.provisioning.declaration.document import Declaration
from scimbridge.provisioning.declaration.ground import Ground
from scimbridge.provisioning.declaration.references import References
from scimbridge.provisioning.declaration.services import OpenServices
from scimbridge.provisioning.declaration.sources import SourceComparison
from scimbridge.provisioning.profile import profile_names
from scimbridge.provisioning.sources.administration import SourceAdministration
from scimbridge.scim.errors import InvalidValue, NotFound


@dataclass(frozen=True, slots=True)
class Comparison:
    """`notes`: what could not be looked at, is not there yet, or is probably misspelled."""

    differences: Sequence[Difference]
    notes: Sequence[str] = ()


def compare(
    declaration: Declaration, realms: Realms, services: OpenServices, references: References, *, prune: bool = False
) -> Comparison:
    """`prune`: what lists of the file do not name is to go. Raises InvalidValue naming the place in the file."""
    realm = _find(realms, declaration.realm)
    ground = Ground(services, references, realm is not None)
    applications, sources = list(_applications(declaration, ground)), list(_sources(declaration, ground))
    found: list[Difference] = []
    notes: list[str] = []
    with _at("settings"):
        wanted = _wanted(declaration, realm)
        found += _realm(declaration, realm, wanted, realms, references)
    known = profile_names(resource_types(wanted).by_name["User"])
    for source in sources:
        with _at(f"sources.{source.name}"):
            found += source.differences()
    for application in applications:
        with _at(f"applications.{application.name}"):
            found += application.differences()
            notes += application.doubts(known)
    if prune and ground.exists:
        for application in applications:
            found += application.removals()
        found += _superfluous(declaration, ground)
    return Comparison(found, [*references.notes, *notes])


def _find(realms: Realms, name: str) -> Realm | None:
    try:
        return realms.get(name)
    except NotFound:
        return None


def _applications(declaration: Declaration, ground: Ground) -> Iterator[ApplicationComparison]:
    for name, declared in (declaration.applications or {}).items():
        current = ground.services().find_application(name) if ground.exists else None
        yield ApplicationComparison(name, declared, current, ground)


def _sources(declaration: Declaration, ground: Ground) -> Iterator[SourceComparison]:
    for name, declared in (declaration.sources or {}).items():
        current = ground.services().find_source(name) if ground.exists else None
        yield SourceComparison(name, declared, current, ground)


def _wanted(declaration: Declaration, realm: Realm | None) -> Realm:
    """The realm as it is to be. Raises InvalidValue."""
    if realm is None:
        return realm_from_document({**declaration.settings, "id": "new", "name": declaration.realm})
    return change_realm(realm, declaration.settings)


def _realm(
    declaration: Declaration, realm: Realm | None, wanted: Realm, realms: Realms, references: References
) -> Iterator[Difference]:
    name, settings = declaration.realm, declaration.settings
    secret = references.reveal(declaration.secret, f"settings.keycloak.{SECRET}")
    if realm is None:
        yield created("realm", name, settings, lambda actor: realms.create(name, settings, actor=actor))
    else:
        before, after = realm_to_document(realm), realm_to_document(wanted)
        yield from changed("realm", name, before, after, lambda actor: realms.change(name, settings, actor=actor))
    if secret is not None and (realm is None or realms.secrets(realm).reveal(KEYCLOAK) != secret):
        change: dict[str, Any] = {"keycloak": {SECRET: secret}}
        yield Difference(
            "change", "secret", f"keycloak of realm {name}", lambda actor: realms.change(name, change, actor=actor)
        )


def _superfluous(declaration: Declaration, ground: Ground) -> Iterator[Difference]:
    services = ground.services()
    if (applications := declaration.applications) is not None:
        gone = [one.name for one in services.applications.list() if one.name not in applications]
        yield from (_removal("application", name, services.applications) for name in gone)
    if (sources := declaration.sources) is not None:
        gone = [one.name for one in services.sources.list() if one.name not in sources]
        yield from (_removal("source", name, services.sources) for name in gone)


def _removal(kind: Kind, name: str, administration: Administration | SourceAdministration) -> Difference:
    return Difference("remove", kind, name, lambda actor: administration.delete(name, actor=actor))


@contextmanager
def _at(place: str) -> Iterator[None]:
    try:
        yield
    except InvalidValue as error:
        raise InvalidValue(f"{place}: {error.detail}") from None
