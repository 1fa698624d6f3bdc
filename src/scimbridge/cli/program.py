"""All commands in one program."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Annotated

import typer

from scimbridge.cli.output import put

# The words that each module brings, in the order of the help. All of them take a second, so that only the one that is
# asked for is loaded.
MODULES: Mapping[str, Sequence[str]] = {
    "trial": ["try"],
    "realm": ["realm"],
    "client": ["client"],
    "token": ["token", "admin"],
    "key": ["key"],
    "resource": ["user", "group"],
    "journal": ["journal"],
    "extension": ["schema", "issuer"],
    "preflight": ["preflight"],
    "drift": ["drift"],
    "task": ["task"],
    "migrate": ["migrate"],
    "application": ["application"],
    "mapping": ["mapping"],
    "push_group": ["push-group"],
    "plan": ["plan"],
    "push": ["push", "provision"],
    "source": ["source"],
    "intake": ["import"],
    "declaration": ["apply", "export"],
    "storage": ["backup", "restore"],
    "check": ["check", "replay"],
    "record": ["record"],
    "compare": ["compare"],
    "bench": ["bench"],
}


def build(words: Sequence[str] = ()) -> typer.Typer:
    """The program without its edge, with what a command line of these words needs; without words with everything."""
    program = typer.Typer(
        name="scimbridge",
        no_args_is_help=True,
        rich_markup_mode=None,  # rich costs 12 MB and 60 ms
        pretty_exceptions_enable=False,
    )
    program.callback()(_root)
    program.command("serve")(_serve)
    named = [module for module, brought in MODULES.items() if words[:1] and words[0] in brought]
    for module in named or MODULES:
        import_module(f"scimbridge.cli.{module}").add_commands(program)
    return program


def _serve() -> None:
    """Start the server."""
    from scimbridge.cli import serving  # noqa: PLC0415 (as in __init__)

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
