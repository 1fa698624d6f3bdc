"""How the requests of a connection test look."""

from collections.abc import Sequence
from dataclasses import asdict

import typer

from scimbridge.cli.output import put, put_json
from scimbridge.provisioning.target import Attempted


def put_attempts(attempted: Sequence[Attempted], *, as_json: bool) -> None:
    """A line for each request, and one for what to do about it. Ends the command with 1 if something is not good."""
    if as_json:
        put_json([asdict(attempt) for attempt in attempted])
    else:
        for attempt in attempted:
            _put(attempt)
    if not all(attempt.good for attempt in attempted):
        raise typer.Exit(1)


def _put(attempt: Attempted) -> None:
    mark = typer.style("ok  ", fg="green") if attempt.good else typer.style("FAIL", fg="red", bold=True)
    typer.echo(f"{mark} {attempt.request}  {attempt.outcome}")
    if attempt.advice:
        put(f"     {attempt.advice}")
