"""`scimbridge bench`: how fast a SCIM server answers what identity providers send."""

import asyncio
import secrets
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from scimbridge.adapters.load import LoadDriver
from scimbridge.cli.output import Refused, put_json, put_table, tell
from scimbridge.cli.parameter import Json
from scimbridge.interop.bench import OPERATIONS, Bench, BenchRefusedError, Measurement

_HELP = f"""Measure a SCIM server: requests a second and latencies of {", ".join(OPERATIONS)}.

Makes users and a group that holds them, and deletes everything it made afterwards. Give the load a processor of its
own, or it measures itself. The token had better stand in the environment, as SCIMBRIDGE_TOKEN.
"""


def add_commands(application: typer.Typer) -> None:
    application.command("bench", help=_HELP)(bench)


def bench(
    *,
    base_url: Annotated[str, typer.Option("--base-url", help="The SCIM base URL.")],
    token: Annotated[str, typer.Option(envvar="SCIMBRIDGE_TOKEN", help="A bearer token.")],
    operations: Annotated[
        list[str] | None, typer.Option("--operation", help="One of them; repeat it for more. [default: all]")
    ] = None,
    users: Annotated[int, typer.Option(min=1, max=1_000_000, help="Users to make first.")] = 1000,
    connections: Annotated[int, typer.Option(min=1, max=1000, help="Requests under way at once.")] = 16,
    seconds: Annotated[float, typer.Option(min=0.1, max=3600, help="For each operation.")] = 5,
    as_json: Json = False,
) -> None:
    """See _HELP."""
    wanted = tuple(operations or OPERATIONS)
    for name in wanted:
        if name not in OPERATIONS:
            raise Refused(f"There is no operation {name!r}. Take one of {', '.join(OPERATIONS)}.")
    try:
        driver = LoadDriver(base_url, token, connections)
        measured = asyncio.run(_measure(Bench(driver, secrets.token_hex(4), users), wanted, seconds))
    except (BenchRefusedError, ValueError) as error:
        raise Refused(f"Not measured: {error}.") from None
    except OSError as error:
        raise Refused(f"{base_url} cannot be reached: {error.strerror or error}.") from None
    _show(measured, as_json=as_json)
    if any(each.unexpected or each.broken for each in measured.values()):
        raise typer.Exit(1)


async def _measure(bench_: Bench, operations: Sequence[str], seconds: float) -> dict[str, Measurement]:
    tell("making users and a group")
    measured: dict[str, Measurement] = {}
    try:
        await bench_.prepare()
        for operation in operations:
            tell(f"{operation} for {seconds:g} s")
            measured[operation] = await bench_.measure(operation, seconds)
    finally:
        tell("deleting what was made")
        await bench_.clean_up()
    return measured


def _show(measured: Mapping[str, Measurement], *, as_json: bool) -> None:
    if as_json:
        put_json({name: _figures(each) for name, each in measured.items()})
        return
    columns = ("operation", "requests/s", "median ms", "p99 ms", "failed")
    rows = [
        (
            name,
            f"{each.rate:,.0f}",
            f"{each.percentile(0.5) * 1000:.2f}",
            f"{each.percentile(0.99) * 1000:.2f}",
            each.unexpected.total() + each.broken,
        )
        for name, each in measured.items()
    ]
    put_table(columns, rows)
    for name, each in measured.items():
        if each.unexpected or each.broken:
            answers = ", ".join(f"{count} answered {status}" for status, count in each.unexpected.items())
            sys.stderr.write(f"{name}: {answers or 'none refused'}, {each.broken} connections broken\n")


def _figures(each: Measurement) -> dict[str, Any]:
    return {
        "requestsPerSecond": round(each.rate, 1),
        "medianSeconds": each.percentile(0.5),
        "p99Seconds": each.percentile(0.99),
        "good": len(each.latencies),
        "unexpected": {str(status): count for status, count in each.unexpected.items()},
        "brokenConnections": each.broken,
    }
