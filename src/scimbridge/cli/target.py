"""The options that say how a SCIM server under test is reached, and the secrets among them from the environment."""

import inspect
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from scimbridge.cli.output import Refused
from scimbridge.interop.contact import Contact

# Field of Contact, option, environment variable, help.
_TEXTS = (
    ("token", "--token", "SCIMBRIDGE_TOKEN", "A bearer token."),
    ("token_url", "--token-url", None, "The token endpoint, for client credentials."),
    ("client_id", "--client-id", None, "The client's id."),
    ("client_secret", "--client-secret", "SCIMBRIDGE_CLIENT_SECRET", "The client's secret."),
    ("username", "--username", None, "The user of Basic authentication."),
    ("password", "--password", "SCIMBRIDGE_PASSWORD", "Its password."),
    ("other_token", "--other-token", "SCIMBRIDGE_OTHER_TOKEN", "A token of another tenant, to try what it reaches."),
)

WAYS_IN = """\
The credential is --token, --client-id with --token-url, --username, or --header. Better than on the command line, where
other users of the machine can read it, a secret stands in the environment: SCIMBRIDGE_TOKEN, SCIMBRIDGE_CLIENT_SECRET,
SCIMBRIDGE_PASSWORD, SCIMBRIDGE_OTHER_TOKEN.
"""


def _option(field: str, kind: Any, option: typer.models.OptionInfo) -> inspect.Parameter:
    return inspect.Parameter(field, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, option])


OPTIONS = (
    *(_option(name, str | None, typer.Option(flag, envvar=env, help=text)) for name, flag, env, text in _TEXTS),
    _option(
        "headers",
        list[str] | None,
        typer.Option("--header", metavar="NAME:VALUE", help="A header of every request; repeat it for more."),
    ),
)


def read_contact(url: str, flags: Mapping[str, Any]) -> Contact:
    """The server that OPTIONS name. Raises Refused."""
    if not url.startswith(("http://", "https://")):
        raise Refused(f"{url!r} is not the SCIM base URL of a server: it begins with https:// or http://.")
    texts = {name: flags[name] or "" for name, *_ in _TEXTS}
    if texts["client_id"] and not (texts["token_url"] and texts["client_secret"]):
        raise Refused("--client-id needs --token-url, and --client-secret or SCIMBRIDGE_CLIENT_SECRET.")
    if texts["username"] and not texts["password"]:
        raise Refused("--username needs --password or SCIMBRIDGE_PASSWORD.")
    headers = dict(_read_header(text) for text in flags["headers"] or ())
    # SCIMBRIDGE_TOKEN may stand in the environment for other commands; what the command line names comes first.
    if texts["client_id"] or texts["username"] or "Authorization" in headers:
        texts["token"] = ""
    if not (headers or texts["token"] or texts["client_id"] or texts["username"]):
        raise Refused("Needed: --token, --client-id with --token-url, --username or --header.")
    return Contact(name=url, base_url=url.rstrip("/"), headers=headers, **texts)


def _read_header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip() or not value.strip():
        raise Refused(f"--header {name!r} is not of the shape NAME:VALUE.")
    name = name.strip()
    return ("Authorization" if name.lower() == "authorization" else name), value.strip()
