"""`scimbridge application`: other servers that get a realm's people and groups."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from scimbridge.access.realm import Realm
from scimbridge.cli import application_records, assignment
from scimbridge.cli.application_settings import OPTIONS, read_settings
from scimbridge.cli.attempt import put_attempts
from scimbridge.cli.output import Refused, put_fields, put_json, put_table, tell
from scimbridge.cli.parameter import ApplicationName, Json, RealmName, Yes
from scimbridge.cli.session import Session, command, confirm, new_group
from scimbridge.provisioning.application import Application
from scimbridge.provisioning.breaker import release
from scimbridge.provisioning.settings import application_to_document
from scimbridge.web.admin.push_documents import standing_document

if TYPE_CHECKING:
    from scimbridge.wiring.provisioning import Provisioning


def add_commands(application: typer.Typer) -> None:
    group = new_group(application, "application", "Other servers that get a realm's people and groups.")
    command(group, "create", OPTIONS)(create)
    command(group, "list")(show_all)
    command(group, "show")(show)
    command(group, "set", OPTIONS)(change)
    command(group, "delete")(delete)
    command(group, "test")(try_connection)
    command(group, "resume")(resume)
    assignment.add_commands(group)
    application_records.add_commands(group)


async def create(
    session: Session, *, realm: RealmName, application: ApplicationName, as_json: Json = False, **options: Any
) -> None:
    """Make an application. Nothing is pushed before its actions are switched on and somebody is assigned."""
    provisioning = session.provisioning(realm)
    made = await provisioning.administration.create(application, read_settings(options), actor=session.actor)
    if as_json:
        put_json(application_to_document(made))
        return
    tell(f'Application "{application}" is made.')
    if made.connection is not None:
        tell(f'"scimbridge application test {realm} {application}" tries the connection.')
    if not any(application_to_document(made)["actions"].values()):
        tell("No action is switched on yet: --push-new-users, --push-profile-updates, --deactivate-users, ...")
    _warn_of_passwords(session.realm(realm), made)


async def show_all(session: Session, *, realm: RealmName, as_json: Json = False) -> None:
    """List the applications of a realm."""
    provisioning = session.provisioning(realm)
    applications = provisioning.administration.list()
    if as_json:
        put_json([_shown(provisioning, application) for application in applications])
        return
    columns = ("application", "enabled", "target", "style", "preset", "linked", "waiting", "failed", "state")
    put_table(columns, [_row(provisioning, application) for application in applications])


async def show(session: Session, *, realm: RealmName, application: ApplicationName, as_json: Json = False) -> None:
    """Show an application's settings and how its provisioning stands."""
    provisioning = session.provisioning(realm)
    document = _shown(provisioning, provisioning.administration.get(application))
    if as_json:
        put_json(document)
        return
    document["mappings"] = f'{len(document["mappings"])}; "scimbridge mapping list {realm} {application}" shows them'
    put_fields(dict(flat(document)))


async def change(
    session: Session, *, realm: RealmName, application: ApplicationName, as_json: Json = False, **options: Any
) -> None:
    """Change an application's settings: those that are named, no others."""
    document = read_settings(options)
    if not document:
        raise Refused('No setting was named; "scimbridge application set --help" lists them.')
    provisioning = session.provisioning(realm)
    changed = await provisioning.administration.change(application, document, actor=session.actor)
    if as_json:
        put_json(application_to_document(changed))
    else:
        tell(f'Application "{changed.name}" is changed.')
        _warn_of_passwords(session.realm(realm), changed)


async def delete(session: Session, *, realm: RealmName, application: ApplicationName, yes: Yes = False) -> None:
    """Delete an application with its assignments, links and tasks; who was pushed stays at the target."""
    provisioning = session.provisioning(realm)
    linked = provisioning.ledger(provisioning.administration.get(application)).linked_count()
    confirm(f'Delete application "{application}"? The {linked} people who were pushed stay there.', yes=yes)
    await provisioning.administration.delete(application, actor=session.actor)
    tell(f'Application "{application}" is deleted.')


async def try_connection(
    session: Session, *, realm: RealmName, application: ApplicationName, as_json: Json = False
) -> None:
    """Test the connection as Okta does; exit code 1 if something is not good."""
    provisioning = session.provisioning(realm)
    found = provisioning.administration.get(application)
    target = provisioning.provisioner(found).target
    attempted = await target.test(groups=found.tests_groups)
    put_attempts(attempted, as_json=as_json)


async def resume(session: Session, *, realm: RealmName, application: ApplicationName) -> None:
    """Let an application go on that stands still because most of its requests failed."""
    provisioning = session.provisioning(realm)
    ledger = provisioning.ledger(provisioning.administration.get(application))
    if not ledger.standing().quarantined:
        tell(f'Application "{application}" stands still for nothing.')
        return
    await ledger.stand(release)
    tell(f'Application "{application}" goes on.')


def flat(document: Mapping[str, Any], prefix: str = "") -> Sequence[tuple[str, Any]]:
    """(dotted path, value) of all that is in a document of settings."""
    rows: list[tuple[str, Any]] = []
    for key, value in document.items():
        rows.extend(flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else [(f"{prefix}{key}", value)])
    return rows


def _warn_of_passwords(realm: Realm, application: Application) -> None:
    if application.passwords == "sync" and realm.password_policy in ("ignore", "reject"):
        tell(f'Realm "{realm.name}" takes no passwords (policy {realm.password_policy}): none will follow.')


def _shown(provisioning: "Provisioning", application: Application) -> dict[str, Any]:
    """Its settings, whether its secret is set, and how it stands."""
    document = application_to_document(application)
    is_set = bool(provisioning.secret(application))
    return document | {"secretSet": is_set, "standing": standing_document(provisioning.ledger(application))}


def _row(provisioning: "Provisioning", application: Application) -> Sequence[Any]:
    standing, connection = standing_document(provisioning.ledger(application)), application.connection
    url, style, preset = (connection.url, connection.style, connection.preset) if connection else ("", "", "")
    still = f"stands still until {standing['quarantinedUntil']}" if standing["quarantinedUntil"] else ""
    problem = still or standing["importFailure"]
    counts = (standing["linked"], standing["waiting"], standing["failed"])
    return (application.name, application.enabled, url, style, preset, *counts, problem)
