"""`scimbridge check`: plays what real clients send against any SCIM server, and says which request breaks."""

import asyncio
import secrets
import string
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from scimbridge.adapters.http import HttpxClient
from scimbridge.cli.output import put, put_json, put_table
from scimbridge.cli.parameter import Json
from scimbridge.cli.progress import put_step
from scimbridge.cli.session import Refused
from scimbridge.interop.conversation import bundled, load_bundled, parse_conversation
from scimbridge.interop.player import play
from scimbridge.interop.ports import HttpClient, Unreachable
from scimbridge.interop.result import StepResult
from scimbridge.interop.spec import is_spec, play_spec, spec_variables
from scimbridge.interop.token import TokenRefused, fetch_token
from scimbridge.interop.variation import vary

_HELP = f"""Play conversations of real clients against a SCIM server and check every answer.

CONVERSATION is a file (a conversation, or Okta's SPEC test as exported), or one of: {", ".join(bundled())}.

The credential is --token, --authorization, or --client-id with --token-url. Better than on the command line, where
other users of the machine can read it, it stands in the environment: SCIMBRIDGE_TOKEN, SCIMBRIDGE_CLIENT_SECRET.
"""


@dataclass(frozen=True, slots=True)
class _Credential:
    token: str | None
    authorization: str | None
    token_url: str | None
    client_id: str | None
    client_secret: str | None

    async def header(self, client: HttpClient) -> str:
        """The Authorization header. Raises Refused."""
        if self.authorization:
            return self.authorization
        if self.token_url and self.client_id and self.client_secret:
            try:
                return f"Bearer {await fetch_token(client, self.token_url, self.client_id, self.client_secret)}"
            except (TokenRefused, Unreachable) as error:
                raise Refused(str(error)) from None
        if self.token:
            return f"Bearer {self.token}"
        raise Refused("a credential is needed: --token, --authorization, or --client-id, --client-secret, --token-url")


def add_commands(application: typer.Typer) -> None:
    application.command("check", help=_HELP)(check)


def check(
    *,
    conversations: Annotated[list[str], typer.Argument(metavar="CONVERSATION...", help="Files or names.")],
    base_url: Annotated[str, typer.Option("--base-url", help="The SCIM base URL.")],
    token: Annotated[str | None, typer.Option(envvar="SCIMBRIDGE_TOKEN", help="A bearer token.")] = None,
    authorization: Annotated[str | None, typer.Option(help="The whole Authorization header.")] = None,
    token_url: Annotated[str | None, typer.Option(help="The token endpoint, for client credentials.")] = None,
    client_id: Annotated[str | None, typer.Option(help="The client's id.")] = None,
    client_secret: Annotated[
        str | None, typer.Option(envvar="SCIMBRIDGE_CLIENT_SECRET", help="The client's secret.")
    ] = None,
    tag: Annotated[str | None, typer.Option(help="Marks every name, so that a realm can be checked again.")] = None,
    insecure: Annotated[bool, typer.Option("--insecure", help="Take any TLS certificate.")] = False,
    as_json: Json = False,
) -> None:
    """See _HELP: it names the conversations."""
    documents = {name: _read(name) for name in conversations}
    credential = _Credential(token, authorization, token_url, client_id, client_secret)

    async def run() -> dict[str, list[StepResult]]:
        async with HttpxClient(verify=not insecure) as client:
            header = await credential.header(client)
            played = {}
            for name, document in documents.items():
                steps = _play(name, document, client, base_url=base_url, authorization=header, tag=tag)
                played[name] = [result async for result in _shown(name, steps, quiet=as_json)]
            return played

    played = asyncio.run(run())
    if as_json:
        put_json({name: [asdict(result) | {"good": result.good} for result in steps] for name, steps in played.items()})
    else:
        put_table(
            ("conversation", "steps", "good", "failed"), [_summary(name, steps) for name, steps in played.items()]
        )
    if not all(result.good for steps in played.values() for result in steps):
        raise typer.Exit(1)


def _read(name: str) -> Any:
    """The JSON of a file; None for one of the bundled names. Raises Refused."""
    if name in bundled():
        return None
    try:
        return orjson.loads(Path(name).read_bytes())
    except OSError as error:
        raise Refused(f"{name} cannot be read ({error.strerror}), and is none of {', '.join(bundled())}") from None
    except orjson.JSONDecodeError as error:
        raise Refused(f"{name} is not JSON: {error}") from None


def _play(
    name: str, document: Any, client: HttpClient, *, base_url: str, authorization: str, tag: str | None
) -> AsyncIterator[StepResult]:
    if is_spec(document):
        digits = "".join(secrets.choice(string.digits) for _ in range(3))
        letters = "".join(secrets.choice(string.ascii_lowercase) for _ in range(8))
        return play_spec(document, client, base_url, spec_variables(authorization, digits, letters))
    conversation = load_bundled(name) if document is None else parse_conversation(document)
    return play(vary(conversation, tag) if tag else conversation, client, base_url, authorization)


async def _shown(name: str, steps: AsyncIterator[StepResult], *, quiet: bool) -> AsyncIterator[StepResult]:
    if not quiet:
        put(name)
    async for result in steps:
        if not quiet:
            put_step(result)
        yield result


def _summary(name: str, steps: Sequence[StepResult]) -> Sequence[Any]:
    good = sum(result.good for result in steps)
    return (name, len(steps), good, len(steps) - good)
