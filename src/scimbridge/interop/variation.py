"""A conversation with other people in it, so that it can be played more than once against one realm."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote_plus

from scimbridge.interop.conversation import BodyFrom, Conversation, Step
from scimbridge.interop.expectation import Expectation

_QUOTED = re.compile(r"%22(.*?)%22")


def vary(conversation: Conversation, tag: str) -> Conversation:
    """The same conversation with every name and externalId that it writes marked by `tag`.

    `ada.moss@example.test` becomes `ada.moss@TAG.example.test`, `blue-team` becomes `blue-team-TAG`. Everything else,
    letter case in lookups included, stays as the client sends it.
    """
    names = frozenset(name.casefold() for step in conversation.steps for name in _names(step))
    return replace(conversation, steps=tuple(_vary_step(step, names, tag) for step in conversation.steps))


def _names(step: Step) -> Iterator[str]:
    """What the step writes that is unique in a realm, or that lookups go by."""
    kind = "userName" if step.path.startswith("/Users") else "displayName"
    for written in (step.body, step.body_from.replaced if step.body_from else None):
        for resource in (written, *_patched(written)):
            if isinstance(resource, Mapping):
                yield from (v for k in (kind, "externalId") if isinstance(v := resource.get(k), str))


def _patched(body: Any) -> Iterator[Any]:
    """The operations of a PATCH, each as the object that it sets."""
    operations = body.get("Operations", []) if isinstance(body, Mapping) else []
    for operation in operations:
        value, path = operation.get("value"), operation.get("path")
        yield {path: value} if isinstance(path, str) else value


def _vary_step(step: Step, names: frozenset[str], tag: str) -> Step:
    def rename(value: Any) -> Any:
        if isinstance(value, str):
            return _mark(value, tag) if value.casefold() in names else value
        if isinstance(value, Mapping):
            return {key: rename(element) for key, element in value.items()}
        return [rename(element) for element in value] if isinstance(value, list) else value

    def requote(found: re.Match[str]) -> str:
        text = unquote_plus(found[1])
        return f"%22{quote(_mark(text, tag), safe='')}%22" if text.casefold() in names else found[0]

    source = step.body_from
    return replace(
        step,
        query=_QUOTED.sub(requote, step.query),
        body=rename(step.body),
        body_from=BodyFrom(source.step, rename(source.replaced)) if source else None,
        expectations=tuple(Expectation(e.path, e.operator, rename(e.value)) for e in step.expectations),
    )


def _mark(name: str, tag: str) -> str:
    local, at, domain = name.rpartition("@")
    return f"{local}@{tag}.{domain}" if at else f"{name}-{tag}"
