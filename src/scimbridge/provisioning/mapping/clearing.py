"""Taking the value at a place out of a document."""

from collections.abc import Mapping
from typing import Any

from scimbridge.provisioning.mapping.places import Place

_Document = Mapping[str, Any]
_LABELS = ("type", "primary", "display")


def has_value(document: _Document, place: Place) -> bool:
    found = place.container(document).get(place.name)
    if place.selector:
        return any(_is_meant(item, place) and place.sub in item for item in found or ())
    if place.sub is None or place.many:
        return bool(found)
    return isinstance(found, Mapping) and place.sub in found


def clear(document: _Document, place: Place) -> _Document:
    """The document without the value, and without what is empty then; itself if there is none."""
    container = place.container(document)
    found = container.get(place.name)
    left = _without(found, place)
    if left is found:
        return document
    changed = {name: value for name, value in container.items() if name != place.name or left}
    if left:
        changed[place.name] = left
    if place.schema is None:
        return changed
    if changed:
        return {**document, place.schema: changed}
    rest = {name: value for name, value in document.items() if name != place.schema}
    return rest | {"schemas": [urn for urn in document.get("schemas") or () if urn != place.schema]}


def _without(found: Any, place: Place) -> Any:
    """What is left of the attribute; `found` itself if nothing has to go."""
    if place.selector:
        if not isinstance(found, list) or not any(_is_meant(item, place) and place.sub in item for item in found):
            return found
        left = [_without_sub(item, place) if _is_meant(item, place) else item for item in found]
        return [item for item in left if item]
    if place.sub is None or place.many:
        return None
    if not isinstance(found, Mapping) or place.sub not in found:
        return found
    return {name: value for name, value in found.items() if name != place.sub}


def _is_meant(item: Any, place: Place) -> bool:
    return isinstance(item, Mapping) and all(_alike(item.get(name), value) for name, value in place.selector.items())


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one.casefold() == other.casefold()
    return one is other if isinstance(other, bool) else bool(one == other)


def _without_sub(item: _Document, place: Place) -> _Document:
    """Nothing if only labels would be left of the element."""
    rest = {name: value for name, value in item.items() if name != place.sub}
    return rest if any(name not in _LABELS and name not in place.selector for name in rest) else {}
