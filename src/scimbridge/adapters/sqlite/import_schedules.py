"""Imports on a schedule, read from settings as they are stored: a server without any loads nothing for them."""

from typing import Final, NamedTuple

from scimbridge.adapters.sqlite.database import Database

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


def import_schedules(database: Database) -> list[ImportSchedule]:
    return [ImportSchedule(*row) for row in database.reader.execute(_SCHEDULES).fetchall()]
