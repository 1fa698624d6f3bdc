"""`scimbridge compare`: SCIM servers side by side."""

import asyncio
import secrets
import string
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from scimbridge.adapters.http import HttpxClient
from scimbridge.cli.output import Refused, put, put_json, put_table, tell
from scimbridge.cli.parameter import Json
from scimbridge.interop.comparison import BROKEN, Verdict, breakages, judge, markdown, rows
from scimbridge.interop.contact import Contact
from scimbridge.interop.suite import Suite, bundled, load_bundled

# All that need nothing to be there first.
_DEFAULT = ("okta-wizard", "okta-catalogue", "entra")

_HELP = f"""Compare SCIM servers: what each takes, stores and synchronises, and which requests of real clients break.

SERVERS is a TOML file with a table [[server]] for each: name, base-url, and token-file, or client-id,
client-secret-file and token-url; with sign-in-id and sign-in-secret-file, a client that has the password grant, it is
tried whether a password that was sent signs in. Paths are relative to the file.

Users and groups are made, changed and deleted: take a realm that was made for it. There are {", ".join(bundled())}.
"""

_TEXTS = ("name", "base-url", "token-url", "client-id", "sign-in-id")
_FILES = ("token-file", "client-secret-file", "sign-in-secret-file")


def add_commands(application: typer.Typer) -> None:
    application.command("compare", help=_HELP)(compare)


def compare(
    *,
    servers: Annotated[Path, typer.Argument(metavar="SERVERS", help="The TOML file.")],
    conversations: Annotated[
        list[str] | None,
        typer.Option("--conversation", help=f"Which to play; repeat it for more. [default: {', '.join(_DEFAULT)}]"),
    ] = None,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Write a page of Markdown.")] = False,
    insecure: Annotated[bool, typer.Option("--insecure", help="Take any TLS certificate.")] = False,
    as_json: Json = False,
) -> None:
    """See _HELP."""
    contacts = read_contacts(servers)
    played = [_load(name) for name in conversations or _DEFAULT]
    tag = "".join(secrets.choice(string.ascii_lowercase) for _ in range(6))
    verdicts = asyncio.run(_judge(contacts, played, tag, verify=not insecure))
    if as_json:
        put_json([_document(verdict) for verdict in verdicts])
    elif as_markdown:
        put(markdown(verdicts))
    else:
        put_table(["", *(verdict.server for verdict in verdicts)], rows(verdicts))
        for verdict in verdicts:
            if broken := breakages(verdict):
                put_table(BROKEN, broken, f"\nWhat breaks: {verdict.server}")
    if any(verdict.trouble for verdict in verdicts):
        raise typer.Exit(1)


async def _judge(
    contacts: Sequence[Contact], conversations: Sequence[Suite], tag: str, *, verify: bool
) -> list[Verdict]:
    async with HttpxClient(verify=verify) as client:
        return [await judge(contact, client, conversations, tag, tell) for contact in contacts]


def _load(name: str) -> Suite:
    if name not in bundled():
        raise Refused(f"There is no conversation {name!r}. Take one of {', '.join(bundled())}.")
    return load_bundled(name)


def read_contacts(path: Path) -> list[Contact]:
    """The servers that a file names. Raises Refused, which names the server and the key."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refused(f"{path} cannot be read: {error}.") from None
    entries = document.get("server")
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        raise Refused(f"{path} has no [[server]].")
    return [_read_contact(entry, path.parent, f"{path}: server {number}") for number, entry in enumerate(entries, 1)]


def _read_contact(entry: Mapping[str, Any], folder: Path, where: str) -> Contact:
    for key, value in entry.items():
        if key not in _TEXTS + _FILES:
            raise Refused(f"{where}: no key {key!r}. There are {', '.join(_TEXTS + _FILES)}.")
        if not isinstance(value, str):
            raise Refused(f"{where}: {key} is to be text.")
    for key in ("name", "base-url"):
        if not entry.get(key):
            raise Refused(f"{where}: {key} is missing.")
    if "token-file" not in entry and not {"client-id", "client-secret-file", "token-url"} <= entry.keys():
        raise Refused(f"{where}: needs token-file, or client-id, client-secret-file and token-url.")
    if "sign-in-id" in entry and not {"sign-in-secret-file", "token-url"} <= entry.keys():
        raise Refused(f"{where}: sign-in-id needs sign-in-secret-file and token-url.")
    texts: dict[str, Any] = {key.replace("-", "_"): entry[key] for key in _TEXTS if key in entry}
    texts["base_url"] = texts["base_url"].rstrip("/")
    texts |= {_field(key): _read_secret(folder / entry[key]) for key in _FILES if key in entry}
    return Contact(**texts)


def _field(key: str) -> str:
    return key.removesuffix("-file").replace("-", "_")


def _read_secret(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{path} cannot be read: {error}.") from None


def _document(verdict: Verdict) -> dict[str, Any]:
    played = verdict.played or {}
    return {
        "server": verdict.server,
        "trouble": verdict.trouble,
        "findings": [asdict(finding) for finding in verdict.findings],
        "conversations": {
            name: [asdict(step) | {"good": step.good} for step in steps] for name, steps in played.items()
        },
    }
