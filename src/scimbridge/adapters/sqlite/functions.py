"""SQL functions that mean exactly what the filter reader in memory means."""

import sqlite3

Value = str | bytes | int | float | None


def casefold(value: Value) -> Value:
    """Unicode case folding of a string (RFC 7644 section 3.4.2.2, caseExact); other values as they are."""
    return value.casefold() if isinstance(value, str) else value


def register(connection: sqlite3.Connection) -> None:
    connection.create_function("casefold", 1, casefold, deterministic=True)
