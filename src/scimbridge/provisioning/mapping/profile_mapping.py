"""All the mappings of an application, compiled: from a person to the document that the application gets."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from scimbridge.provisioning.expression import Context, EvaluationError, compile_expression
from scimbridge.provisioning.expression.values import Value
from scimbridge.provisioning.mapping.attribute_mapping import AttributeMapping
from scimbridge.provisioning.mapping.drafting import Draft
from scimbridge.provisioning.mapping.places import USER_TYPE, Place, find_place
from scimbridge.provisioning.mapping.values import typed
from scimbridge.scim.schema import ResourceType


@dataclass(frozen=True, slots=True)
class Mapped:
    """What one person is to have in an application.

    `document`: a SCIM User without id, active, password. `cleared`: paths that are to have no value there. `absent`:
    paths that have no value here, so that one is only taken away there if it was ours.
    """

    document: dict[str, Any]
    cleared: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


class MappingFailed(EvaluationError):  # noqa: N818 (as the outcomes of provisioning are named)
    """The mapping of `target` gives nothing that could be sent for this person; `reason` is a sentence."""

    def __init__(self, target: str, reason: str) -> None:
        super().__init__(f"{target}: {reason}")
        self.target = target
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Row:
    """A compiled mapping."""

    place: Place
    evaluate: Callable[[Context], Value]
    names: frozenset[str] = frozenset()
    uses_groups: bool = False
    uses_time: bool = False
    on_update: bool = True

    def value(self, context: Context) -> Any:
        """What is written; None or "" if nothing is. Raises EvaluationError."""
        value = self.evaluate(context)
        return value if value is None or value in ("", []) else typed(value, self.place)


class ProfileMapping:
    """Raises ExpressionError, or ValueError for a target that is none; `check_mappings` tells all of it beforehand.

    `push_nulls`: what is null here is cleared there, also what others put there. `kind`: what the document is.
    """

    def __init__(
        self, mappings: Iterable[AttributeMapping], *, push_nulls: bool = False, kind: ResourceType = USER_TYPE
    ) -> None:
        self.rows: Mapping[str, Row] = {
            row.place.target: row for row in (compile_mapping(mapping, kind) for mapping in mappings)
        }
        self._push_nulls = push_nulls
        self._kind = kind

    @property
    def names(self) -> frozenset[str]:
        """The attributes that the expressions read (Expression.names)."""
        return frozenset[str]().union(*(row.names for row in self.rows.values()))

    @property
    def uses_groups(self) -> bool:
        return any(row.uses_groups for row in self.rows.values())

    @property
    def uses_time(self) -> bool:
        return any(row.uses_time for row in self.rows.values())

    def document(self, context: Context, *, created: bool) -> Mapped:
        """What a person is to have; `created`: mappings that apply on create only count. Raises MappingFailed."""
        draft = Draft(self._kind)
        cleared: list[str] = []
        absent: list[str] = []
        for target, row in self.rows.items():
            if not (created or row.on_update):
                continue
            try:
                value = row.evaluate(context)
                if value is not None and value not in ("", []) and (written := typed(value, row.place)) != []:
                    draft.put(row.place, written)
                    continue
            except EvaluationError as error:
                raise MappingFailed(target, str(error)) from None
            (absent if value is None and not self._push_nulls else cleared).append(target)
        return Mapped(draft.finish(), tuple(cleared), tuple(absent))

    def apply_overrides(self, overrides: Mapping[str, Any]) -> "ProfileMapping":
        """The mapping with these in place of its own.

        A value is a constant, or `{"expression": TEXT}`. null leaves the attribute out, "" clears it. Raises as the
        constructor does.
        """
        rows = (compile_override(target, value, self._kind) for target, value in overrides.items())
        other = ProfileMapping((), push_nulls=self._push_nulls, kind=self._kind)
        other.rows = {**self.rows, **{row.place.target: row for row in rows}}
        return other


def digest(mapped: Mapped) -> str:
    """The same for what would be sent alike, whatever the order of names; 32 hexadecimal digits."""
    whole = [mapped.document, sorted(mapped.cleared)]
    return hashlib.sha256(orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def compile_mapping(mapping: AttributeMapping, kind: ResourceType = USER_TYPE) -> Row:
    """Raises ExpressionError for its expression, another ValueError for its target."""
    expression = compile_expression(mapping.expression)
    return Row(
        find_place(mapping.target, kind),
        expression.evaluate,
        expression.names,
        expression.uses_groups,
        expression.uses_time,
        on_update=mapping.apply == "always",
    )


def compile_override(target: str, value: Any, kind: ResourceType = USER_TYPE) -> Row:
    """A constant, or `{"expression": TEXT}`, as a mapping that always applies; raises as `compile_mapping` does."""
    if (text := as_expression(value)) is not None:
        return compile_mapping(AttributeMapping(target, text), kind)
    place = find_place(target, kind)
    plain = value if isinstance(value, list) else [value]
    if not all(item is None or isinstance(item, str | int | float) for item in plain):
        raise ValueError('An override is a text, a number, true, false, null, a list of them or {"expression": "..."}.')
    return Row(place, lambda _: value)


def as_expression(value: Any) -> str | None:
    """The expression of an override; None if it is a constant."""
    text = value["expression"] if isinstance(value, Mapping) and value.keys() == {"expression"} else None
    return text if isinstance(text, str) else None
