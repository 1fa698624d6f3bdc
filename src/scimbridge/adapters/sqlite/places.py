"""Where the values of an attribute are: in an indexed column, in rows of their own, or in the document.

`r` is the resource's row, with its document. In the rows of a multi-valued attribute, `e` is one value of it, and
`s` a sub-attribute of that. Documents have the shape of their schema, since they were written through it.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from scimbridge.directory.keys import indexes_emails
from scimbridge.scim.binding import folds
from scimbridge.scim.schema import Attribute, ResourceType, Target

JSON = "CAST(r.body AS TEXT)"  # SQLite's JSON functions take no blob
_MEMBERS_OF = "membership m JOIN resource x ON x.seq = m.member_seq AND m.group_seq = r.seq"
# A user's groups, direct and indirect.
_GROUPS_OF = """(
    WITH RECURSIVE up (seq, position) AS (
        SELECT group_seq, position FROM membership WHERE member_seq = r.seq
        UNION SELECT m.group_seq, NULL FROM up JOIN membership m ON m.member_seq = up.seq
    )
    SELECT seq, max(position) AS joined FROM up GROUP BY seq
) u JOIN resource x ON x.seq = u.seq"""


# Of a member `x`. Its URL is not here: a store does not know its server's name.
MEMBER_SUBS = {"value": "x.id", "type": "x.type", "display": "nullif(x.display, '')"}
_GROUP_SUBS = {"value": "x.id", "type": "iif(u.joined IS NULL, 'indirect', 'direct')", "display": "x.display"}
# Times as filters compare them (binding.instant).
_META_SUBS = {
    "resourceType": "r.type",
    "created": "substr(r.created, 1, 23) || '000Z'",
    "lastModified": "substr(r.modified, 1, 23) || '000Z'",
    "version": "'W/\"' || r.version || '\"'",
}

# What a value in JSON must be, to be compared as one of its attribute's type.
_JSON_TYPES = defaultdict(
    lambda: "('text')",
    boolean="('true', 'false')",
    integer="('integer', 'real')",
    decimal="('integer', 'real')",
)


@dataclass(frozen=True, slots=True)
class Place:
    """`value` in each row of `rows` (in the one row there is, if empty) where `condition` holds.

    `folded` is the value case-folded, where that is stored. `json` names the alias of a json_each that has the value:
    then its JSON type is to be looked at. `order` puts the rows in the order of the document, the primary one first.
    """

    value: str = ""
    rows: str = ""
    condition: str = ""
    folded: str = ""
    json: str = ""
    order: str = ""

    def typed(self, leaf: Attribute) -> str:
        """The condition under which the value is one of the attribute's type; empty if it always is."""
        return f"{self.json}.type IN {_JSON_TYPES[leaf.type]}" if self.json else ""

    def present(self) -> str:
        """The condition under which the value is one and not empty."""
        if not self.json:
            value = self.value or self.folded
            return f"{value} IS NOT NULL AND {value} <> ''"
        return (
            f"{self.json}.type <> 'null' AND ({self.json}.type, {self.json}.value) NOT IN"
            " (VALUES ('text', ''), ('array', '[]'), ('object', '{}'))"
        )


@dataclass(frozen=True, slots=True)
class Elements:
    """The values of a complex attribute, a row of `rows` each: with columns `subs`, or JSON at `path` of `json`."""

    rows: str = ""
    condition: str = ""
    order: str = ""
    subs: Mapping[str, str] | None = None
    json: str = ""
    path: str = "$"

    def place(self, sub: Attribute) -> Place:
        """Where a sub-attribute of one element is."""
        if self.subs is not None:
            return Place(self.subs.get(sub.name, "NULL"))
        return Place("s.value", f"json_each({self.json}, {_quoted(self.path, sub.name)}) s", json="s")


class Places:
    """The places of all attributes of one resource type."""

    def __init__(self, kind: ResourceType) -> None:
        self._columns = {
            "id": Place("r.id"),
            "externalId": Place("r.external_id"),
            "displayName": Place("", folded="r.display_key"),
            "active": Place("r.active"),
            kind.naming: Place("r.name", folded="r.name_key"),
        }
        self._has_emails = indexes_emails(kind)

    def of(self, target: Target) -> Place:
        """Where the values of a target are, to be compared."""
        if target.sub is not None:
            if self._has_emails and target.name == "emails.value":
                return Place("", "email e", "e.seq = r.seq", folded="e.key")
            return self.in_order(target)
        column = self._columns.get(target.attribute.name) if target.schema is None else None
        if column is not None and (column.value or folds(target.attribute)):
            return column
        if target.attribute.type == "complex":
            return self._whole(target)
        return Place("e.value", f"json_each({JSON}, {path(target)}) e", json="e", order="e.key")

    def in_order(self, target: Target) -> Place:
        """The same with an order, to be sorted by."""
        if target.sub is None:
            return self.of(target)
        elements = self.elements(target)
        place = elements.place(target.sub)
        rows = " JOIN ".join(part for part in (elements.rows, place.rows) if part)
        return replace(place, rows=rows, order=elements.order)

    @staticmethod
    def elements(target: Target) -> Elements:
        """The values of a complex attribute."""
        if target.schema is None:
            match target.attribute.name:
                case "members":
                    return Elements(_MEMBERS_OF, order="m.position", subs=MEMBER_SUBS)
                case "groups":
                    return Elements(_GROUPS_OF, order="u.joined IS NULL, u.joined", subs=_GROUP_SUBS)
                case "meta":
                    return Elements(subs=_META_SUBS)
        if not target.attribute.multi_valued:
            return Elements(condition=f"json_type({JSON}, {path(target)}) IS 'object'", json=JSON, path=_path(target))
        element = "CASE e.type WHEN 'object' THEN e.value END"
        primary = f"json_type({element}, '$.primary') IS 'true' DESC, e.key"
        return Elements(f"json_each({JSON}, {path(target)}) e", order=primary, json=element)

    def _whole(self, target: Target) -> Place:
        """The values of a complex attribute that are not empty."""
        elements = self.elements(target)
        if elements.subs is not None:
            return Place("1", elements.rows)
        if elements.rows:
            return Place("1", elements.rows, "e.value <> '{}'")
        return Place(f"nullif({JSON} -> {path(target)}, '{{}}')")


def path(target: Target) -> str:
    """The JSON path of an attribute as an SQL literal."""
    return _quoted(_path(target))


def _path(target: Target) -> str:
    holder = f'$."{target.schema}"' if target.schema else "$"
    return f'{holder}."{target.attribute.name}"'


def _quoted(path_: str, sub: str = "") -> str:
    whole = f'{path_}."{sub}"' if sub else path_
    return "'" + whole.replace("'", "''") + "'"
