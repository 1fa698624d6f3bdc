"""A SCIM document put together from single values, element by element."""

from collections.abc import Mapping
from typing import Any

from scimbridge.provisioning.mapping.places import Place
from scimbridge.scim.resource import schemas_of
from scimbridge.scim.schema import ResourceType

# Values that only say which element is meant.
_LABELS = ("primary", "type")


class Draft:
    """Values are put in the order in which the document is to have them."""

    def __init__(self, kind: ResourceType) -> None:
        self._kind = kind
        self._document: dict[str, Any] = {"schemas": None}
        self._elements: dict[str, tuple[Place, dict[str, Any]]] = {}

    def put(self, place: Place, value: Any) -> None:
        """`value` is neither null nor empty."""
        container = self._document if place.schema is None else self._document.setdefault(place.schema, {})
        if place.selector:
            self._element(container, place)[place.sub or "value"] = value
        elif place.sub is None:
            container[place.name] = value
        elif place.many:
            container[place.name] = [{place.sub: item} for item in value]
        else:
            container.setdefault(place.name, {})[place.sub] = value

    def _element(self, container: dict[str, Any], place: Place) -> dict[str, Any]:
        """The element that a selector means; all places with the same one write to the same element."""
        key = place.target.rpartition(".")[0]
        found = self._elements.get(key)
        if found is None:
            found = self._elements[key] = (place, dict(place.selector))
            container.setdefault(place.name, [])
        return found[1]

    def finish(self) -> dict[str, Any]:
        """The document; elements that turned out to hold nothing are not in it."""
        document = self._document
        for place, element in self._elements.values():
            if is_element(element, place):
                place.container(document)[place.name].append(_ordered(element))
        for place, _ in self._elements.values():
            _drop_empty(document, place)
        document["schemas"] = schemas_of(document, self._kind)
        return document


def is_element(element: Mapping[str, Any], place: Place) -> bool:
    """Whether there is more to an element than what says which one it is."""
    if place.needs_value:
        return "value" in element
    return any(name not in _LABELS and name not in place.selector for name in element)


def _ordered(element: dict[str, Any]) -> dict[str, Any]:
    """As Okta writes them: `primary` in front, `type` at the end."""
    rest = {name: value for name, value in element.items() if name not in _LABELS}
    first = {"primary": element["primary"]} if "primary" in element else {}
    last = {"type": element["type"]} if "type" in element else {}
    return first | rest | last


def _drop_empty(document: dict[str, Any], place: Place) -> None:
    container = place.container(document)
    if isinstance(container, dict) and container.get(place.name) == []:
        del container[place.name]
        if place.schema is not None and not container:
            del document[place.schema]
