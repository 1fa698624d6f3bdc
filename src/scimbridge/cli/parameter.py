"""Options that come from tables: added to a command's signature, which is where typer reads them."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from scimbridge.config import Key

Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
UserName = Annotated[str, typer.Argument(metavar="USER", help="The user's userName or id.")]
RealmName = Annotated[str, typer.Argument(metavar="REALM", help="The realm's name.")]
ApplicationName = Annotated[str, typer.Argument(metavar="APPLICATION", help="The application's name.")]

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def option(name: str, kind: Any, declaration: str, help: str, metavar: str | None = None) -> inspect.Parameter:  # noqa: A002
    """An option that is None if it is not given."""
    info = typer.Option(declaration, help=help, metavar=metavar)
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, info]
    )


def setting_option(key: Key) -> inspect.Parameter:
    """The flag of a row of the settings table."""
    return option(key.field, bool if key.switch else str, key.flag, key.help, key.row.metavar or None)


def extend(
    function: Callable[..., Any],
    call: Callable[..., None],
    extra: Iterable[inspect.Parameter],
    skip: Sequence[str] = (),
) -> Callable[..., None]:
    """`call` with the name, help and parameters of `function`, those of `extra` added, those of `skip` left out."""
    own = [p for p in inspect.signature(function).parameters.values() if p.name not in skip and p.kind != p.VAR_KEYWORD]
    parameters = [p.replace(kind=p.KEYWORD_ONLY) for p in own] + list(extra)
    call.__name__, call.__doc__, call.__module__ = function.__name__, function.__doc__, function.__module__
    call.__annotations__ = {p.name: p.annotation for p in parameters}
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # inspect's documented hook
    return call


def duration(text: str) -> timedelta:
    """`90s`, `15m`, `24h`, `7d`. Raises typer.BadParameter."""
    number, unit = text[:-1], text[-1:]
    if not number.isdecimal() or unit not in _UNITS or int(number) * _UNITS[unit] > 100 * 365 * _UNITS["d"]:
        raise typer.BadParameter(f'"{text}" is no duration; write e.g. 90s, 15m, 24h or 7d')
    return timedelta(seconds=int(number) * _UNITS[unit])


def moment(text: str, now: datetime) -> str:
    """A point in time as RFC 3339 in UTC: a date, a date with time, or how long ago (`2h`). Raises BadParameter."""
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        try:
            given = now - duration(text)
        except typer.BadParameter:
            raise typer.BadParameter(f'"{text}" is no time; write e.g. 2026-01-31, 2026-01-31T12:00Z or 2h') from None
    aware = given if given.tzinfo else given.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Overlap = Annotated[
    timedelta | None, typer.Option(parser=duration, metavar="TIME", help="How long the old one stays good: 24h, 7d.")
]
Expires = Annotated[
    timedelta | None,
    typer.Option(parser=duration, metavar="TIME", help="How long it is good: 90d. [default: until revoked]"),
]
