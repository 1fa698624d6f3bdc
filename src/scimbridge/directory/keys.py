"""What a store indexes of a document: the values that clients look resources up by."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from scimbridge.scim.schema import ResourceType


class Keys(NamedTuple):
    """`*_key` and `emails` are case-folded.

    `display` is what `members.display` and `groups.display` show: the displayName, and "" without one, since a name
    in its place is not what was written (scim2-tester compares). `display_key` is the displayName, None where it is
    absent or is itself the naming attribute.
    """

    name: str
    name_key: str
    display: str
    display_key: str | None
    external_id: str | None
    emails: tuple[str, ...]
    active: bool | None


def compile_keys(kind: ResourceType) -> Callable[[Mapping[str, Any]], Keys]:
    """A function from a document of this type to its keys; the document has its naming attribute."""
    naming = kind.naming
    displayed = naming != "displayName"
    mailed = indexes_emails(kind)

    def keys(document: Mapping[str, Any]) -> Keys:
        name: str = document[naming]
        display: str | None = document.get("displayName") if displayed else None
        emails = document.get("emails") if mailed else None
        return Keys(
            name,
            name.casefold(),
            (display or "") if displayed else name,
            display.casefold() if display else None,
            document.get("externalId"),
            _addresses(emails) if emails else (),
            document.get("active"),
        )

    return keys


def indexes_emails(kind: ResourceType) -> bool:
    """Whether `emails.value` of this type is what it is in RFC 7643: many, and compared without regard to case."""
    emails = kind.schema.attribute("emails")
    value = emails.sub("value") if emails else None
    return emails is not None and value is not None and emails.multi_valued and not value.case_exact


def _addresses(emails: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple({address.casefold(): None for email in emails if (address := email.get("value"))})
