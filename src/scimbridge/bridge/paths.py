"""Values at a SCIM path of a document, as the texts that a Keycloak user attribute holds."""

from collections.abc import Mapping, Sequence
from typing import Any

from scimbridge.directory.ports import Document
from scimbridge.scim.errors import ScimError
from scimbridge.scim.filter import find_target, parse_path
from scimbridge.scim.schema import ResourceType, Target


def compile_path(text: str, kind: ResourceType) -> Target:
    """Raises ValueError if the type has no such attribute, or it has no single text in it."""
    try:
        target = find_target(parse_path(text), kind)
    except ScimError as error:
        raise ValueError(f'"{text}" is no attribute path: {error.detail}') from None
    if target is None:
        raise ValueError(f'{kind.name} has no attribute "{text}"')
    if target.leaf.type == "complex":
        raise ValueError(f'"{text}" has several values in it: name one of its sub-attributes')
    return target


def read(document: Mapping[str, Any], target: Target) -> list[str]:
    """The texts at the path, in order; booleans as `true` and `false`."""
    container = document if target.schema is None else document.get(target.schema)
    value = container.get(target.attribute.name) if container else None
    if value is None:
        return []
    items = value if isinstance(value, list) else [value]
    if target.sub is not None:
        items = [item.get(target.sub.name) for item in items if isinstance(item, Mapping)]
    return [_text(item) for item in items if item is not None]


def write(document: Document, target: Target, texts: Sequence[str]) -> Document:
    """The document with these texts at the path; of many values those stay whose text does."""
    inner = dict(document.get(target.schema) or {}) if target.schema else document
    changed = _replace(inner, target, texts)
    if target.schema is None:
        return changed
    rest = {name: value for name, value in document.items() if name != target.schema}
    return rest | {target.schema: changed} if changed else rest


def _replace(container: Document, target: Target, texts: Sequence[str]) -> Document:
    name = target.attribute.name
    value = _value(container.get(name), target, texts)
    rest = {key: kept for key, kept in container.items() if key != name}
    return rest if value in (None, [], {}) else {**container, name: value}


def _value(present: Any, target: Target, texts: Sequence[str]) -> Any:
    sub = target.sub
    if sub is None:
        values = [_parsed(text, target.attribute.type) for text in texts]
        return values if target.attribute.multi_valued else next(iter(values), None)
    if not target.attribute.multi_valued:
        rest = {key: kept for key, kept in (present or {}).items() if key != sub.name}
        return rest | {sub.name: _parsed(texts[0], sub.type)} if texts else rest
    kept = [item for item in present or [] if _text(item.get(sub.name, "")) in texts]
    there = {_text(item[sub.name]) for item in kept}
    return kept + [{sub.name: _parsed(text, sub.type)} for text in texts if text not in there]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _parsed(text: str, type: str) -> str | bool:  # noqa: A002
    return text.lower() == "true" if type == "boolean" else text
