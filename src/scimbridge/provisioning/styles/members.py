"""PATCH operations on the members of a group, in requests that are as large as the target takes."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from scimbridge.provisioning.capabilities import Capabilities
from scimbridge.provisioning.styles.places import Operation
from scimbridge.provisioning.styles.resources import entries
from scimbridge.provisioning.target import Member

_T = TypeVar("_T")


def addition(members: Sequence[Member]) -> Operation:
    return {"op": "add", "path": "members", "value": entries(members)}


def removals(members: Sequence[Member], capabilities: Capabilities) -> Iterator[list[Operation]]:
    """The operations of one request after the other."""
    if capabilities.remove_by_filter:
        for batch in batches(members, min(capabilities.member_batch, capabilities.operations)):
            yield [{"op": "remove", "path": f'members[value eq "{_quoted(member.target)}"]'} for member in batch]
    else:
        for batch in batches(members, capabilities.member_batch):
            yield [{"op": "remove", "path": "members", "value": [{"value": member.target} for member in batch]}]


def changes(added: Sequence[Member], removed: Sequence[Member], capabilities: Capabilities) -> list[list[Operation]]:
    """Requests that add and remove; one if all of it fits."""
    requests = [[addition(batch)] for batch in batches(added, capabilities.member_batch)]
    requests += removals(removed, capabilities)
    whole = [operation for request in requests for operation in request]
    fits = len(added) + len(removed) <= capabilities.member_batch and len(whole) <= capabilities.operations
    return [whole] if whole and fits else requests


def batches(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _quoted(value: str) -> str:
    """In a filter's text (RFC 7644 section 3.4.2.2: as in JSON)."""
    return value.replace("\\", "\\\\").replace('"', '\\"')
