"""Where settings come from, and whether a server can start with them."""

import difflib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from scimbridge.config.settings import ENVIRONMENT_PREFIX, KEYS, Settings

# Read elsewhere: the file's own name, and the credentials that `scimbridge check` takes without showing them in `ps`.
_OTHER_VARIABLES = frozenset({"SCIMBRIDGE_CONFIG", "SCIMBRIDGE_TOKEN", "SCIMBRIDGE_CLIENT_SECRET"})
# Kubernetes puts these into every container beside a Service named "scimbridge"; they are not ours to refuse.
_SERVICE_LINK = re.compile(r"SCIMBRIDGE_(SERVICE_(HOST|PORT)|PORT)(_\w+)?")


class ConfigError(Exception):
    """The settings cannot be used; `problems` are sentences that name the key and where its value came from."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def load(flags: Mapping[str, Any], environment: Mapping[str, str], config: Path | None = None) -> Settings:
    """Settings out of `flags` (by key name; None = not given), environment and file. Raises ConfigError."""
    problems: list[str] = []
    values: dict[str, Any] = {}
    for source, name, raw in _sources(flags, environment, config, problems):
        if (key := KEYS.get(name)) is None:
            problems.append(_unknown(source, name))
            continue
        try:
            values[key.field] = key.row.read(raw)
        except ValueError as error:
            problems.append(f"{source} {error}")
    if problems:
        raise ConfigError(problems)
    return Settings(**values)


def check_serving(settings: Settings) -> None:
    """Raises ConfigError if a server with these settings could not start, or would be open to who may not come in."""
    problems = list(_serving_problems(settings))
    if problems:
        raise ConfigError(problems)


def _sources(
    flags: Mapping[str, Any], environment: Mapping[str, str], config: Path | None, problems: list[str]
) -> Iterator[tuple[str, str, Any]]:
    """(where from, key's name, raw value), the weakest source first."""
    if config is None and environment.get("SCIMBRIDGE_CONFIG"):
        config = Path(environment["SCIMBRIDGE_CONFIG"])
    if config is not None:
        for name, raw in _read_file(config, problems).items():
            yield f"{config}: {name}", name, raw
    for key in KEYS.values():
        if environment.get(key.variable):  # compose files pass variables on as "" when they are not set
            yield key.variable, key.name, environment[key.variable]
    for variable in environment:
        if variable.startswith(ENVIRONMENT_PREFIX) and not _is_known(variable):
            yield variable, variable.removeprefix(ENVIRONMENT_PREFIX).lower().replace("_", "-"), None
    for name, raw in flags.items():
        if raw is not None:
            yield f"--{name}", name, raw


def _is_known(variable: str) -> bool:
    if variable in _OTHER_VARIABLES or _SERVICE_LINK.fullmatch(variable):
        return True
    return any(key.variable == variable for key in KEYS.values())


def _read_file(path: Path, problems: list[str]) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        problems.append(f"{path}: cannot be read: {error.strerror}")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{path}: is not TOML: {error}")
    return {}


def _unknown(source: str, name: str) -> str:
    close = difflib.get_close_matches(name.replace("_", "-"), KEYS, n=1)
    hint = f"; did you mean {close[0]}?" if close else f"; there are {', '.join(KEYS)}"
    return f"{source} is not a setting{hint}"


def _serving_problems(settings: Settings) -> Iterator[str]:
    certificate, private_key = settings.https_certificate_file, settings.https_certificate_key_file
    if (certificate is None) != (private_key is None):
        yield "https-certificate-file and https-certificate-key-file go together: give both or none"
    for name, path in (("https-certificate-file", certificate), ("https-certificate-key-file", private_key)):
        if path is not None and not os.access(path, os.R_OK):
            yield f"{name}: {path} is not there or not readable"
    if (
        not settings.tls
        and not settings.http_enabled
        and not settings.proxy_trusted
        and not _is_loopback(settings.host)
    ):
        yield (
            f"host {settings.host} would take credentials from other machines over plain HTTP: give"
            " --https-certificate-file and --https-certificate-key-file, or --proxy-trusted NETWORK for a proxy that"
            " speaks HTTPS, or --http-enabled if you mean it"
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
