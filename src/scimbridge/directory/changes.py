"""What a write makes different, as the journal tells it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from scimbridge.directory.ports import Document


class Difference(NamedTuple):
    """`before` and `after` hold the attributes that differ, `added` and `removed` ids of members.

    False if nothing is different.
    """

    before: Document
    after: Document
    added: Sequence[str] = ()
    removed: Sequence[str] = ()
    password: bool = False

    def __bool__(self) -> bool:
        return bool(self.before or self.after or self.added or self.removed or self.password)


def diff(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Document, Document]:
    """The top-level attributes that differ, as they were and as they are; both empty if the documents are equal."""
    if before is after:
        return {}, {}
    was = {
        name: value
        for name, value in before.items()
        if name not in after or (value is not (other := after[name]) and not same(value, other))
    }
    now = {name: value for name, value in after.items() if name in was or name not in before}
    return was, now


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: the order of names does not count, the type does (in Python `True == 1 == 1.0`)."""
    if one is other:
        return True
    if one != other:
        return False
    if isinstance(one, str):
        return True
    return orjson.dumps(one, option=orjson.OPT_SORT_KEYS) == orjson.dumps(other, option=orjson.OPT_SORT_KEYS)
