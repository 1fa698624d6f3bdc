"""Commands that work on the database: from a coroutine function over a Session to a typer command."""

import asyncio
import getpass
import os
import sys
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from inspect import Parameter
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer
import uvloop

from scimbridge.access.administration import Administration
from scimbridge.access.realm import Realm
from scimbridge.cli.output import Refused, tell
from scimbridge.cli.parameter import extend, option, setting_option
from scimbridge.config import KEYS, Settings, load
from scimbridge.scim.errors import NotFound
from scimbridge.wiring import Instance

if TYPE_CHECKING:
    from scimbridge.wiring.bridge_administration import BridgeAdministration
    from scimbridge.wiring.provisioning import Provisioning

Command = Callable[..., Coroutine[Any, Any, None]]
C = TypeVar("C", bound=Command)

CONFIG = option("config", Path, "--config", "A TOML file with settings. [SCIMBRIDGE_CONFIG]", "FILE")


@dataclass(frozen=True)
class Session:
    """One run of one command."""

    settings: Settings
    instance: Instance
    _provisionings: "dict[str, Provisioning]" = field(default_factory=dict)

    @property
    def administration(self) -> Administration:
        return self.instance.administration

    @cached_property
    def actor(self) -> str:
        """Who the journal says it was."""
        try:
            return f"cli:{getpass.getuser()}"
        except (KeyError, OSError):  # a container's user id without a name
            return f"cli:{os.getuid()}"

    def realm(self, name: str) -> Realm:
        """Raises Refused."""
        try:
            return self.administration.realms.get(name)
        except NotFound:
            raise Refused(
                f'There is no realm "{name}"; "scimbridge realm list" shows those there are,'
                f' "scimbridge realm create {name}" makes it.'
            ) from None

    def bridge(self, name: str) -> "BridgeAdministration":
        """What is asked of the Keycloak behind a realm, closed when the command ends. Raises Refused, Unavailable."""
        from scimbridge.wiring.bridge_administration import BridgeAdministration  # noqa: PLC0415 (many modules)

        realm = self.realm(name)
        if realm.keycloak is None:
            raise Refused(f'Realm "{name}" stands alone; "scimbridge realm set {name} --keycloak URL" changes that.')
        bridge = BridgeAdministration(self.instance, realm)
        self.instance.bridges.append(bridge)
        return bridge

    def provisioning(self, name: str) -> "Provisioning":
        """The applications of a realm. Raises Refused."""
        if name not in self._provisionings:
            provisioning = self.instance.provisioning(self.realm(name))
            self.instance.provisionings.append(provisioning)
            self._provisionings[name] = provisioning
        return self._provisionings[name]


def command(group: typer.Typer, name: str, extra: Iterable[Parameter] = ()) -> Callable[[C], C]:
    """Registers a coroutine function whose first parameter is a Session; its docstring is the help.

    `--database` and `--config` come with it; `extra` adds options that it takes as keywords.
    """

    def register(function: C) -> C:
        def call(*, database: str | None, config: Path | None, **parameters: Any) -> None:
            settings = load({"database": database}, os.environ, config)
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # 60 us less a user who is pushed
                runner.run(_run(function, settings, parameters))

        shared = (*extra, setting_option(KEYS["database"]), CONFIG)
        group.command(name)(extend(function, call, shared, skip=("session",)))
        return function

    return register


def new_group(application: typer.Typer, name: str, text: str) -> typer.Typer:
    """A group of commands: `scimbridge NAME ...`."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    application.add_typer(group, name=name, help=text)
    return group


def confirm(question: str, *, yes: bool) -> None:
    """Asks before what cannot be undone; raises Refused unless the answer is yes."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refused(f"{question} Nobody is there to ask: add --yes if you mean it.")
    if not typer.confirm(question, err=True):
        raise Refused("Nothing was changed.")


async def _run(function: Command, settings: Settings, parameters: dict[str, Any]) -> None:
    if not settings.database.exists():
        tell(f"Made a new database, {settings.database}.")
    async with Instance.open(settings) as instance:
        await function(Session(settings, instance), **parameters)
