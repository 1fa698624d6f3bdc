"""Files that a command is given; what is wrong with one is told by its name."""

from pathlib import Path
from typing import Any

import orjson

from scimbridge.cli.output import Refused


def read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Refused(f"{path} cannot be read: it is not UTF-8.") from None


def read_lines(path: Path) -> list[str]:
    return [line for line in read_text(path).splitlines() if line.strip()]


def read_secret(path: Path) -> str:
    """Without the line break that an editor or `echo` leaves at the end."""
    secret = read_text(path).rstrip("\r\n")
    if not secret:
        raise Refused(f"{path} is empty: it is to hold a secret.")
    return secret


def read_json_object(path: Path) -> dict[str, Any]:
    try:
        document = orjson.loads(read_text(path))
    except orjson.JSONDecodeError as error:
        raise Refused(f"{path} is not JSON: {error}.") from None
    if not isinstance(document, dict):
        raise Refused(f"{path} holds no JSON object.")
    return document
