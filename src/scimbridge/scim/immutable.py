"""What a PUT may not change: values of immutable attributes (RFC 7643 section 7), once they are set."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from scimbridge.scim.errors import Mutability
from scimbridge.scim.required import spelled
from scimbridge.scim.schema import ResourceType

# Names from the document down.
Place = tuple[str, ...]


def immutable_places(resource_type: ResourceType) -> Iterator[Place]:
    """The places in a document that may not change: parts of multi-valued attributes have no lasting place."""
    for schema in (resource_type.schema, *resource_type.extensions):
        head = () if schema is resource_type.schema else (schema.id,)
        for attribute in schema.attributes:
            if attribute.mutability == "immutable":
                yield (*head, attribute.name)
            elif not attribute.multi_valued:
                for sub in attribute.sub_attributes:
                    if sub.mutability == "immutable":
                        yield (*head, attribute.name, sub.name)


def keep_immutable(document: dict[str, Any], existing: Mapping[str, Any], places: Iterable[Place]) -> None:
    """Puts what was left out of a new document back in; raises Mutability if something is there and is another."""
    for path in places:
        before = _lookup(existing, path)
        if before is None:
            continue
        now = _lookup(document, path)
        if now is not None and now != before:
            raise Mutability(f'Attribute "{spelled(path)}" may not be changed once it is set.')
        owner = _lookup(document, path[:-1])
        if owner is None:
            if ":" not in path[-2]:
                continue  # the complex attribute itself may go, and this part of it goes along
            owner = document[path[-2]] = {}
        owner[path[-1]] = before


def _lookup(document: Any, path: Place) -> Any:
    for name in path:
        if not isinstance(document, Mapping):
            return None
        document = document.get(name)
    return document
