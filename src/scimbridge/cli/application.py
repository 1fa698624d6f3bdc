"""All commands in one program, and what its end looks like: 0 done, 1 refused, 2 used wrongly."""

import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import typer

from scimbridge.cli import (
    check,
    client,
    extension,
    journal,
    key,
    realm,
    resource,
    serving,
    storage,
    token,
    trial,
)
from scimbridge.cli.output import put, tell
from scimbridge.cli.session import Refused
from scimbridge.config import ConfigError
from scimbridge.interop.conversation import MalformedConversation
from scimbridge.scim.errors import ScimError
from scimbridge.web.server import ListenError

DONE, REFUSED, MISUSED, INTERRUPTED = 0, 1, 2, 130


def build() -> typer.Typer:
    """The program without its edge."""
    application = typer.Typer(
        name="scimbridge",
        no_args_is_help=True,
        rich_markup_mode=None,  # rich costs 12 MB and 60 ms
        pretty_exceptions_enable=False,
    )
    application.callback()(_root)
    for module in (serving, trial, realm, client, token, key, resource, journal, extension, storage, check):
        module.add_commands(application)
    return application


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command; ends the process with its exit code."""
    try:
        build()(args=None if arguments is None else list(arguments), prog_name="scimbridge")
    except ConfigError as error:
        for problem in error.problems:
            tell(problem)
        sys.exit(MISUSED)
    except ScimError as error:
        tell(error.detail)
        sys.exit(REFUSED)
    except (Refused, ListenError, MalformedConversation) as error:
        tell(str(error))
        sys.exit(REFUSED)
    except BrokenPipeError:  # the reader of a pipe has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(REFUSED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


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
