"""A suite: what one client says to a SCIM server, step by step, and what it must hear.

`${name}` in a step is a saved value.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby, takewhile
from typing import Any

from scimbridge.interop.credentials import GIVEN
from scimbridge.interop.expectation import Expectation
from scimbridge.interop.purpose import Purpose


@dataclass(frozen=True, slots=True)
class BodyFrom:
    """The JSON reply of an earlier step, with these top-level members replaced: how Okta builds its PUT."""

    step: int
    replaced: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """`query` is already encoded; `body` is JSON or None; `together` numbers the steps in flight at the same time.

    `needs` names what must have been given for it to be played, `if_succeeded` the step that must have been answered
    with 2xx; `lacks` are texts that must not stand in the reply; `limits` must hold too, and the client can go on
    where they do not.
    """

    number: int
    note: str
    origin: str
    method: str
    path: str
    purpose: Purpose
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    credential: str = GIVEN
    body: Any = None
    body_from: BodyFrom | None = None
    statuses: tuple[int, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    limits: tuple[Expectation, ...] = ()
    header_expectations: tuple[Expectation, ...] = ()
    lacks: tuple[str, ...] = ()
    save: Mapping[str, str] = field(default_factory=dict)
    together: tuple[int, ...] = ()
    needs: tuple[str, ...] = ()
    if_succeeded: int | None = None

    @property
    def reads(self) -> bool:
        """Whether it leaves the server as it is."""
        return self.method == "GET" or self.path.endswith("/.search")


@dataclass(frozen=True, slots=True)
class Suite:
    """`body_headers` go only on requests with a body."""

    name: str
    client: str
    evidence: str
    headers: Mapping[str, str]
    body_headers: Mapping[str, str]
    steps: tuple[Step, ...]

    def groups(self) -> Iterator[tuple[Step, ...]]:
        """The steps in order, those that are in flight together in one tuple."""
        for _, steps in groupby(self.steps, key=lambda step: step.together or step.number):
            yield tuple(steps)

    def without_writing(self) -> "Suite":
        """What stands before the first write: all that comes after it may ask for what was written."""
        return replace(self, steps=tuple(takewhile(lambda step: step.reads, self.steps)))

    def given(self, *names: str) -> "Suite":
        """Only the steps that need no more than these."""
        return replace(self, steps=tuple(step for step in self.steps if set(step.needs) <= set(names)))

    def writes(self) -> list[str]:
        """The names of what it creates, in order."""
        made = (step.body for step in self.steps if step.method == "POST" and isinstance(step.body, Mapping))
        names = (body.get("userName") or body.get("displayName") for body in made)
        return list(dict.fromkeys(name for name in names if isinstance(name, str)))
