"""All commands in one program."""

from importlib.metadata import version
from typing import Annotated

import typer

from scimbridge.cli import (
    application,
    bench,
    check,
    client,
    compare,
    declaration,
    drift,
    extension,
    intake,
    journal,
    key,
    mapping,
    migrate,
    plan,
    preflight,
    push,
    push_group,
    realm,
    record,
    resource,
    serving,
    source,
    storage,
    task,
    token,
    trial,
)
from scimbridge.cli.output import put


def build() -> typer.Typer:
    """The program without its edge."""
    program = typer.Typer(
        name="scimbridge",
        no_args_is_help=True,
        rich_markup_mode=None,  # rich costs 12 MB and 60 ms
        pretty_exceptions_enable=False,
    )
    program.callback()(_root)
    program.command("serve")(_serve)
    for module in (
        *(trial, realm, client, token, key, resource, journal, extension, preflight, drift, task, migrate),
        *(application, mapping, push_group, plan, push, source, intake, declaration),
        *(storage, check, record, compare, bench),
    ):
        module.add_commands(program)
    return program


def _serve() -> None:
    """Start the server."""
    serving.start([])  # for the list of commands: `main` has taken it before typer is there


def _show_version(wanted: bool) -> None:
    if wanted:
        put(version("scimbridge"))
        raise typer.Exit


def _root(
    _: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    """SCIM 2.0 provisioning between Okta (or Entra ID, OneLogin, ...) and Keycloak.

    Every command works on the SQLite file that --database or SCIMBRIDGE_DATABASE names, also while a server runs on it.
    """
