"""The one table of settings, which is the `Settings` class itself.

From a field come its flag (`--http-port`), its environment variable (`SCIMBRIDGE_HTTP_PORT`), its TOML key
(`http-port`), the help and the reference in the docs.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

from scimbridge.config.readers import (
    SCIM_API,
    Network,
    Read,
    read_choice,
    read_features,
    read_networks,
    read_number,
    read_path,
    read_public_url,
    read_seconds,
    read_switch,
    read_text,
)

ENVIRONMENT_PREFIX = "SCIMBRIDGE_"

_EVERYWHERE = frozenset({"0.0.0.0", "::", "[::]"})  # noqa: S104

_port = read_number(0, 65535)


@dataclass(frozen=True, slots=True)
class Row:
    """What the table knows of a field beside its name and default; a switch has no `metavar`."""

    read: Read
    metavar: str
    help: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What one process was told."""

    database: Annotated[Path, Row(read_path, "FILE", "The SQLite file that holds everything.")] = Path("scimbridge.db")
    seal_key_file: Annotated[
        Path | None,
        Row(
            read_path,
            "FILE",
            "Key that seals the secrets of other servers, made on first use; without it the database's name and .key.",
        ),
    ] = None
    features: Annotated[
        frozenset[str],
        Row(read_features, "NAMES", "Features to switch on, comma-separated; without scim-api no SCIM URL exists."),
    ] = frozenset()
    host: Annotated[str, Row(read_text, "ADDRESS", "Address to listen on; 0.0.0.0 or :: for all.")] = "127.0.0.1"
    http_port: Annotated[int, Row(_port, "PORT", "Port for plain HTTP; 0 takes a free one.")] = 8080
    http_enabled: Annotated[
        bool, Row(read_switch, "", "Serve plain HTTP on an address that other machines reach, or beside HTTPS.")
    ] = False
    https_port: Annotated[int, Row(_port, "PORT", "Port for HTTPS, used when a certificate is given.")] = 8443
    https_certificate_file: Annotated[Path | None, Row(read_path, "FILE", "Certificate chain in PEM.")] = None
    https_certificate_key_file: Annotated[
        Path | None, Row(read_path, "FILE", "Private key of the certificate in PEM.")
    ] = None
    hostname: Annotated[
        str | None,
        Row(
            read_public_url,
            "URL",
            "Public URL that locations, issuer and audience follow; without it they follow the Host header.",
        ),
    ] = None
    proxy_trusted: Annotated[
        tuple[Network, ...],
        Row(read_networks, "NETWORKS", "Proxies whose X-Forwarded-* headers are believed, comma-separated."),
    ] = ()
    log_level: Annotated[
        str, Row(read_choice("debug", "info", "warning", "error"), "LEVEL", "debug, info, warning or error.")
    ] = "info"
    log_format: Annotated[
        Literal["json", "console"],
        Row(read_choice("json", "console"), "FORMAT", "json (one object a line) or console."),
    ] = "json"
    access_log: Annotated[bool, Row(read_switch, "", "Log a line for every request.")] = True
    metrics_public: Annotated[bool, Row(read_switch, "", "Serve /metrics without an admin token.")] = False
    hash_threads: Annotated[
        int, Row(read_number(1, 64), "COUNT", "Threads that hash passwords (default: one for each core).")
    ] = os.cpu_count() or 1
    scan_timeout: Annotated[
        float,
        Row(read_seconds, "SECONDS", "Longest time for a search that no index serves; past it the answer is tooMany."),
    ] = 5.0
    max_payload: Annotated[
        int, Row(read_number(1024, 2**30), "BYTES", "Largest request body; a larger one is answered 413.")
    ] = 10 * 2**20
    max_operations: Annotated[int, Row(read_number(1, 100_000), "COUNT", "Most operations in one Bulk request.")] = 1000
    shutdown_timeout: Annotated[
        float, Row(read_seconds, "SECONDS", "Longest time for running requests to end when the server stops.")
    ] = 10.0

    @property
    def tls(self) -> bool:
        return self.https_certificate_file is not None

    @property
    def scim_api(self) -> bool:
        return SCIM_API in self.features

    @property
    def seal_key(self) -> Path:
        """The key file that was named, or the one beside the database."""
        return self.seal_key_file or self.database.with_name(f"{self.database.name}.key")

    @property
    def public_url(self) -> str:
        """What clients call this server: `hostname`, or else where it listens as this machine sees it."""
        if self.hostname is not None:
            return self.hostname
        host = "localhost" if self.host in _EVERYWHERE else self.host.strip("[]")
        scheme, port = ("https", self.https_port) if self.tls else ("http", self.http_port)
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


@dataclass(frozen=True, slots=True)
class Key:
    """A row of the table: `name` is the TOML key, `field` the field of Settings."""

    field: str
    default: Any
    row: Row

    @property
    def name(self) -> str:
        return self.field.replace("_", "-")

    @property
    def variable(self) -> str:
        return ENVIRONMENT_PREFIX + self.field.upper()

    @property
    def switch(self) -> bool:
        return not self.row.metavar

    @property
    def flag(self) -> str:
        return f"--{self.name}/--no-{self.name}" if self.switch else f"--{self.name}"

    @property
    def help(self) -> str:
        """What it means, its environment variable and its default."""
        default = f"; default: {self.default_text}" if self.default_text else ""
        return f"{self.row.help} [{self.variable}{default}]"

    @property
    def default_text(self) -> str:
        """The default as one would write it; "" if there is none, or if it depends on the machine."""
        if self.switch:
            return str(self.default).lower()
        if self.field == "hash_threads" or self.default in (None, (), frozenset()):
            return ""
        return str(self.default)


def _table() -> Mapping[str, Key]:
    hints = get_type_hints(Settings, include_extras=True)
    keys = (Key(field.name, field.default, hints[field.name].__metadata__[0]) for field in fields(Settings))
    return {key.name: key for key in keys}


KEYS = _table()


def reference_table() -> str:
    """The settings as a Markdown table; docs/reference/configuration.md holds it word for word."""
    rows = ["| flag | environment | TOML key | default | meaning |", "|---|---|---|---|---|"]
    for key in KEYS.values():
        flag = key.flag if key.switch else f"{key.flag} {key.row.metavar}"
        default = f"`{key.default_text}`" if key.default_text else ""
        rows.append(f"| `{flag}` | `{key.variable}` | `{key.name}` | {default} | {key.row.help} |")
    return "\n".join(rows) + "\n"
