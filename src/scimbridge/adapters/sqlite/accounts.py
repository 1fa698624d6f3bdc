"""Accounts of an application's target in an SQLite database."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final

from scimbridge.adapters.sqlite.database import Database
from scimbridge.provisioning.accounts import Account

_SELECT: Final = """
    SELECT type, id, name, state, person, made, why, document, seen FROM account WHERE application = ?
"""
_PUT: Final = """
    INSERT OR REPLACE INTO account (application, type, id, name, state, person, made, why, document, seen)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


class SqliteAccounts:
    """Fulfils provisioning.accounts.Accounts; `application` is its id."""

    def __init__(self, database: Database, application: str) -> None:
        self._database = database
        self._application = application

    def all(self, type: str | None = None, state: str | None = None) -> Sequence[Account]:  # noqa: A002
        sql = f"{_SELECT} AND (?2 IS NULL OR type = ?2) AND (?3 IS NULL OR state = ?3) ORDER BY type DESC, name, id"
        rows = self._database.reader.execute(sql, (self._application, type, state)).fetchall()
        return [_account(row) for row in rows]

    def get(self, type: str, id: str) -> Account | None:  # noqa: A002
        sql = f"{_SELECT} AND type = ? AND id = ?"
        row = self._database.reader.execute(sql, (self._application, type, id)).fetchone()
        return _account(row) if row else None

    async def keep(self, accounts: Iterable[Account], dropped: Iterable[Account] = ()) -> None:
        rows = [(self._application, *account) for account in accounts]
        gone = [(self._application, account.type, account.id) for account in dropped]

        def work(connection: sqlite3.Connection) -> None:
            connection.executemany("DELETE FROM account WHERE application = ? AND type = ? AND id = ?", gone)
            connection.executemany(_PUT, rows)

        await self._database.write(work)


def _account(row: tuple[object, ...]) -> Account:
    account = Account._make(row)
    return account._replace(made=bool(account.made))
