"""Replaces what identifies people, and secrets, by made-up values: the same by the same, wherever it stands."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, unquote_plus

# Attributes whose values are words of SCIM or of a language, and numbers of a page.
_KEPT_KEYS = frozenset(
    {"schemas", "op", "type", "resourcetype", "locale", "preferredlanguage", "timezone", "method", "bulkid"}
    | {"count", "startindex", "sortby", "sortorder", "attributes", "excludedattributes", "failonerrors"}
)
_KEPT_WORDS = frozenset({"", "true", "false", "work", "home", "other", "mobile", "fax", "pager", "photo", "thumbnail"})
_FIRST_NUMBER = 1000

_URL = re.compile(r"https?://", re.IGNORECASE)
_TIME = re.compile(r"\d{4}-\d\d-\d\d(T.*)?")
_PHONE = re.compile(r"(tel:)?\+?[\d\s().-]{6,}")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_QUOTED_IN_QUERY = re.compile(r'(%22|")(.*?)(%22|")')
# A value without quotes behind an operator, as some clients send it.
_BARE_IN_QUERY = re.compile(
    r"((?:\+|%20| )(?:eq|ne|co|sw|ew|gt|ge|lt|le)(?:\+|%20| )+)"
    r'(?!%22|"|true\b|false\b|null\b)([^&+ )]+?)(?=%20|\+|&| |\)|$)',
    re.IGNORECASE,
)


class Pseudonyms:
    """`variables` are values that the server made, ids above all, and the names by which a suite refers to them."""

    def __init__(self) -> None:
        self.variables: dict[str, str] = {}
        self._known: dict[str, str] = {}
        self._numbers: dict[float, int] = {}

    def text(self, text: str, key: str = "value") -> str:
        """`key` is the attribute that holds it; it tells what kind of value is wanted."""
        if text in self.variables:
            return f"${{{self.variables[text]}}}"
        if text.casefold() in _KEPT_WORDS:
            return text
        folded = text.casefold()
        if folded not in self._known:
            self._known[folded] = _invent(text, key, len(self._known) + 1)
        invented = self._known[folded]
        # A lookup in other letters than the create had must stay one.
        return invented.upper() if text.isupper() and not invented.startswith("+") else invented

    def value(self, value: Any, key: str = "value") -> Any:
        """Any JSON of a resource or a message."""
        if isinstance(value, Mapping):
            return {name: self._member(name, element) for name, element in value.items()}
        if isinstance(value, list):
            return [self.value(element, key) for element in value]
        if isinstance(value, str):
            return self.text(value, key)
        if isinstance(value, bool) or value is None:
            return value
        return self._numbers.setdefault(value, _FIRST_NUMBER + len(self._numbers))

    def query(self, query: str) -> str:
        """An encoded query: literals of the filter and values of parameters that SCIM does not know are replaced."""
        return "&".join(self._parameter(part) for part in query.split("&"))

    def path(self, path: str) -> str:
        """The path of a PATCH operation: literals of its filter."""
        return _QUOTED.sub(lambda found: f'"{self.text(found[1])}"', path)

    def segment(self, segment: str) -> str:
        """A part of a URL that is no word of SCIM: an id."""
        return self.text(segment, "id")

    def _member(self, name: str, value: Any) -> Any:
        if name.lower() in _KEPT_KEYS:
            return value
        if name == "path" and isinstance(value, str):
            return (
                self.path(value) if not value.startswith("/") else "/".join(map(self._bulk_segment, value.split("/")))
            )
        if name == "filter" and isinstance(value, str):
            return self.path(value)
        return self.value(value, name)

    def _bulk_segment(self, segment: str) -> str:
        return self.segment(segment) if segment in self.variables else segment

    def _parameter(self, part: str) -> str:
        name, equals, value = part.partition("=")
        if name == "filter":
            return f"{name}{equals}{self._filter(value)}"
        if not value or name.lower() in _KEPT_KEYS:
            return part
        return f"{name}={self._encoded(value)}"

    def _filter(self, text: str) -> str:
        replaced = _QUOTED_IN_QUERY.sub(lambda found: f"{found[1]}{self._encoded(found[2])}{found[3]}", text)
        return _BARE_IN_QUERY.sub(lambda found: f"{found[1]}{self._encoded(found[2])}", replaced)

    def _encoded(self, text: str) -> str:
        replaced = self.text(unquote_plus(text))
        return replaced if replaced.startswith("${") else quote(replaced, safe="")


def _invent(text: str, key: str, number: int) -> str:
    for pattern, invent in _SHAPES:
        if pattern.match(text) if pattern is _URL else pattern.fullmatch(text):
            return invent(number)
    if key.lower() == "password":
        return f"Placeholder-{number}-kX81mQz0"
    return f"{re.sub(r'[^A-Za-z]', '', key.rpartition(':')[2]) or 'value'}-{number}"


# The first that fits: a server checks the shape of some values.
_SHAPES: tuple[tuple[re.Pattern[str], Callable[[int], str]], ...] = (
    (re.compile(r"[^@\s]+@[^@\s]+"), lambda number: f"person{number}@example.test"),
    (_URL, lambda number: f"https://example.test/{number}"),
    (_TIME, lambda _: "2001-01-01T00:00:00Z"),
    (_PHONE, lambda number: f"+1 555 {number:04}"),
)
