"""SQL functions that mean exactly what the filter reader in memory means."""

import sqlite3

from scimbridge.scim.binding import instant

Value = str | bytes | int | float | None


def register(connection: sqlite3.Connection) -> None:
    """`casefold` of what lower() can not fold, and `instant` of a dateTime; NULL for a value that is none."""
    connection.create_function("casefold", 1, _casefold, deterministic=True)
    connection.create_function("instant", 1, _instant, deterministic=True)


def _casefold(value: Value) -> Value:
    return value.casefold() if isinstance(value, str) else value


def _instant(value: Value) -> Value:
    return instant(value) if isinstance(value, str) else None
