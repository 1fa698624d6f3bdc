"""Where access gets what is different every time: the time, ids, secrets, keys."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scimbridge.access.ports import AdminEvent


@dataclass(frozen=True, slots=True)
class Sources:
    """`clock` is aware and in UTC; `secret` gives 43 URL-safe random characters (256 bits); `key` an RSA key in PEM."""

    clock: Callable[[], datetime]
    ids: Callable[[], str]
    secret: Callable[[], str]
    key: Callable[[], Awaitable[str]]

    def event(
        self, actor: str, operation: str, subject: str, realm: str, detail: Mapping[str, Any] | None = None
    ) -> AdminEvent:
        """The record of a change that happens now."""
        return AdminEvent(self.clock(), actor, operation, subject, realm, detail or {})
