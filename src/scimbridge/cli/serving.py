"""`scimbridge serve`: the server."""

import os
from collections.abc import Sequence
from typing import Any

import typer

from scimbridge.cli.output import tell
from scimbridge.cli.parameter import extend, setting_option
from scimbridge.cli.session import CONFIG
from scimbridge.config import KEYS, Settings, check_serving, load
from scimbridge.web.server import run
from scimbridge.wiring import Instance, serve

ALL_SETTINGS = (*(setting_option(key) for key in KEYS.values()), CONFIG)


def add_commands(application: typer.Typer) -> None:
    application.command("serve")(extend(_describe, _call, ALL_SETTINGS))


def load_flags(flags: dict[str, Any]) -> Settings:
    """The settings of a server from the flags of its command, as they come from typer. Raises ConfigError."""
    given = {name.replace("_", "-"): value for name, value in flags.items() if name != "config"}
    settings = load(given, os.environ, flags["config"])
    check_serving(settings)
    return settings


def _describe() -> None:
    """Start the server. Each flag can also be set in the environment or in a TOML file; flags come first."""


def _call(**flags: Any) -> None:
    run(_serve(load_flags(flags)))


async def _serve(settings: Settings) -> None:
    if not settings.scim_api:
        tell("THE SCIM API IS OFF: every SCIM URL is 404. Start with --features scim-api to switch it on.")
    if not settings.database.exists():
        tell(f"made a new database, {settings.database}")
    async with Instance.open(settings) as instance:
        realms = instance.administration.realms.list()
        if not realms:
            tell('there is no realm yet; "scimbridge realm create NAME" makes one, also while the server runs')

        def started(urls: Sequence[str]) -> None:
            where = " and ".join(urls) + (f", for clients {settings.hostname}" if settings.hostname else "")
            tell(f"serving {len(realms)} realm{'' if len(realms) == 1 else 's'} on {where}")

        await serve(instance, started)
    tell("stopped")
