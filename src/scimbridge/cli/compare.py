"""`scimbridge compare`: SCIM servers side by side."""

import asyncio
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from scimbridge.adapters.http import HttpxClient
from scimbridge.cli.check import Insecure
from scimbridge.cli.output import Refused, put, put_json, put_table, tell
from scimbridge.cli.parameter import extend
from scimbridge.cli.suites import load_suite, new_tag
from scimbridge.cli.target import OPTIONS, WAYS_IN, read_contact
from scimbridge.interop.comparison import BROKEN, Comparison, breakages, judge, rows
from scimbridge.interop.contact import Contact
from scimbridge.interop.reports.comparison import comparison_document, comparison_html, comparison_markdown
from scimbridge.interop.suite import Suite
from scimbridge.interop.suite_file import bundled

_HELP = f"""Compare SCIM servers: what each takes, stores and synchronises, how fast, and which clients work with it.

TARGET is a SCIM base URL, or the name of a server in --file; without one all servers of the file are compared.
For URLs: {WAYS_IN}
--file is TOML with a table [[server]] for each: name, base-url, and token-file, or client-id, client-secret-file and
token-url, or username and password-file; with sign-in-id and sign-in-secret-file, a client that has the password grant,
it is tried whether a password that was sent signs in. Paths are relative to the file.

Users and groups are made, changed and deleted: take a tenant that was made for it.
"""

_TEXTS = ("name", "base-url", "token-url", "client-id", "username", "sign-in-id")
_FILES = ("token-file", "client-secret-file", "password-file", "other-token-file", "sign-in-secret-file")
_WAYS = ({"token-file"}, {"client-id", "client-secret-file", "token-url"}, {"username", "password-file"})


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    HTML = "html"
    MARKDOWN = "markdown"


def add_commands(application: typer.Typer) -> None:
    application.command("compare", help=_HELP)(extend(_describe, _compare, OPTIONS))


def _describe(
    *,
    targets: Annotated[list[str] | None, typer.Argument(metavar="TARGET...", help="URLs, or names of --file.")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="The TOML file that names servers.")] = None,
    suites: Annotated[
        list[str] | None,
        typer.Option("--suite", help="Which to play; repeat it for more. [default: all]"),
    ] = None,
    insecure: Insecure = False,
    format: Annotated[Format, typer.Option("--format", help="How it is written, to standard output.")] = Format.TEXT,  # noqa: A002
) -> None: ...


def _compare(
    *,
    targets: Sequence[str] | None,
    file: Path | None,
    suites: Sequence[str] | None,
    insecure: bool,
    format: Format,  # noqa: A002 (the option's name)
    **flags: Any,
) -> None:
    contacts = _choose(targets or (), read_contacts(file) if file else (), flags)
    chosen = [load_suite(name) for name in suites or bundled()]
    comparison = asyncio.run(_judge(contacts, chosen, verify=not insecure))
    _put(comparison, format)
    if any(server.trouble for server in comparison.servers):
        raise typer.Exit(1)


def _choose(targets: Sequence[str], known: Sequence[Contact], flags: Mapping[str, Any]) -> list[Contact]:
    """Raises Refused."""
    if not targets and not known:
        raise Refused("Which servers? scimbridge compare URL URL, or --file servers.toml.")
    named = {contact.name: contact for contact in known}
    chosen = []
    for target in targets or named:
        if target not in named and not target.startswith(("http://", "https://")):
            there = f"--file names {', '.join(named)}" if named else "without --file there are only URLs"
            raise Refused(f"There is no server {target!r}: {there}.")
        chosen.append(named[target] if target in named else read_contact(target, flags))
    return chosen


async def _judge(contacts: Sequence[Contact], suites: Sequence[Suite], *, verify: bool) -> Comparison:
    at = datetime.now(UTC)
    async with HttpxClient(verify=verify) as client:
        servers = [await judge(contact, client, suites, new_tag(), tell) for contact in contacts]
    return Comparison(version("scimbridge"), at, servers)


def _put(comparison: Comparison, form: Format) -> None:
    if form is Format.JSON:
        put_json(comparison_document(comparison))
    elif form is Format.MARKDOWN:
        put(comparison_markdown(comparison))
    elif form is Format.HTML:
        put(comparison_html(comparison))
    else:
        put_table(["", *(server.name for server in comparison.servers)], rows(comparison.servers))
        for server in comparison.servers:
            if broken := breakages(server):
                put_table(BROKEN, broken, f"\nWhat breaks: {server.name}")


def read_contacts(path: Path) -> list[Contact]:
    """The servers that a file names. Raises Refused, which names the server and the key."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refused(f"{path} cannot be read: {error}.") from None
    entries = document.get("server")
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        raise Refused(f"{path} has no [[server]].")
    return [_read_entry(entry, path.parent, f"{path}: server {number}") for number, entry in enumerate(entries, 1)]


def _read_entry(entry: Mapping[str, Any], folder: Path, where: str) -> Contact:
    for key, value in entry.items():
        if key not in _TEXTS + _FILES:
            raise Refused(f"{where}: no key {key!r}. There are {', '.join(_TEXTS + _FILES)}.")
        if not isinstance(value, str):
            raise Refused(f"{where}: {key} is to be text.")
    for key in ("name", "base-url"):
        if not entry.get(key):
            raise Refused(f"{where}: {key} is missing.")
    if not any(way <= entry.keys() for way in _WAYS):
        ways = "token-file, or client-id, client-secret-file and token-url, or username and password-file"
        raise Refused(f"{where}: needs {ways}.")
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
