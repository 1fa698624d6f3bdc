"""A conversation: what one client says to a SCIM server, step by step, and what it must hear.

The format is a JSON object with `name`, `client`, `evidence`, `notes`, `defaultHeaders` and `steps`; a step has `n`,
`note`, `origin` (`client`, or `check` for a read that proves the state), `request` (`method`, `path`, `query`,
`headers`, `body` or `bodyFrom`), `expect` (`status`, `json`), `save` and `parallelWith`. `${name}` is a saved value.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from itertools import groupby
from typing import Any

from scimbridge.interop.expectation import OPERATORS, Expectation
from scimbridge.interop.jsonpath import find

# As the files mark a header that is sent only where there is a body.
_WITH_BODY = " (only when there is a body)"


class MalformedConversation(ValueError):  # noqa: N818
    """A file that cannot be played; the message names the step and the member."""


@dataclass(frozen=True, slots=True)
class BodyFrom:
    """The JSON reply of an earlier step, with these top-level members replaced: how Okta builds its PUT."""

    step: int
    replaced: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """`query` is already encoded; `body` is JSON or None; `together` numbers the steps in flight at the same time."""

    number: int
    note: str
    origin: str
    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    body_from: BodyFrom | None = None
    statuses: tuple[int, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    save: Mapping[str, str] = field(default_factory=dict)
    together: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
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


def bundled() -> list[str]:
    """The names of the conversations that come with the package."""
    files = resources.files(__package__).joinpath("conversations").iterdir()
    return sorted(file.name.removesuffix(".json") for file in files if file.name.endswith(".json"))


def load_bundled(name: str) -> Conversation:
    """One of the conversations that `bundled` names."""
    file = resources.files(__package__).joinpath("conversations", f"{name}.json")
    return parse_conversation(json.loads(file.read_bytes()))


def parse_conversation(document: Any) -> Conversation:
    """Raises MalformedConversation."""
    try:
        headers = {name: value for name, value in document["defaultHeaders"].items() if value != "(varies)"}
        return Conversation(
            name=document["name"],
            client=document.get("client", ""),
            evidence=document.get("evidence", ""),
            headers={name: value for name, value in headers.items() if not name.endswith(_WITH_BODY)},
            body_headers={
                name.removesuffix(_WITH_BODY): value for name, value in headers.items() if name.endswith(_WITH_BODY)
            },
            steps=tuple(_parse_step(step) for step in document["steps"]),
        )
    except KeyError as error:
        raise MalformedConversation(f"the conversation has no {error.args[0]!r}") from None
    except (TypeError, AttributeError):
        raise MalformedConversation("the conversation is not of the shape that docs/reference shows") from None


def _parse_step(step: Any) -> Step:
    try:
        request, expect = step["request"], step["expect"]
        source = request.get("bodyFrom")
        return Step(
            number=step["n"],
            note=step.get("note", ""),
            origin=step.get("origin", "client"),
            method=request["method"],
            path=request["path"],
            query=request.get("query", ""),
            headers=request.get("headers", {}),
            body=request.get("body"),
            body_from=BodyFrom(source["step"], source.get("set", {})) if source else None,
            statuses=tuple(expect["status"]),
            expectations=tuple(_parse_expectation(row) for row in expect.get("json", [])),
            save=step.get("save", {}),
            together=tuple(step.get("parallelWith", [])),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        number = step.get("n", "?") if isinstance(step, dict) else "?"
        raise MalformedConversation(f"step {number}: {error}") from None


def _parse_expectation(row: Any) -> Expectation:
    path, operator, value = row
    if operator not in OPERATORS:
        raise ValueError(f"no operator {operator!r}; there are {', '.join(OPERATORS)}")
    find(None, path)  # a malformed path is said here and not in the middle of a play
    return Expectation(path, operator, value)
