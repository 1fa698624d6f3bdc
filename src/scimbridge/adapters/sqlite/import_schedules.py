"""Imports on a schedule, read from settings as they are stored: a server without any loads nothing for them."""

from typing import Final, NamedTuple

from scimbridge.access.ports import AdminEvent
from scimbridge.adapters.sqlite.database import Database
from scimbridge.adapters.sqlite.ledger import Ledger

_SCHEDULES: Final = """
    SELECT realm, 'source', id, name, settings ->> 'schedule', imported FROM source
    WHERE settings ->> 'enabled' AND settings ->> 'schedule' <> ''
    UNION ALL
    SELECT a.realm, 'application', a.id, a.name, a.settings ->> 'importSchedule', coalesce(s.imported, '')
    FROM application a LEFT JOIN push_standing s ON s.application = a.id
    WHERE a.settings ->> 'enabled' AND a.settings ->> 'importSchedule' <> ''
    ORDER BY 1, 2 DESC, 4
"""


class ImportSchedule(NamedTuple):
    """`realm`: its id. `kind`: `source` or `application`. `imported`: when it ran last (RFC 3339), "" = never."""

    realm: str
    kind: str
    id: str
    name: str
    schedule: str
    imported: str


_FAILURES: Final = """
    SELECT (SELECT count(*) FROM source
            WHERE failure <> '' AND settings ->> 'enabled' AND settings ->> 'schedule' <> '')
        + (SELECT count(*) FROM push_standing s JOIN application a ON a.id = s.application
            WHERE s.import_failure <> '' AND a.settings ->> 'enabled' AND a.settings ->> 'importSchedule' <> '')
"""
_FAIL: Final = {
    "source": "UPDATE source SET failure = ?1 WHERE id = ?2 AND failure <> ?1",
    "application": "UPDATE push_standing SET import_failure = ?1 WHERE application = ?2 AND import_failure <> ?1",
}


def import_schedules(database: Database) -> list[ImportSchedule]:
    return [ImportSchedule(*row) for row in database.reader.execute(_SCHEDULES).fetchall()]


async def keep_failure(database: Database, schedule: ImportSchedule, failure: str, event: AdminEvent) -> None:
    """Until an import has been done. The event is kept if it is news: the same may come every minute."""
    row = (failure, schedule.id)
    await Ledger(database).record(event, lambda connection: connection.execute(_FAIL[schedule.kind], row).rowcount)


def count_failures(database: Database) -> int:
    """Sources and applications whose last import on schedule came to nothing."""
    count: int = database.reader.execute(_FAILURES).fetchone()[0]
    return count
