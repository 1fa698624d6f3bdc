"""A suite with other people in it, so that it can be played more than once against one realm."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote_plus

from scimbridge.interop.expectation import Expectation
from scimbridge.interop.suite import BodyFrom, Step, Suite

_QUOTED = re.compile(r"%22(.*?)%22")
_IN_FILTER = re.compile(r'"([^"]*)"')
# Some servers want mail addresses to be unique, whatever the user is called.
_ADDRESS = re.compile(r"[^@\s]+@example\.test", re.IGNORECASE)


def vary(suite: Suite, tag: str) -> Suite:
    """The same suite with every name, externalId and mail address that it writes marked by `tag`.

    `ada.moss@example.test` becomes `ada.moss@TAG.example.test`, `blue-team` becomes `blue-team-TAG`. Everything else,
    letter case in lookups included, stays as the client sends it.
    """
    names = frozenset(name.casefold() for step in suite.steps for name in _names(step))
    return replace(suite, steps=tuple(_vary_step(step, names, tag) for step in suite.steps))


def _names(step: Step) -> Iterator[str]:
    """What the step writes that is unique in a realm, or that lookups go by."""
    for written in (step.body, step.body_from.replaced if step.body_from else None):
        for path, resource in ((step.path, written), *_operations(step.path, written)):
            kind = "userName" if path.startswith("/Users") else "displayName"
            if isinstance(resource, Mapping):
                yield from (v for k in (kind, "externalId") if isinstance(v := resource.get(k), str))


def _operations(target: str, body: Any) -> Iterator[tuple[str, Any]]:
    """The operations of a PATCH or a Bulk request, each as the path of a resource and the object that it sets there."""
    operations = body.get("Operations", []) if isinstance(body, Mapping) else []
    for operation in operations:
        value, path = operation.get("value"), operation.get("path")
        if "data" in operation:
            yield str(path), operation["data"]
        else:
            yield target, {path: value} if isinstance(path, str) else value


def _vary_step(step: Step, names: frozenset[str], tag: str) -> Step:
    def marked(text: str) -> bool:
        return text.casefold() in names or _ADDRESS.fullmatch(text) is not None

    def rename(value: Any) -> Any:
        if isinstance(value, str):
            return _mark(value, tag) if marked(value) else _IN_FILTER.sub(rename_quoted, value)
        if isinstance(value, Mapping):
            return {key: rename(element) for key, element in value.items()}
        return [rename(element) for element in value] if isinstance(value, list) else value

    def rename_quoted(found: re.Match[str]) -> str:
        return f'"{_mark(found[1], tag)}"' if marked(found[1]) else found[0]

    def requote(found: re.Match[str]) -> str:
        text = unquote_plus(found[1])
        return f"%22{quote(_mark(text, tag), safe='')}%22" if marked(text) else found[0]

    source = step.body_from
    return replace(
        step,
        query=_QUOTED.sub(requote, step.query),
        body=rename(step.body),
        body_from=BodyFrom(source.step, rename(source.replaced)) if source else None,
        expectations=tuple(Expectation(e.path, e.operator, rename(e.value)) for e in step.expectations),
        limits=tuple(Expectation(e.path, e.operator, rename(e.value)) for e in step.limits),
        lacks=tuple(rename(text) for text in step.lacks),
    )


def _mark(name: str, tag: str) -> str:
    local, at, domain = name.rpartition("@")
    return f"{local}@{tag}.{domain}" if at else f"{name}-{tag}"
