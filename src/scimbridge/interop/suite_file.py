"""Reads a suite from a file, YAML or JSON; docs/reference/suites.md has the format."""

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml

from scimbridge.interop.credentials import GIVEN, KINDS
from scimbridge.interop.expectation import OPERATORS, Expectation
from scimbridge.interop.jsonpath import find
from scimbridge.interop.purpose import Purpose, parse_purpose, refine
from scimbridge.interop.suite import BodyFrom, Step, Suite

# As files mark a header that is sent only where there is a body.
_WITH_BODY = " (only when there is a body)"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class MalformedSuite(ValueError):  # noqa: N818
    """A file that cannot be played; the message names the step and the member."""


@cache
def bundled() -> tuple[str, ...]:
    """The names of the suites that come with the package."""
    files = resources.files(__package__).joinpath("suites").iterdir()
    return tuple(sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml")))


@cache
def load_bundled(name: str) -> Suite:
    """One of the suites that `bundled` names."""
    return parse_suite(read_document(resources.files(__package__).joinpath("suites", f"{name}.yaml").read_bytes()))


def read_document(content: bytes) -> Any:
    """What a file holds, be it JSON or YAML. Raises MalformedSuite."""
    try:
        if content.lstrip().startswith(b"{"):
            return json.loads(content)
        return yaml.load(content, _LOADER)  # noqa: S506 (it is the safe one)
    except (ValueError, yaml.YAMLError) as error:
        raise MalformedSuite(f"it is neither JSON nor YAML: {' '.join(str(error).split())}") from None


def parse_suite(document: Any) -> Suite:
    """Raises MalformedSuite."""
    try:
        headers = {name: value for name, value in document.get("defaultHeaders", {}).items() if value != "(varies)"}
        headers.pop("Authorization", None)  # the credential is the player's
        purposes = {name: parse_purpose(name, members) for name, members in document.get("purposes", {}).items()}
        return Suite(
            name=document["name"],
            client=document.get("client", ""),
            evidence=document.get("evidence", ""),
            headers={name: value for name, value in headers.items() if not name.endswith(_WITH_BODY)},
            body_headers={
                name.removesuffix(_WITH_BODY): value for name, value in headers.items() if name.endswith(_WITH_BODY)
            },
            steps=tuple(_parse_step(step, purposes) for step in document["steps"]),
        )
    except KeyError as error:
        raise MalformedSuite(f"the suite has no {error.args[0]!r}") from None
    except (TypeError, AttributeError):
        raise MalformedSuite("the suite is not of the shape that docs/reference/suites.md shows") from None


def _parse_step(step: Any, purposes: Mapping[str, Purpose]) -> Step:
    try:
        request, expect = step["request"], step["expect"]
        source = request.get("bodyFrom")
        return Step(
            number=step["n"],
            note=step.get("note", ""),
            origin=step.get("origin", "client"),
            method=request["method"],
            path=request["path"],
            purpose=_parse_purpose(step, purposes),
            query=request.get("query", ""),
            headers=request.get("headers", {}),
            credential=_parse_credential(request),
            body=request.get("body"),
            body_from=BodyFrom(source["step"], source.get("set", {})) if source else None,
            statuses=tuple(expect["status"]),
            expectations=tuple(_parse_expectation(row) for row in expect.get("json", [])),
            limits=tuple(_parse_expectation(row) for row in expect.get("limits", [])),
            header_expectations=tuple(_parse_expectation(row) for row in expect.get("headers", [])),
            lacks=tuple(expect.get("lacks", [])),
            save=step.get("save", {}),
            together=tuple(step.get("parallelWith", [])),
            needs=tuple(step.get("needs", [])),
            if_succeeded=step.get("ifSucceeded"),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        number = step.get("n", "?") if isinstance(step, dict) else "?"
        raise MalformedSuite(f"step {number}: {error}") from None


def _parse_purpose(step: Mapping[str, Any], purposes: Mapping[str, Purpose]) -> Purpose:
    """A step that names none is a purpose of its own."""
    name = step.get("purpose")
    if name is None:
        return refine(Purpose("", step.get("note", "")), step)
    if name not in purposes:
        raise ValueError(f"no purpose {name!r}; there are {', '.join(purposes)}")
    return refine(purposes[name], step)


def _parse_credential(request: Mapping[str, Any]) -> str:
    kind = request.get("credential", GIVEN)
    if kind not in KINDS:
        raise ValueError(f"no credential {kind!r}; there are {', '.join(KINDS)}")
    return str(kind)


def _parse_expectation(row: Any) -> Expectation:
    path, operator, *values = row
    if operator not in OPERATORS:
        raise ValueError(f"no operator {operator!r}; there are {', '.join(OPERATORS)}")
    find(None, path)  # a malformed path is said here and not in the middle of a play
    return Expectation(path, operator, values[0] if values else None)
