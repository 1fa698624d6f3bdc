"""`scimbridge serve`: the server."""

import argparse
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scimbridge.cli.output import tell
from scimbridge.config import KEYS, Settings, check_serving, load
from scimbridge.web.server import run
from scimbridge.wiring import Instance
from scimbridge.wiring.serving import serve


def start(arguments: Sequence[str]) -> None:
    """Parses the flags and serves until a signal ends it. Raises ConfigError, ListenError, DatabaseError."""
    run(_serve(load_flags(vars(_parser().parse_args(arguments)))))


def load_flags(flags: Mapping[str, Any]) -> Settings:
    """The settings of a server from its flags: by field name, and `config`; None = not given. Raises ConfigError."""
    given = {name.replace("_", "-"): value for name, value in flags.items() if name != "config"}
    settings = load(given, os.environ, flags["config"])
    check_serving(settings)
    return settings


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "scimbridge serve",
        description="Start the server. What a flag sets can also stand in the environment or in a TOML file.",
        allow_abbrev=False,
    )
    for key in KEYS.values():
        if key.switch:
            parser.add_argument(f"--{key.name}", action=argparse.BooleanOptionalAction, help=key.help)
        else:
            parser.add_argument(f"--{key.name}", metavar=key.row.metavar, help=key.help)
    parser.add_argument("--config", type=Path, metavar="FILE", help="A TOML file with settings. [SCIMBRIDGE_CONFIG]")
    return parser


async def _serve(settings: Settings) -> None:
    if not settings.scim_api:
        tell("THE SCIM API IS OFF: every SCIM URL is 404. Start with --features scim-api to switch it on.")
    if not settings.database.exists():
        tell(f"Made a new database, {settings.database}.")
    async with Instance.open(settings) as instance:
        realms = instance.administration.realms.list()
        if not realms:
            tell('There is no realm yet; "scimbridge realm create NAME" makes one, also while the server runs.')

        def started(urls: Sequence[str]) -> None:
            where = " and ".join(urls) + (f", for clients {settings.hostname}" if settings.hostname else "")
            tell(f"Serving {len(realms)} realm{'' if len(realms) == 1 else 's'} on {where}")

        await serve(instance, started)
    tell("Stopped.")
