"""How stores write documents and times down, so that all of them do it alike."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from scimbridge.directory.ports import Document
from scimbridge.scim.binding import instant


def identified(document: Mapping[str, Any], id: str) -> Document:  # noqa: A002
    """The document with its id, right behind `schemas`, where readers look for it."""
    rest = dict(document)
    rest.pop("id", None)
    return {"schemas": rest.pop("schemas"), "id": id, **rest}


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds and `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def bound(text: str) -> str:
    """What to compare timestamps with for `since` (>=) and `until` (<): any RFC 3339 time; raises ValueError.

    A time between two milliseconds becomes a text between their two timestamps.
    """
    moment = instant(text)
    if moment is None:
        raise ValueError(f'"{text}" is not a time such as 2026-01-31T08:00:00Z')
    head, rest = moment[:23], moment[23:26]
    return f"{head}Z" if rest == "000" else f"{head}Z~"
