"""Readers of settings: each takes a JSON value and the path that leads to it, and gives the checked value.

They raise InvalidValue with a sentence that names the path and the rule. `plain` is the way back.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import urlsplit

from scimbridge.scim.errors import InvalidValue

T = TypeVar("T")
Read = Callable[[Any, str], Any]


def refuse(path: str, rule: str) -> InvalidValue:
    return InvalidValue(f'Setting "{path}" must be {rule}.')


def camel(field: str) -> str:
    """The key of a field: `jwks_url` is `jwksUrl`."""
    first, *rest = field.split("_")
    return first + "".join(word.capitalize() for word in rest)


def plain(value: Any) -> Any:
    """A settings value as JSON: a dataclass is an object with the keys that `record` reads, None is left out."""
    if is_dataclass(value):
        named = ((field.name, getattr(value, field.name)) for field in fields(value))
        return {camel(name): plain(item) for name, item in named if item is not None}
    return [plain(item) for item in value] if isinstance(value, tuple) else value


def record(kind: type[T], readers: Mapping[str, Read]) -> Callable[[Any, str], T]:
    """An object that becomes a dataclass; `readers` by field. Keys it does not know are refused by name."""
    shape = {camel(field): (field, reader) for field, reader in readers.items()}
    required = [
        camel(field.name)
        for field in fields(kind)  # type: ignore[arg-type]  # a dataclass, which no type says
        if field.default is MISSING and field.default_factory is MISSING
    ]

    def read(value: Any, path: str) -> T:
        if not isinstance(value, Mapping):
            raise refuse(path, "an object")
        prefix = f"{path}." if path else ""
        for key in value:
            if key not in shape:
                raise InvalidValue(f'There is no setting "{prefix}{key}"; there are: {", ".join(shape)}.')
        for key in required:
            if key not in value:
                raise InvalidValue(f'Setting "{prefix}{key}" is required.')
        return kind(**{shape[key][0]: shape[key][1](item, prefix + key) for key, item in value.items()})

    return read


def list_of(item: Read) -> Read:
    def read(value: Any, path: str) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise refuse(path, "a list")
        return tuple(item(element, f"{path}[{index}]") for index, element in enumerate(value))

    return read


def number(least: int, most: int) -> Read:
    def read(value: Any, path: str) -> int:
        if type(value) is not int or not least <= value <= most:
            raise refuse(path, f"a whole number from {least} to {most}")
        return value

    return read


def choice(*values: str) -> Read:
    def read(value: Any, path: str) -> Any:
        if value not in values:
            raise refuse(path, "one of " + ", ".join(values))
        return value

    return read


def filled(value: Any, path: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise refuse(path, "a string that is not empty")
    return value


def secure_url(value: Any, path: str) -> str:
    """A URL that nobody can read or change on its way."""
    text = filled(value, path)
    try:
        url = urlsplit(text)
        safe = url.scheme == "https" or (url.scheme == "http" and is_loopback(url.hostname or ""))
        good = bool(url.hostname) and url.port != 0
    except ValueError:
        raise refuse(path, "a URL") from None
    if not safe or not good or url.username is not None:
        raise refuse(path, "an https URL (http only for this machine itself) without user name and password")
    return text


def is_loopback(host: str) -> bool:
    """Whether it is this machine itself."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _typed(kind: type, rule: str) -> Read:
    def read(value: Any, path: str) -> Any:
        if type(value) is not kind:
            raise refuse(path, rule)
        return value

    return read


string = _typed(str, "a string")
boolean = _typed(bool, "true or false")
mapping = _typed(dict, "an object")
