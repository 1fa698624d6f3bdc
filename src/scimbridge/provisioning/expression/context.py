"""What an expression may see."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple


class GroupName(NamedTuple):
    """A group that a person is in."""

    id: str
    name: str


def _no_groups() -> Sequence[GroupName]:
    return ()


def _no_manager() -> Mapping[str, Any] | None:
    return None


@dataclass(frozen=True, slots=True)
class Context:
    """One person, as seen by one application at one moment.

    `profile` has Okta's names (profile.py); so has what `manager` gives, or None. `groups` and `manager` are called
    each time an expression asks, and only then: what costs is remembered by who gives them. `appuser` is the
    person's profile in the application. `app` and `org` hold plain values that administrators of mappings may read:
    no credentials. `now` has a time zone. `status` is Okta's word, e.g. ACTIVE or DEPROVISIONED.
    """

    profile: Mapping[str, Any]
    now: datetime
    id: str = ""
    status: str = "ACTIVE"
    groups: Callable[[], Sequence[GroupName]] = _no_groups
    manager: Callable[[], Mapping[str, Any] | None] = _no_manager
    appuser: Mapping[str, Any] = field(default_factory=dict)
    app: Mapping[str, Any] = field(default_factory=dict)
    org: Mapping[str, Any] = field(default_factory=dict)
