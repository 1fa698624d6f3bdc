"""What one operation of a PATCH does to the attribute that its path names (RFC 7644 sections 3.5.2.1 to 3.5.2.3)."""

from collections.abc import Mapping
from typing import Any, Literal

from scimbridge.scim import dialects
from scimbridge.scim.edits import (
    Edit,
    discard,
    each,
    each_if_any,
    extend,
    inside,
    merge,
    once,
    once_inside,
    put,
    single,
)
from scimbridge.scim.errors import Mutability
from scimbridge.scim.path import Path
from scimbridge.scim.schema import Attribute
from scimbridge.scim.values import normalise, normalise_element, normalise_unknown

Operation = Literal["add", "remove", "replace"]

# An element of a multi-valued attribute that has only these left says nothing (RFC 7643 section 2.4).
_LABELS = frozenset({"type", "primary"})
_NOTHING = frozenset[str]()


def find_edit(operation: Operation, path: Path, value: Any) -> Edit:
    """The edit of the whole attribute; null, "" and [] are no value, so that setting them removes.

    Raises InvalidValue, Mutability (a required attribute would go).
    """
    attribute = path.attribute
    if attribute is None:
        prefix = f"{path.schema}:" if path.schema else ""
        return put(None if operation == "remove" else normalise_unknown(path.name, value, prefix))
    if path.filter is not None:
        edit = _edit_matching(operation, path, attribute, value)
        edit = edit if attribute.multi_valued else single(edit)
    elif path.sub is not None:
        edit = _edit_sub(operation, path, attribute, path.sub, value)
    elif attribute.multi_valued:
        edit = _edit_values(operation, path, attribute, value)
    elif attribute.type == "complex":
        edit = _edit_object(operation, path, attribute, value)
    else:
        edit = put(_present(path, attribute, None if operation == "remove" else normalise(attribute, value, str(path))))
    return once(edit, str(path)) if attribute.mutability == "immutable" else edit


def _edit_values(operation: Operation, path: Path, attribute: Attribute, value: Any) -> Edit:
    if operation == "remove" and value is None:
        return put(_present(path, attribute, None))
    values = normalise(attribute, value, str(path))
    if operation == "remove":
        return discard(values or ())
    return extend(values or (), str(path)) if operation == "add" else put(_present(path, attribute, values))


def _edit_object(operation: Operation, path: Path, attribute: Attribute, value: Any) -> Edit:
    """A single-valued complex attribute.

    What names something else by its `value`, such as a manager, is replaced as one: the old manager's name does not
    stay beside the new one's id. Of others the parts that are not sent stay.
    """
    value = dialects.only_element(value) if isinstance(value, list) else value
    if operation == "remove":
        named = None if value is None else normalise(attribute, value, str(path))
        return put(_present(path, attribute, None)) if named is None else discard([named])
    if value in (None, ""):
        return put(_present(path, attribute, None))
    if "value" in attribute.subs or not isinstance(value, dict):
        whole = normalise(attribute, value, str(path))
        if whole is None or "value" in whole:
            return once_inside(put(_present(path, attribute, whole)), attribute, str(path))
    return once_inside(merge(_parts(path, attribute, value)), attribute, str(path))


def _edit_sub(operation: Operation, path: Path, attribute: Attribute, sub: Attribute, value: Any) -> Edit:
    edit = _edit_part(operation, path, attribute, sub, value)
    if not attribute.multi_valued:
        return edit
    return each_if_any(edit, None) if _removes(operation, value) else each(edit, None, _made(path, {}), str(path))


def _edit_matching(operation: Operation, path: Path, attribute: Attribute, value: Any) -> Edit:
    if path.sub is not None:
        edit = _edit_part(operation, path, attribute, path.sub, value)
        removes = _removes(operation, value)
    else:
        parts = None if operation == "remove" else _element_parts(path, attribute, value)
        removes = parts is None
        edit = put(None) if parts is None else once_inside(_edit_element(operation, path, parts), attribute, str(path))
    return each_if_any(edit, path.filter) if removes else each(edit, path.filter, _made(path, path.seed), str(path))


def _edit_element(operation: Operation, path: Path, parts: Mapping[str, Any]) -> Edit:
    """`replace` leaves what the filter says and what is sent, so that `emails[type eq "work"]` stays a work mail."""
    if operation == "add":
        return merge(parts)
    return put({name: part for name, part in {**(path.seed or {}), **parts}.items() if part is not None})


def _edit_part(operation: Operation, path: Path, attribute: Attribute, sub: Attribute, value: Any) -> Edit:
    """An edit of one object: of its sub-attribute."""
    if operation == "remove":
        edit = put(_present(path, sub, None))
    else:
        part = normalise(sub, value, str(path))
        many = operation == "add" and sub.multi_valued
        edit = extend(part or (), str(path)) if many else put(_present(path, sub, part))
    if sub.mutability == "immutable":
        edit = once(edit, str(path))
    return inside(sub.name, edit, _LABELS if attribute.multi_valued else _NOTHING)


def _element_parts(path: Path, attribute: Attribute, value: Any) -> Mapping[str, Any] | None:
    """The sub-attributes that a value for one element sets; None if it is no value, or its `value` is none."""
    value = dialects.only_element(value) if isinstance(value, list) else value
    if not isinstance(value, dict):
        element: dict[str, Any] | None = normalise_element(attribute, value, str(path))
        return element
    parts = _parts(path, attribute, value)
    return None if not parts or ("value" in parts and parts["value"] is None) else parts


def _parts(path: Path, attribute: Attribute, value: Mapping[str, Any]) -> dict[str, Any]:
    """The sub-attributes that an object sets; None for those it removes. It may leave out required ones."""
    parts: dict[str, Any] = {}
    for name, item in value.items():
        sub = attribute.sub(name)
        if sub is None:
            parts[name] = normalise_unknown(name, item, f"{path}.")
        elif sub.mutability != "readOnly":
            parts[sub.name] = normalise(sub, item, f"{path}.{sub.name}")
    return parts


def _made(path: Path, seed: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """What a new element starts from; None if it would say nothing, or if nobody knows what it must hold."""
    return None if path.sub is not None and path.sub.name in _LABELS else seed


def _removes(operation: Operation, value: Any) -> bool:
    return operation == "remove" or value is None or value in ("", [], {})


def _present(path: Path, attribute: Attribute, value: Any) -> Any:
    """RFC 7644 section 3.5.2.2: a required attribute is not left without a value."""
    if value is None and attribute.required:
        raise Mutability(f'Attribute "{path}" is required and can not be removed.')
    return value
