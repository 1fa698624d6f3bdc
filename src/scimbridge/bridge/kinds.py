"""What a resource type is to the bridge: how its resources are made, changed and compared there."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import orjson

from scimbridge.bridge.mapping import Values
from scimbridge.bridge.members import Delta
from scimbridge.bridge.ports import Intent, Link
from scimbridge.directory.ports import Document, Password, Record


class Kind(Protocol):
    """Users or groups of one realm. Every coroutine raises ProvisioningError."""

    def desired(self, document: Mapping[str, Any]) -> Values:
        """What the target is to have of a document, by SCIM path."""

    async def actual(self, target: str) -> Values | None:
        """The same of what it has now, and `protected` if it is that; None if it is gone."""

    def accept(self, document: Document, values: Values, paths: Iterable[str]) -> Document:
        """The document with these of the values that are there."""

    async def make(self, document: Document, desired: Values, delta: Delta, password: Password | None) -> str:
        """The id it has there; after TargetRefused nothing of it is there."""

    async def push(self, link: Link, before: Values, changed: Values, delta: Delta, password: Password | None) -> None:
        """Makes the changed values true; after TargetRefused it is as it was."""

    async def restore(self, link: Link, record: Record, delta: Delta) -> None:
        """Makes it what it is here, after nobody knows what; of its members, those that the delta names."""

    async def remove(self, target: str) -> None: ...

    async def holds(self, link: Link, changed: Values, delta: Delta) -> bool:
        """Whether a change is true there."""

    async def find_made(self, intent: Intent) -> str | None:
        """The id of what an intent to create has made there."""

    async def find(self, document: Mapping[str, Any]) -> str | None:
        """The id of what has this resource's name there."""


def difference(before: Values, after: Values) -> Values:
    return {path: value for path, value in after.items() if before.get(path) != value}


def snapshot(values: Values) -> str:
    """Values as a link keeps them."""
    return orjson.dumps(values).decode()


def recorded(link: Link) -> Values:
    values: Values = orjson.loads(link.actual) if link.actual else {}
    return values
