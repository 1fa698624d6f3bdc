"""`scimbridge check`: plays what real clients send against any SCIM server, and says which request breaks."""

import asyncio
import secrets
import string
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from scimbridge.adapters.http import HttpxClient
from scimbridge.cli.output import Refused, put, put_json, put_table
from scimbridge.cli.parameter import Json
from scimbridge.cli.progress import put_step
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


# Plays one conversation, given a client and the Authorization header.
_Play = Callable[[HttpClient, str], AsyncIterator[StepResult]]


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
        raise Refused("Needed: --token, --authorization, or --client-id with --client-secret and --token-url.")


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
    tag: Annotated[
        str | None,
        typer.Option(help="Marks every name that is written [default: random]; with '' the names are as recorded."),
    ] = None,
    insecure: Annotated[bool, typer.Option("--insecure", help="Take any TLS certificate.")] = False,
    as_json: Json = False,
) -> None:
    """See _HELP: it names the conversations."""
    mark = _random(string.ascii_lowercase, 6) if tag is None else tag
    # Conversations write the same names, so each has a mark of its own.
    plays = {name: _prepare(name, base_url, mark and f"{mark}{n}") for n, name in enumerate(conversations, 1)}
    credential = _Credential(token, authorization, token_url, client_id, client_secret)
    played = asyncio.run(_run(plays, credential, verify=not insecure, quiet=as_json))
    if as_json:
        put_json({name: [asdict(result) | {"good": result.good} for result in steps] for name, steps in played.items()})
    else:
        columns = ("conversation", "steps", "good", "failed")
        put_table(columns, [_summary(name, steps) for name, steps in played.items()])
    if not all(result.good for steps in played.values() for result in steps):
        raise typer.Exit(1)


async def _run(
    plays: Mapping[str, _Play], credential: _Credential, *, verify: bool, quiet: bool
) -> dict[str, list[StepResult]]:
    async with HttpxClient(verify=verify) as client:
        authorization = await credential.header(client)
        return {
            name: [result async for result in _shown(name, play(client, authorization), quiet=quiet)]
            for name, play in plays.items()
        }


def _prepare(name: str, base_url: str, tag: str) -> _Play:
    """Raises Refused, MalformedConversation."""
    document = None if name in bundled() else _read(name)
    if is_spec(document):
        digits, letters = _random(string.digits, 3), _random(string.ascii_lowercase, 8)
        return lambda client, authorization: play_spec(
            document, client, base_url, spec_variables(authorization, digits, letters)
        )
    recorded = load_bundled(name) if document is None else parse_conversation(document)
    conversation = vary(recorded, tag) if tag else recorded
    return lambda client, authorization: play(conversation, client, base_url, authorization)


def _read(name: str) -> Any:
    try:
        return orjson.loads(Path(name).read_bytes())
    except OSError as error:
        raise Refused(f"{name} cannot be read ({error.strerror}), and is none of {', '.join(bundled())}.") from None
    except orjson.JSONDecodeError as error:
        raise Refused(f"{name} is not JSON: {error}.") from None


def _random(characters: str, count: int) -> str:
    return "".join(secrets.choice(characters) for _ in range(count))


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
