"""A SCIM user as the profile that expressions read: Okta's names over the document, nothing copied.

What Okta has no name for is read by its own: simple attributes of the resource, and those of every extension.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from scimbridge.scim.schema import COMMON, ResourceType

_Document = Mapping[str, Any]
_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def profile_names(kind: ResourceType) -> frozenset[str]:
    """What a profile of this type of user can have: what has no name here gives null for everybody."""
    own = (attribute for schema in (COMMON, kind.schema, *kind.extensions) for attribute in schema.attributes)
    return frozenset([*_READERS, *(attribute.name for attribute in own if attribute.type != "complex")])


def profile(document: _Document) -> Mapping[str, Any]:
    """The profile of a SCIM user document. What it has not is missing, not null; `get` gives None for it."""
    return _Profile(document)


class _Profile(Mapping[str, Any]):
    __slots__ = ("_document",)

    def __init__(self, document: _Document) -> None:
        self._document = document

    # Expressions read with it. That of Mapping raises and catches KeyError for what is missing, which most of it is.
    def get(self, name: str, default: Any = None) -> Any:
        read = _READERS.get(name)
        value = read(self._document) if read else _own(self._document, name)
        return default if value is None else value

    def __getitem__(self, name: str) -> Any:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        named = [name for name in _READERS if self.get(name) is not None]
        document = self._document
        extensions = [part for key, part in document.items() if ":" in key and isinstance(part, Mapping)]
        own = [name for part in (document, *extensions) for name in part if self.get(name) is not None]
        return iter(dict.fromkeys([*named, *own]))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _own(document: _Document, name: str) -> Any:
    """A simple attribute by its own name; those of the resource come before those of extensions."""
    value = document.get(name)
    if value is None:
        for key in document:
            if ":" in key and isinstance(part := document[key], Mapping) and part.get(name) is not None:
                value = part[name]
                break
        else:  # most of what a mapping asks for nobody has
            return None
    return None if isinstance(value, Mapping) or (isinstance(value, list) and _is_complex(value)) else value


def _is_complex(values: list[Any]) -> bool:
    return any(isinstance(value, Mapping) for value in values)


def _part(owner: str, name: str) -> Callable[[_Document], Any]:
    return lambda document: (document.get(owner) or {}).get(name)


def _elements(document: _Document, name: str) -> list[Mapping[str, Any]]:
    return [element for element in document.get(name) or () if isinstance(element, Mapping)]


def _leading(elements: list[Mapping[str, Any]], kind: str = "work") -> Mapping[str, Any]:
    """The primary one, else the first of this type, else the first."""
    for fits in (lambda element: element.get("primary") is True, lambda element: element.get("type") == kind):
        for element in elements:
            if fits(element):
                return element
    return elements[0] if elements else {}


def _email(name: str) -> Callable[[_Document], Any]:
    return lambda document: _leading(_elements(document, "emails")).get(name)


def _second_email(document: _Document) -> Any:
    emails = _elements(document, "emails")
    leading = _leading(emails)
    return next((email.get("value") for email in emails if email is not leading), None)


def _primary_phone(document: _Document) -> Any:
    phones = [phone for phone in _elements(document, "phoneNumbers") if phone.get("type") not in ("mobile", "fax")]
    return _leading(phones).get("value")


def _mobile_phone(document: _Document) -> Any:
    phones = _elements(document, "phoneNumbers")
    return next((phone.get("value") for phone in phones if phone.get("type") == "mobile"), None)


def _address(name: str) -> Callable[[_Document], Any]:
    return lambda document: _leading(_elements(document, "addresses")).get(name)


def _manager(name: str) -> Callable[[_Document], Any]:
    return lambda document: ((document.get(_ENTERPRISE) or {}).get("manager") or {}).get(name)


_READERS: Mapping[str, Callable[[_Document], Any]] = {
    "login": lambda document: document.get("userName"),
    "firstName": _part("name", "givenName"),
    "middleName": _part("name", "middleName"),
    "lastName": _part("name", "familyName"),
    "honorificPrefix": _part("name", "honorificPrefix"),
    "honorificSuffix": _part("name", "honorificSuffix"),
    "email": _email("value"),
    "emailType": _email("type"),
    "secondEmail": _second_email,
    "primaryPhone": _primary_phone,
    "mobilePhone": _mobile_phone,
    "streetAddress": _address("streetAddress"),
    "city": _address("locality"),
    "state": _address("region"),
    "zipCode": _address("postalCode"),
    "countryCode": _address("country"),
    "postalAddress": _address("formatted"),
    "managerId": _manager("value"),
    "manager": _manager("displayName"),
}
