"""`scimbridge source`: where the people and groups of a realm come from."""

from typing import Annotated, Any

import typer

from scimbridge.cli.attempt import put_attempts
from scimbridge.cli.bar import progress
from scimbridge.cli.import_plan import put_import_plan, put_imported, put_problems
from scimbridge.cli.output import Refused, put_fields, put_json, put_table, tell
from scimbridge.cli.parameter import Json, RealmName, Yes
from scimbridge.cli.session import Session, command, confirm, new_group
from scimbridge.cli.source_settings import OPTIONS, read_settings
from scimbridge.provisioning.errors import PlanRefused
from scimbridge.provisioning.sources.settings import source_to_document
from scimbridge.provisioning.sources.source import Source
from scimbridge.web.admin.import_documents import source_document

SourceName = Annotated[str, typer.Argument(metavar="SOURCE", help="The source's name.")]
Allow = Annotated[
    list[str] | None, typer.Option("--allow", metavar="NAME", help="A safeguard to let pass this once. Repeatable.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what an import would do, and write nothing.")]


def add_commands(application: typer.Typer) -> None:
    group = new_group(application, "source", "Where the people and groups of a realm come from.")
    command(group, "create", OPTIONS)(create)
    command(group, "list")(show_all)
    command(group, "show")(show)
    command(group, "set", OPTIONS)(change)
    command(group, "delete")(delete)
    command(group, "test")(try_source)
    command(group, "import")(run_import)


async def create(
    session: Session, *, realm: RealmName, source: SourceName, as_json: Json = False, **options: Any
) -> None:
    """Make a source: a CSV file, an LDAP server or another SCIM server. Nothing is imported yet."""
    provisioning = session.provisioning(realm)
    made = await provisioning.sources.create(source, read_settings(options), actor=session.actor)
    if as_json:
        put_json(source_to_document(made))
    else:
        tell(f'Source "{source}" is made; "scimbridge source import {realm} {source} --dry-run" shows what it brings.')


async def show_all(session: Session, *, realm: RealmName, as_json: Json = False) -> None:
    """List the sources of a realm."""
    provisioning = session.provisioning(realm)
    sources = provisioning.sources.list()
    if as_json:
        put_json([_shown(session, realm, source) for source in sources])
        return
    rows = [_shown(session, realm, source) for source in sources]
    columns = ("name", "kind", "enabled", "users", "groups", "refused", "imported", "schedule", "failure")
    put_table(
        ("source", "kind", "enabled", "people", "groups", "refused", "imported", "schedule", "what failed"),
        [[row[column] for column in columns] for row in rows],
    )


async def show(session: Session, *, realm: RealmName, source: SourceName, as_json: Json = False) -> None:
    """Show a source's settings, and who came from it."""
    sources = session.provisioning(realm).sources
    document, refused = _shown(session, realm, sources.get(source)), sources.refused(sources.get(source))
    if as_json:
        put_json(document | {"refusals": [problem._asdict() for problem in refused]})
        return
    inner = document.pop(document["kind"])
    mappings = [f"{mapping['target']} = {mapping['expression']}" for mapping in document.pop("mappings")]
    safeguards = document.pop("safeguards")
    put_fields(
        document
        | {f"{document['kind']}.{name}": value for name, value in inner.items()}
        | {f"safeguards.{name}": value for name, value in safeguards.items()}
        | {"mappings": mappings or "the usual ones"}
    )
    put_problems(refused)


async def change(
    session: Session, *, realm: RealmName, source: SourceName, as_json: Json = False, **options: Any
) -> None:
    """Change a source's settings: those that are named, no others."""
    document = read_settings(options)
    if not document:
        raise Refused('No setting was named; "scimbridge source set --help" lists them.')
    sources = session.provisioning(realm).sources
    changed = await sources.change(source, document, actor=session.actor)
    if as_json:
        put_json(source_to_document(changed))
    else:
        tell(f'Source "{changed.name}" is changed.')


async def delete(session: Session, *, realm: RealmName, source: SourceName, yes: Yes = False) -> None:
    """Delete a source; who came from it stays in the realm."""
    sources = session.provisioning(realm).sources
    sources.get(source)
    confirm(f'Delete source "{source}" of realm "{realm}"? Who came from it stays.', yes=yes)
    await sources.delete(source, actor=session.actor)
    tell(f'Source "{source}" is deleted.')


async def try_source(session: Session, *, realm: RealmName, source: SourceName, as_json: Json = False) -> None:
    """Try a source step by step; exit code 1 if something is not good."""
    from scimbridge.wiring.intake import open_people  # noqa: PLC0415 (LDAP and expressions)

    provisioning = session.provisioning(realm)
    people = open_people(provisioning, provisioning.sources.get(source))
    try:
        attempted = await people.test()
    finally:
        await people.close()
    put_attempts(attempted, as_json=as_json)


async def run_import(
    session: Session,
    *,
    realm: RealmName,
    source: SourceName,
    dry_run: DryRun = False,
    everything: Annotated[
        bool, typer.Option("--everything", help="Read all of it, also what has not changed since the last import.")
    ] = False,
    allow: Allow = None,
    as_json: Json = False,
) -> None:
    """Import from a source; exit code 1 if something of it could not be imported."""
    from scimbridge.wiring.intake import open_intake  # noqa: PLC0415 (LDAP and expressions)

    found = session.provisioning(realm).sources.get(source)
    if not found.enabled:
        raise Refused(f'Source "{source}" is switched off; "scimbridge source set {realm} {source} --enabled" helps.')
    async with open_intake(session.instance, session.realm(realm), found) as intake:
        if dry_run:
            put_import_plan(await intake.plan(everything=everything), as_json=as_json)
            return
        try:
            with progress(f"Importing from {source}") as advance:
                imported = await intake.run(everything=everything, allow=frozenset(allow or ()), progress=advance)
        except PlanRefused as error:
            names = " ".join(f"--allow {name}" for name in error.reasons)
            raise Refused(
                f'{error} Nothing was imported. "scimbridge source import {realm} {source} --dry-run" shows what would'
                f" be; if you mean it, import again with {names}."
            ) from None
    put_imported(imported, as_json=as_json)


def _shown(session: Session, realm: str, source: Source) -> dict[str, Any]:
    return source_document(source, session.provisioning(realm).sources.standing(source))
