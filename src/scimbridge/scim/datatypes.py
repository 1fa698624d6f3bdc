"""Values of single attributes by their data type (RFC 7643 section 2.3), checked and brought into one form."""

import math
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any

from scimbridge.scim import dialects
from scimbridge.scim.binding import instant
from scimbridge.scim.limits import LIMITS
from scimbridge.scim.schema import Attribute

# xsd:dateTime (RFC 7643 section 2.3.5): the zone may be missing, and is UTC then.
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?", re.ASCII)
_URL_SAFE = str.maketrans("-_", "+/")
# What JSON writers here and databases hold without loss.
INTEGERS = range(-(2**63), 2**63)


class Mismatch(Exception):  # noqa: N818 (values.py catches every one)
    """A value breaks `rule`; `place` grows to the path below the attribute while it passes through the levels."""

    def __init__(self, rule: str, place: str = "") -> None:
        super().__init__(rule)
        self.rule = rule
        self.place = place


def check_text(value: str) -> str:
    if len(value) > LIMITS.max_string:
        raise Mismatch(f"is longer than {LIMITS.max_string} characters")
    if "\0" in value:
        raise Mismatch("holds a NUL character")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Mismatch("holds a lone surrogate") from None
    return value


def _text(_: Attribute, value: Any) -> str:
    if not isinstance(value, str):
        raise Mismatch("must be a string")
    return check_text(value)


def _boolean(_: Attribute, value: Any) -> bool:
    if isinstance(value, str):
        value = dialects.boolean_from_text(value)
    if not isinstance(value, bool):
        raise Mismatch("must be true or false")
    return value


def _integer(_: Attribute, value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Mismatch("must be an integer")
    if value not in INTEGERS:
        raise Mismatch("must be an integer of 64 bits")
    return value


def _decimal(attribute: Attribute, value: Any) -> int | float:
    if isinstance(value, float) and math.isfinite(value):
        return value
    if not isinstance(value, int) or isinstance(value, bool):
        raise Mismatch("must be a number")
    return _integer(attribute, value)


def _date_time(attribute: Attribute, value: Any) -> str:
    text = _text(attribute, value)
    if not _DATE_TIME.fullmatch(text) or instant(text) is None:
        raise Mismatch("must be a dateTime such as 2026-01-31T09:30:00Z")
    return text


def _binary(attribute: Attribute, value: Any) -> str:
    """base64 with either alphabet, padding optional (RFC 7643 section 2.3.6); line breaks are the RFC's own example."""
    text = _text(attribute, value)
    compact = "".join(text.split()).translate(_URL_SAFE).rstrip("=")
    try:
        b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except ValueError:  # binascii.Error is one
        raise Mismatch("must be base64") from None
    return text


# Of an attribute and its value, neither null nor empty; complex ones are values.py's. Each raises Mismatch.
CHECKS: Mapping[str, Callable[[Attribute, Any], Any]] = {
    "string": _text,
    "reference": _text,
    "boolean": _boolean,
    "integer": _integer,
    "decimal": _decimal,
    "dateTime": _date_time,
    "binary": _binary,
}
